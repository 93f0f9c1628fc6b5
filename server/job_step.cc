#include "server/job_step.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "base/status_macros.h"
#include "model/time_zone.h"

namespace pagepulse {
namespace {

constexpr size_t kMaxNameBytes = 128;

absl::Status BadHeader(std::string_view name, std::string_view wanted) {
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_job_header",
                   fmt::format("{} must be {}", name, wanted),
                   "a step of a job needs Pagepulse-Job, -File, -From, -To, -Digest-From, -Digest "
                   "and -Lines");
}

template <typename Integer>
absl::Status ReadInteger(const HttpRequest& request, std::string_view name, Integer* out) {
  const std::string_view text = request.Header(name);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return BadHeader(name, "a whole number");
  }
  return absl::OkStatus();
}

absl::Status ReadHash(const HttpRequest& request, std::string_view name, Hash128* out) {
  const std::optional<Hash128> hash = ParseHash(request.Header(name));
  if (!hash) return BadHeader(name, "32 hexadecimal digits");
  *out = *hash;
  return absl::OkStatus();
}

}  // namespace

std::string OwnedJob(const Grant& grant, std::string_view job) {
  if (grant.all_pages) return std::string(job);
  return fmt::format("{}{}{}", grant.name, kTokenNameEnd, job);
}

absl::StatusOr<std::shared_ptr<const ImportOptions>> ParseImport(const HttpRequest& request,
                                                                 const std::string& file_name) {
  auto import = std::make_shared<ImportOptions>();
  ASSIGN_OR_RETURN(import->page, PercentDecode(request.Header("pagepulse-page")));
  import->exported = request.Header("pagepulse-exported");
  import->file_name = file_name.substr(file_name.rfind('/') + 1);
  if (const std::string_view tz = request.Header("pagepulse-tz"); !tz.empty()) {
    const auto zone = LoadZone(tz);
    if (!zone.ok()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "unknown_zone",
                       fmt::format("Pagepulse-Tz: `{}` is not a time zone", tz),
                       fmt::format("give an IANA name such as {}", kDefaultZone));
    }
    import->zone = *zone;
  }
  return import;
}

absl::StatusOr<std::optional<JobHeaders>> ParseJobHeaders(const HttpRequest& request) {
  JobHeaders job;
  ASSIGN_OR_RETURN(job.step.job, PercentDecode(request.Header("pagepulse-job")));
  if (job.step.job.empty()) {
    if (request.Header("pagepulse-file").empty()) return std::nullopt;
    return BadHeader("Pagepulse-Job", "given");
  }
  if (job.step.job.size() > kMaxNameBytes) return BadHeader("Pagepulse-Job", "at most 128 bytes");
  RETURN_IF_ERROR(ReadHash(request, "Pagepulse-File", &job.step.file));
  RETURN_IF_ERROR(ReadHash(request, "Pagepulse-Digest-From", &job.step.digest_from));
  RETURN_IF_ERROR(ReadHash(request, "Pagepulse-Digest", &job.step.digest));
  RETURN_IF_ERROR(ReadInteger(request, "Pagepulse-From", &job.step.from));
  RETURN_IF_ERROR(ReadInteger(request, "Pagepulse-To", &job.step.to));
  RETURN_IF_ERROR(ReadInteger(request, "Pagepulse-Lines", &job.step.lines));
  if (!request.Header("pagepulse-ordinal").empty()) {
    RETURN_IF_ERROR(ReadInteger(request, "Pagepulse-Ordinal", &job.step.ordinal));
  }
  if (!request.Header("pagepulse-first-line").empty()) {
    RETURN_IF_ERROR(ReadInteger(request, "Pagepulse-First-Line", &job.first_line));
  }
  if (job.step.to < job.step.from) return BadHeader("Pagepulse-To", "at or above Pagepulse-From");
  if (job.first_line == 0) return BadHeader("Pagepulse-First-Line", "1 or more");
  ASSIGN_OR_RETURN(job.step.file_name, PercentDecode(request.Header("pagepulse-file-name")));
  ASSIGN_OR_RETURN(job.import, ParseImport(request, job.step.file_name));
  return job;
}

}  // namespace pagepulse
