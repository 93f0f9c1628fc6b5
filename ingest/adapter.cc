#include "ingest/adapter.h"

#include <fmt/format.h>

#include "ingest/json_index.h"

namespace pagepulse {

std::string_view Headers::Get(std::string_view lower_case_name) const {
  for (const auto& [name, value] : fields) {
    if (name == lower_case_name) return value;
  }
  return {};
}

std::string OptionsText(std::string_view format, const ImportOptions& import) {
  std::string text = fmt::format("--format {}", format);
  if (!import.page.empty()) text += fmt::format(" --page {}", import.page);
  if (import.zone) text += fmt::format(" --tz {}", import.zone->name());
  if (!import.exported.empty()) text += fmt::format(" --exported {}", import.exported);
  return text;
}

const Adapter* ByFirstByte(const Adapter& format, std::string_view head) {
  if (format.framing() == Framing::kWhole || format.document() == nullptr) return &format;
  if (head.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    head.remove_prefix(kByteOrderMark.size());
  }
  const size_t first = head.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return nullptr;
  return head[first] == '[' ? format.document() : &format;
}

}  // namespace pagepulse
