#include "ingest/parse_only.h"

#include <simdjson.h>

#include <cstring>

#include "ingest/chunk.h"

namespace pagepulse {

uint64_t ParseOnly(std::string_view text, uint64_t* touched) {
  static_assert(kPadding >= simdjson::SIMDJSON_PADDING);
  constexpr const char* kFields[] = {"id", "ts", "page", "post", "actor", "type", "source"};
  thread_local simdjson::ondemand::parser parser;
  uint64_t events = 0;
  while (!text.empty()) {
    const auto* newline = static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
    const size_t size =
        newline == nullptr ? text.size() : static_cast<size_t>(newline - text.data());
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    const simdjson::padded_string_view line(text.data(), size, text.size() + kPadding);
    if (parser.iterate(line).get(document) == simdjson::SUCCESS &&
        document.get_object().get(object) == simdjson::SUCCESS) {
      ++events;
      for (const char* field : kFields) {
        simdjson::ondemand::raw_json_string value;
        if (object.find_field_unordered(field).get_raw_json_string().get(value) ==
            simdjson::SUCCESS) {
          *touched += static_cast<unsigned char>(*value.raw());
        }
      }
    }
    text.remove_prefix(newline == nullptr ? size : size + 1);
  }
  return events;
}

}  // namespace pagepulse
