#include "ingest/zalo_signature.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "ingest/delivery.h"
#include "ingest/delivery_mac.h"

namespace pagepulse {
namespace {

constexpr std::string_view kScheme = "mac=";
constexpr size_t kMaxTimestampBytes = 20;

using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

bool Update(const Digest& digest, std::string_view bytes) {
  return EVP_DigestUpdate(digest.get(), bytes.data(), bytes.size()) == 1;
}

bool IsTimestamp(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTimestampBytes &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// Of `begun`, which stays as it is, and what follows it. False where OpenSSL fails.
bool Finish(const Digest& begun, std::string_view timestamp, std::string_view secret,
            DeliveryMac* mac) {
  const Digest digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  unsigned int size = 0;
  return digest != nullptr && EVP_MD_CTX_copy_ex(digest.get(), begun.get()) == 1 &&
         Update(digest, timestamp) && Update(digest, secret) &&
         EVP_DigestFinal_ex(digest.get(), mac->data(), &size) == 1 && size == mac->size();
}

}  // namespace

std::vector<std::string> ZaloTimestamps(std::string_view header, std::string_view body) {
  std::vector<std::string> timestamps;
  if (IsTimestamp(header)) timestamps.emplace_back(header);
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  EventBatch kept;
  if (body.empty() || parser.parse(body.data(), body.size()).get(object) != simdjson::SUCCESS) {
    return timestamps;
  }
  const std::string_view own = TextOf(object, "timestamp", &kept);
  if (IsTimestamp(own) && own != header) timestamps.emplace_back(own);
  return timestamps;
}

bool ZaloSignatureHolds(std::string_view header, std::string_view app_id, std::string_view body,
                        absl::Span<const std::string> timestamps, std::string_view secret) {
  if (header.substr(0, kScheme.size()) == kScheme) header.remove_prefix(kScheme.size());
  DeliveryMac given;
  if (!DecodeMac(header, &given)) return false;
  const Digest begun(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (begun == nullptr || EVP_DigestInit_ex(begun.get(), EVP_sha256(), nullptr) != 1 ||
      !Update(begun, app_id) || !Update(begun, body)) {
    return false;
  }
  bool holds = false;
  for (const std::string& timestamp : timestamps) {
    DeliveryMac expected;
    const bool same = Finish(begun, timestamp, secret, &expected) && SameMac(given, expected);
    if (same && !secret.empty()) holds = true;
  }
  return holds;
}

}  // namespace pagepulse
