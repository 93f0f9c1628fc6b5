#include "ingest/adapter.h"

#include <array>

namespace pagepulse {
namespace {

// The one list of adapters that have a name.
const std::array<const Adapter*, 3>& Adapters() {
  static const std::array<const Adapter*, 3> adapters = {&NativeLines(), &FacebookWebhook(),
                                                         &ZaloWebhook()};
  return adapters;
}

}  // namespace

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
  for (const Adapter* adapter : Adapters()) {
    if (adapter->name() == format) return adapter;
  }
  return nullptr;
}

std::string AdapterNames() {
  std::string names;
  for (const Adapter* adapter : Adapters()) {
    if (!names.empty()) names += adapter == Adapters().back() ? " or " : ", ";
    names += adapter->name();
  }
  return names;
}

}  // namespace pagepulse
