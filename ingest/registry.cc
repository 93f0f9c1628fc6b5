#include "ingest/registry.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "ingest/clients.h"
#include "ingest/mapping.h"

namespace pagepulse {
namespace {

std::vector<const Adapter*> BuiltIn() {
  return {
      &NativeLines(), &FacebookWebhook(), &ZaloWebhook(), &MetaContent(),
      &MetaSeries(),  &GraphInsights(),   &GraphTable(),
  };
}

absl::StatusOr<std::unique_ptr<Adapter>> MakeMapped(const std::string& name,
                                                    const MappingSpec& spec) {
  ASSIGN_OR_RETURN(Mapping mapping, MakeMapping(name, spec));
  std::unique_ptr<Adapter> adapter = MakeMappedAdapter(std::move(mapping));
  if (name != kCloudEventsFormat) return adapter;
  return MakeCloudEventsAdapter(std::move(adapter));
}

}  // namespace

absl::StatusOr<AdapterRegistry> AdapterRegistry::Make(const MappingSpecs& mappings) {
  AdapterRegistry registry;
  registry.adapters_ = BuiltIn();
  MappingSpecs all = ClientMappings();
  for (const auto& [name, spec] : mappings) {
    if (registry.FindOrNull(name) != nullptr) {
      return MakeError(absl::StatusCode::kInvalidArgument, "bad_mapping",
                       fmt::format("mapping `{}`: a format of that name is built in", name),
                       "give it another name");
    }
    all[name] = Overlay(std::move(all[name]), spec);
  }
  for (const auto& [name, spec] : all) {
    ASSIGN_OR_RETURN(std::unique_ptr<Adapter> adapter, MakeMapped(name, spec));
    registry.adapters_.push_back(adapter.get());
    registry.mapped_.push_back(std::move(adapter));
  }
  return registry;
}

const Adapter* AdapterRegistry::FindOrNull(std::string_view format) const {
  for (const Adapter* adapter : adapters_) {
    if (adapter->name() == format) return adapter;
  }
  return nullptr;
}

absl::StatusOr<const Adapter*> AdapterRegistry::Find(std::string_view format) const {
  const Adapter* adapter = FindOrNull(format);
  if (adapter != nullptr) return adapter;
  return MakeError(absl::StatusCode::kInvalidArgument, "unknown_format",
                   fmt::format("unknown format `{}`", format),
                   fmt::format("there is {}; another is a mapping in the configuration "
                               "(docs/mappings.md)",
                               fmt::join(names(), ", ")));
}

std::vector<std::string_view> AdapterRegistry::names() const {
  std::vector<std::string_view> names;
  for (const Adapter* adapter : adapters_) names.push_back(adapter->name());
  return names;
}

}  // namespace pagepulse
