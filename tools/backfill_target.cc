#include "tools/backfill_target.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "model/time_zone.h"
#include "tools/engine_target.h"
#include "tools/server_target.h"

namespace pagepulse {
namespace {

absl::StatusOr<ImportOptions> ReadImport(const BackfillOptions& options) {
  ImportOptions import;
  import.page = options.page;
  import.exported = options.exported;
  if (!options.tz.empty()) {
    const auto zone = LoadZone(options.tz);
    if (!zone.ok()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "unknown_zone",
                       fmt::format("`--tz {}` is not a time zone", options.tz),
                       fmt::format("give an IANA name such as {}", kDefaultZone));
    }
    import.zone = *zone;
  }
  return import;
}

}  // namespace

void BackfillCounts::AddError(const std::string& file, uint32_t line, std::string_view code) {
  if (errors.size() < kMaxErrors) errors.push_back(fmt::format("{}:{}: {}", file, line, code));
  std::vector<std::string>& first = reasons[std::string(code)].first;
  if (first.size() < Reason::kMaxFirst) first.push_back(fmt::format("{}:{}", file, line));
}

absl::StatusOr<Reading> FindReading(const BackfillOptions& options, const Config& config) {
  ASSIGN_OR_RETURN(AdapterRegistry registry, AdapterRegistry::Make(config.mappings));
  ASSIGN_OR_RETURN(const Adapter* const adapter, registry.Find(options.format));
  ASSIGN_OR_RETURN(ImportOptions import, ReadImport(options));
  return Reading{std::move(registry), adapter, std::move(import)};
}

absl::Status FaultOf(const std::string& name, const absl::Status& status) {
  if (status.code() != absl::StatusCode::kInvalidArgument) return status;
  return MakeError(absl::StatusCode::kFailedPrecondition, ErrorCode(status),
                   fmt::format("{}: {}", name, ToStd(status.message())), ErrorHint(status));
}

absl::Status OtherOptions(const std::string& file) {
  return MakeError(absl::StatusCode::kAborted, "other_options",
                   file + " is being counted by the same job as read by other options",
                   "`pagepulse inspect job NAME` says which; use another --job");
}

absl::StatusOr<std::unique_ptr<BackfillTarget>> OpenTarget(const Place& place,
                                                           const BackfillOptions& options,
                                                           const Config& config) {
  // A format or a zone is known or refused before anything is opened.
  ASSIGN_OR_RETURN(Reading reading, FindReading(options, config));
  if (!place.server.empty()) return NewServerTarget(place, options, reading);
  ASSIGN_OR_RETURN(auto engine, Engine::Open(ToEngineOptions(config, place.data)));
  return NewEngineTarget(std::move(engine), std::move(reading), config);
}

}  // namespace pagepulse
