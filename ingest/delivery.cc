#include "ingest/delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>

#include "base/error.h"
#include "ingest/event_faults.h"
#include "ingest/timestamp.h"

namespace pagepulse {
namespace {

namespace dom = simdjson::dom;
static_assert(kPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// `text` is followed by bytes that may be read: the rest of the chunk, or its padding.
bool ParseText(dom::parser& parser, std::string_view text, dom::element* element) {
  return !text.empty() &&
         parser.parse(text.data(), text.size(), false).get(*element) == simdjson::SUCCESS;
}

void VisitDocument(const dom::element& document,
                   absl::FunctionRef<void(const dom::element&)> visit) {
  dom::array deliveries;
  if (document.get(deliveries) != simdjson::SUCCESS) return visit(document);
  for (const dom::element delivery : deliveries) visit(delivery);
}

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

absl::Status ReadDeliveries(const Chunk& chunk, std::string_view sender, uint32_t* line_number,
                            EventBatch* out, absl::FunctionRef<void(const dom::element&)> visit) {
  std::string_view text = chunk.text();
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  dom::parser parser;
  dom::element document;
  if (ParseText(parser, text, &document)) {
    VisitDocument(document, visit);
    return absl::OkStatus();
  }
  bool are_lines = false;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (IsBlank(line)) continue;
    const bool good = ParseText(parser, line, &document);
    if (!are_lines && !good) break;  // it is one document, and not JSON
    are_lines = true;
    if (good) {
      VisitDocument(document, visit);
    } else {
      const auto offset = static_cast<size_t>(line.data() - chunk.text().data());
      out->rejections.push_back(
          RejectionOf(chunk, offset, line.size(), ++*line_number, RejectCode::kBadJson));
    }
  }
  if (are_lines) return absl::OkStatus();
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_json", "This is not JSON in UTF-8.",
                   fmt::format("Send the delivery's bytes as they came from {}.", sender));
}

std::string_view Keep(std::string_view text, EventBatch* out) {
  if (text.empty()) return {};
  out->strings.push_back(std::make_unique<std::string>(text));
  return *out->strings.back();
}

std::string_view TextOf(const dom::object& object, std::string_view key, EventBatch* out) {
  dom::element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS) return {};
  std::string_view text;
  int64_t integer = 0;
  uint64_t large = 0;
  if (value.get(text) == simdjson::SUCCESS) return text;
  if (value.get(integer) == simdjson::SUCCESS) return Keep(std::to_string(integer), out);
  if (value.get(large) == simdjson::SUCCESS) return Keep(std::to_string(large), out);
  return {};
}

std::string_view TextOf(const dom::object& object, std::string_view outer, std::string_view inner,
                        EventBatch* out) {
  dom::object value;
  if (object.at_key(outer).get(value) != simdjson::SUCCESS) return {};
  return TextOf(value, inner, out);
}

int64_t TimeOf(const dom::object& object, std::string_view key, EventBatch* out) {
  dom::element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS || value.is_null()) return kNoTime;
  const std::string_view text = TextOf(object, key, out);
  int64_t millis = kBadTime;
  TimestampReader reader;
  if (!ReadEpoch(text, &millis)) reader.Read(text, &millis);
  return millis;
}

bool FlagOf(const dom::object& object, std::string_view key) {
  dom::element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS) return true;
  bool flag = true;
  int64_t number = 1;
  if (value.get(flag) == simdjson::SUCCESS) return flag;
  if (value.get(number) == simdjson::SUCCESS) return number != 0;
  return true;
}

size_t CountItems(const dom::object& object, std::string_view key) {
  dom::array items;
  if (object.at_key(key).get(items) != simdjson::SUCCESS) return 0;
  size_t count = 0;  // size() stops at 2^24
  for ([[maybe_unused]] const dom::element item : items) ++count;
  return count;
}

Rejection RejectionOf(const Chunk& chunk, size_t offset, size_t length, uint32_t line,
                      RejectCode code) {
  Rejection rejection;
  rejection.line = line;
  rejection.offset = chunk.offset + offset;
  rejection.length =
      static_cast<uint32_t>(std::min<size_t>(length, std::numeric_limits<uint32_t>::max()));
  rejection.code = code;
  return rejection;
}

}  // namespace pagepulse
