#pragma once

// Makes event streams: the same bytes for the same options on every machine (whole numbers alone,
// its own generator of random ones), so that a benchmark and a recount speak of the same events.

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace pagepulse {

struct Line;  // line_writer.h

enum class GenerateProfile {
  // `events` lines, sorted by arrival, 2025-07-01 to 2025-12-31 at +07:00: 200 pages, 5,000 posts,
  // a million people; 83 % views, 11 % reactions, 2 % comments, shares and clicks each; 1 % up to
  // 2 hours late, 0.5 % lines told again; reactions changed and withdrawn, comments hidden and
  // shown. Every occurrence has an id, most facts have one. About 223 bytes a line.
  kMix,
  // The history of the page tan-dinh-gan-ket from its founding, 2025-07-01, to 2025-12-18, about
  // 2.8 million lines, one for each view. With any seed its true totals lie between 2,240,001 and
  // 2,249,999 views and between 371,500 and 371,999 interactions. `events` does not matter.
  kSample,
};

struct GenerateOptions {
  GenerateProfile profile = GenerateProfile::kMix;
  uint64_t events = 1'000'000;
  uint64_t seed = 1;
  std::function<void(const Line&)> on_line;  // of kMix: each line but those told again
};

// "mix", "sample".
std::optional<GenerateProfile> ParseGenerateProfile(std::string_view name);

// Calls sink with blocks of whole NDJSON lines, of about a megabyte, that live for the call. Its
// first error ends the work and is returned. kSample holds its history in memory (about 200 MB).
absl::Status Generate(const GenerateOptions& options,
                      absl::FunctionRef<absl::Status(std::string_view block)> sink);

}  // namespace pagepulse
