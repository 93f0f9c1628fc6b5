#include "ingest/field_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "ingest/event_faults.h"

namespace pagepulse {
namespace {

constexpr std::string_view kPipe = " | ", kPlus = " + ";
constexpr size_t kHashDigits = 16;

absl::Status BadSource(std::string_view text, std::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_source",
                   fmt::format("`{}` {}", text, why),
                   "a JSON Pointer (\"/user/id\"), a constant (\"=tan-dinh\"), \"@page\" or "
                   "\"@arrival\"");
}

absl::StatusOr<FieldSource::Pointer> ParsePointer(std::string_view text, PointerSet* pointers) {
  FieldSource::Pointer pointer;
  const size_t pipe = text.rfind(kPipe);
  if (pipe != std::string_view::npos) {
    const std::string_view part = text.substr(pipe + kPipe.size());
    if (part == "host") {
      pointer.part = TextPart::kHost;
    } else if (part == "path") {
      pointer.part = TextPart::kPath;
    } else if (part == "last") {
      pointer.part = TextPart::kLast;
    } else {
      return BadSource(text,
                       fmt::format("asks for the part `{}`: there is host, path, last", part));
    }
    text = text.substr(0, pipe);
  }
  ASSIGN_OR_RETURN(pointer.place, pointers->Add(text));
  return pointer;
}

// Behind the scheme of a URL; npos: it has none.
size_t AfterScheme(std::string_view text) {
  const size_t end = text.find_first_of(":/?#");
  const bool has = end != std::string_view::npos && text.substr(end, 3) == "://";
  return has ? end + 3 : std::string_view::npos;
}

std::string_view HostOf(std::string_view text) {
  const size_t begin = AfterScheme(text);
  if (begin != std::string_view::npos) text.remove_prefix(begin);
  text = text.substr(0, text.find_first_of("/?#"));
  text.remove_prefix(text.find('@') == std::string_view::npos ? 0 : text.find('@') + 1);
  if (text.starts_with('[')) return text.substr(0, text.find(']') + 1);
  return text.substr(0, text.find(':'));
}

std::string_view PathOf(std::string_view text, std::string* room) {
  const size_t begin = AfterScheme(text);
  if (begin != std::string_view::npos) {
    const size_t slash = text.find_first_of("/?#", begin);
    if (slash == std::string_view::npos || text[slash] != '/') return "/";
    text.remove_prefix(slash);
  }
  text = text.substr(0, text.find_first_of("?#"));
  if (text.size() <= kMaxNameBytes) return text;
  size_t kept = kMaxNameBytes - kHashDigits - 1;
  while ((text[kept] & 0xC0) == 0x80) --kept;  // not within a character
  *room = fmt::format("{}~{}", text.substr(0, kept),
                      FormatHash(ContentHash(text)).substr(0, kHashDigits));
  return *room;
}

std::string_view LastOf(std::string_view text) {
  while (text.size() > 1 && text.back() == '/') text.remove_suffix(1);
  return text.substr(text.rfind('/') + 1);  // npos + 1 is 0
}

}  // namespace

absl::StatusOr<FieldSource> ParseFieldSource(std::string_view text, PointerSet* pointers) {
  FieldSource source;
  if (text == "@page" || text == "@arrival") {
    source.kind = text == "@page" ? FieldSource::kOwnPage : FieldSource::kArrival;
    return source;
  }
  if (text.starts_with('=')) {
    source.kind = FieldSource::kConstant;
    source.constant = text.substr(1);
    if (source.constant.empty()) return BadSource(text, "is a constant without text");
    return source;
  }
  if (!text.starts_with('/'))
    return BadSource(text, "says neither where a value is nor what it is");
  while (true) {
    const size_t plus = text.find(kPlus);
    ASSIGN_OR_RETURN(source.pointers.emplace_back(), ParsePointer(text.substr(0, plus), pointers));
    if (plus == std::string_view::npos) return source;
    text.remove_prefix(plus + kPlus.size());
  }
}

std::string_view PartOf(std::string_view text, TextPart part, std::string* room) {
  switch (part) {
    case TextPart::kHost:
      return HostOf(text);
    case TextPart::kPath:
      return PathOf(text, room);
    case TextPart::kLast:
      return LastOf(text);
    default:
      return text;
  }
}

}  // namespace pagepulse
