#include "ingest/facebook_signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/error.h"
#include "ingest/delivery_mac.h"

namespace pagepulse {
namespace {

constexpr std::string_view kScheme = "sha256=";
constexpr size_t kMaxChallengeBytes = 512;

// False where OpenSSL fails.
bool HmacSha256(std::string_view secret, std::string_view body, DeliveryMac* mac) {
  unsigned int size = 0;
  return HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
              reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac->data(),
              &size) != nullptr &&
         size == mac->size();
}

// Of their MACs, so that neither length nor content shows in the time it takes.
bool SameText(std::string_view a, std::string_view b) {
  DeliveryMac mac_a, mac_b;
  return HmacSha256(kScheme, a, &mac_a) && HmacSha256(kScheme, b, &mac_b) && SameMac(mac_a, mac_b);
}

std::string_view Find(const QueryParameters& query, std::string_view name) {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

bool FacebookSignatureHolds(std::string_view header, std::string_view body,
                            absl::Span<const std::string> secrets) {
  DeliveryMac given;
  if (header.substr(0, kScheme.size()) != kScheme ||
      !DecodeMac(header.substr(kScheme.size()), &given)) {
    return false;
  }
  bool holds = false;
  for (const std::string& secret : secrets) {  // all of them: which one it was must not show
    DeliveryMac expected;
    const bool same = HmacSha256(secret, body, &expected) && SameMac(given, expected);
    if (same && !secret.empty()) holds = true;
  }
  return holds;
}

absl::StatusOr<std::string> AnswerFacebookHandshake(const QueryParameters& query,
                                                    absl::Span<const std::string> verify_tokens) {
  const std::string_view challenge = Find(query, "hub.challenge");
  if (Find(query, "hub.mode") != "subscribe" || challenge.empty() ||
      challenge.size() > kMaxChallengeBytes) {
    return MakeError(absl::StatusCode::kInvalidArgument, "not_a_handshake",
                     "This is not the handshake of a webhook subscription.",
                     "Facebook sends hub.mode=subscribe, hub.verify_token and hub.challenge.");
  }
  const std::string_view token = Find(query, "hub.verify_token");
  bool known = false;
  for (const std::string& verify_token : verify_tokens) {
    const bool same = SameText(token, verify_token);
    if (same && !verify_token.empty()) known = true;
  }
  if (!known) {
    return MakeError(
        absl::StatusCode::kPermissionDenied, "bad_verify_token",
        "The verify token is not one of the configured ones.",
        "Enter the same verify token in the app's dashboard and in the configuration.");
  }
  return std::string(challenge);
}

}  // namespace pagepulse
