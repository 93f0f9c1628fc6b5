#pragma once

// Every format that is read, by the name that `--format`, `Pagepulse-Format` and `?format=` know it
// by. The next platform is one file, its fixtures, and one line in registry.cc. Immutable once
// made, so any thread may ask; it outlives the batches that its adapters fill.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/adapter.h"
#include "model/mapping_spec.h"

namespace pagepulse {

inline constexpr std::string_view kCloudEventsFormat = "cloudevents";

class AdapterRegistry {
 public:
  // Those that are built in, and the configured mappings; one of the name of a built-in mapping
  // (posthog, segment, cloudevents) changes that one. INVALID_ARGUMENT: what is wrong in which.
  static absl::StatusOr<AdapterRegistry> Make(const MappingSpecs& mappings);

  // INVALID_ARGUMENT `unknown_format`, with the names there are.
  absl::StatusOr<const Adapter*> Find(std::string_view format) const;
  std::vector<std::string_view> names() const;

 private:
  AdapterRegistry() = default;
  const Adapter* FindOrNull(std::string_view format) const;

  std::vector<const Adapter*> adapters_;
  std::vector<std::unique_ptr<Adapter>> mapped_;  // those of adapters_ that are not built in
};

}  // namespace pagepulse
