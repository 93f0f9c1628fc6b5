// Arbitrary bytes at every door of the query language. What one door lets in, another must read
// back from QueryJson as the same question.

#include <cstdlib>

#include "base/error.h"
#include "query/query.h"

namespace {

using pagepulse::QuerySpec;

void Check(const absl::StatusOr<QuerySpec>& spec) {
  if (!spec.ok()) {
    if (pagepulse::ErrorCode(spec.status()).empty()) std::abort();
    return;
  }
  const absl::StatusOr<QuerySpec> again = pagepulse::ParseQueryJson(pagepulse::QueryJson(*spec));
  if (!again.ok() || *again != *spec) std::abort();
}

// As a URL would be cut, without its escapes.
std::vector<std::pair<std::string, std::string>> Params(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> params;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const size_t equals = std::min(part.find('='), part.size());
    params.emplace_back(part.substr(0, equals), part.substr(std::min(equals + 1, part.size())));
  }
  return params;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  // The seeds are the golden cases; a question ends where its answer begins.
  text = text.substr(0, text.find("\n---\n"));
  Check(pagepulse::ParseQueryWords(text));
  Check(pagepulse::ParseQueryJson(text));
  Check(pagepulse::ParseQueryParams(Params(text)));
  return 0;
}
