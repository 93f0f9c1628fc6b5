#include "ingest/adapter.h"

namespace pagepulse {

std::string_view Headers::Get(std::string_view lower_case_name) const {
  for (const auto& [name, value] : fields) {
    if (name == lower_case_name) return value;
  }
  return {};
}

const Adapter* DetectNative(std::string_view head) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (head.substr(0, kMark.size()) == kMark) head.remove_prefix(kMark.size());
  const size_t first = head.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return nullptr;
  return head[first] == '[' ? &NativeArray() : &NativeLines();
}

const Adapter* FindAdapter(std::string_view format) {
  if (format == NativeLines().name()) return &NativeLines();
  if (format == FacebookWebhook().name()) return &FacebookWebhook();
  if (format == MetaContent().name()) return &MetaContent();
  if (format == MetaSeries().name()) return &MetaSeries();
  if (format == GraphInsights().name()) return &GraphInsights();
  if (format == GraphTable().name()) return &GraphTable();
  return nullptr;
}

}  // namespace pagepulse
