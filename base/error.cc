#include "base/error.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "base/string_view.h"

namespace pagepulse {
namespace {

constexpr char kCodeUrl[] = "pagepulse/code";
constexpr char kHintUrl[] = "pagepulse/hint";

// The length of the UTF-8 sequence at s[i], or 0 where there is none.
size_t SequenceLength(std::string_view s, size_t i) {
  const auto at = [&](size_t k) { return k < s.size() ? static_cast<uint8_t>(s[k]) : 0; };
  const auto tail = [&](size_t k) { return (at(k) & 0xC0) == 0x80; };
  const uint8_t b = at(i);
  if (b < 0x80) return 1;
  if (b >= 0xC2 && b <= 0xDF) return tail(i + 1) ? 2 : 0;
  if (b >= 0xE0 && b <= 0xEF) {
    const uint8_t c = at(i + 1);
    if ((b == 0xE0 && c < 0xA0) || (b == 0xED && c > 0x9F)) return 0;
    return tail(i + 1) && tail(i + 2) ? 3 : 0;
  }
  if (b >= 0xF0 && b <= 0xF4) {
    const uint8_t c = at(i + 1);
    if ((b == 0xF0 && c < 0x90) || (b == 0xF4 && c > 0x8F)) return 0;
    return tail(i + 1) && tail(i + 2) && tail(i + 3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, std::string_view name, std::string_view message,
                       std::string_view hint) {
  absl::Status status(code, ToAbsl(message));
  status.SetPayload(kCodeUrl, absl::Cord(ToAbsl(name)));
  if (!hint.empty()) status.SetPayload(kHintUrl, absl::Cord(ToAbsl(hint)));
  return status;
}

std::string ErrorCode(const absl::Status& status) {
  if (auto code = status.GetPayload(kCodeUrl)) return std::string(*code);
  return absl::AsciiStrToLower(absl::StatusCodeToString(status.code()));
}

std::string ErrorHint(const absl::Status& status) {
  auto hint = status.GetPayload(kHintUrl);
  return hint ? std::string(*hint) : "";
}

std::string ErrorJson(const absl::Status& status) {
  std::string out = "{\"error\":{\"code\":";
  AppendJsonString(ErrorCode(status), &out);
  out += ",\"message\":";
  AppendJsonString(ToStd(status.message()), &out);
  if (const std::string hint = ErrorHint(status); !hint.empty()) {
    out += ",\"hint\":";
    AppendJsonString(hint, &out);
  }
  return out + "}}\n";
}

void AppendJsonString(std::string_view text, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  out->push_back('"');
  for (size_t i = 0; i < text.size();) {
    const uint8_t b = static_cast<uint8_t>(text[i]);
    if (b == '"' || b == '\\') {
      out->push_back('\\');
      out->push_back(text[i++]);
    } else if (b == '\n' || b == '\t' || b == '\r') {
      out->append(b == '\n' ? "\\n" : b == '\t' ? "\\t" : "\\r");
      ++i;
    } else if (b < 0x20) {
      out->append({'\\', 'u', '0', '0', kHex[b >> 4], kHex[b & 15]});
      ++i;
    } else if (const size_t n = SequenceLength(text, i); n > 0) {
      out->append(text.substr(i, n));
      i += n;
    } else {
      out->append("\xEF\xBF\xBD");
      ++i;
    }
  }
  out->push_back('"');
}

int EditDistance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int substitute = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({substitute, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace pagepulse
