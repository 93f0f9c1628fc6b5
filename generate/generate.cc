#include "generate/generate.h"

#include "generate/profiles.h"

namespace pagepulse {

std::optional<GenerateProfile> ParseGenerateProfile(std::string_view name) {
  if (name == "mix") return GenerateProfile::kMix;
  if (name == "sample") return GenerateProfile::kSample;
  return std::nullopt;
}

absl::Status Generate(const GenerateOptions& options,
                      absl::FunctionRef<absl::Status(std::string_view block)> sink) {
  switch (options.profile) {
    case GenerateProfile::kMix:
      return GenerateMix(options, sink);
    case GenerateProfile::kSample:
      return GenerateSample(options.seed, sink);
  }
  return absl::InvalidArgumentError("no such profile");
}

}  // namespace pagepulse
