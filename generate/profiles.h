#pragma once

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "generate/generate.h"
#include "generate/line_writer.h"

namespace pagepulse {

// The profiles of generate.h.
absl::Status GenerateMix(const GenerateOptions& options, LineWriter::Sink sink);
absl::Status GenerateSample(uint64_t seed, LineWriter::Sink sink);

}  // namespace pagepulse
