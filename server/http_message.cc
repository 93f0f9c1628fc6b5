#include "server/http_message.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/hex.h"
#include "base/status_macros.h"

namespace pagepulse {

std::string_view HttpRequest::Header(std::string_view name) const {
  const auto it = fields->find({name.data(), name.size()});
  if (it == fields->end()) return {};
  return {it->value().data(), it->value().size()};
}

absl::StatusOr<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out.push_back(' ');
    } else if (text[i] != '%') {
      out.push_back(text[i]);
    } else {
      const int high = i + 1 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return MakeError(absl::StatusCode::kInvalidArgument, "bad_url",
                         "the URL has a % that no two hexadecimal digits follow",
                         "write a percent sign itself as %25");
      }
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return out;
}

absl::StatusOr<Params> ParseForm(std::string_view text) {
  Params params;
  while (!text.empty()) {
    const size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    ASSIGN_OR_RETURN(std::string name, PercentDecode(pair.substr(0, equals), true));
    ASSIGN_OR_RETURN(std::string decoded, PercentDecode(value, true));
    params.emplace_back(std::move(name), std::move(decoded));
  }
  return params;
}

absl::Status ParseTarget(std::string_view target, HttpRequest* request) {
  // A proxy may send the absolute form.
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.starts_with(scheme)) {
      const size_t slash = target.find('/', scheme.size());
      target = slash == std::string_view::npos ? "/" : target.substr(slash);
    }
  }
  target = target.substr(0, target.find('#'));
  const size_t mark = std::min(target.find('?'), target.size());
  ASSIGN_OR_RETURN(request->path, PercentDecode(target.substr(0, mark), false));
  ASSIGN_OR_RETURN(request->params, ParseForm(target.substr(std::min(mark + 1, target.size()))));
  return absl::OkStatus();
}

std::string_view FindParam(const Params& params, std::string_view name) {
  std::string_view value;
  for (const auto& param : params) {
    if (param.first == name) value = param.second;
  }
  return value;
}

absl::Status CheckParams(const Params& params, const std::vector<std::string_view>& known) {
  for (const auto& param : params) {
    if (std::find(known.begin(), known.end(), param.first) != known.end()) continue;
    const std::string_view near = NearestName(param.first, known);
    return MakeError(absl::StatusCode::kInvalidArgument, "unknown_key",
                     fmt::format("unknown parameter `{}`", param.first),
                     near.empty() ? fmt::format("known here: {}", fmt::join(known, ", "))
                                  : fmt::format("did you mean `{}`?", near));
  }
  return absl::OkStatus();
}

}  // namespace pagepulse
