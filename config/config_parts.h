#pragma once

// What the sources of the configuration share among themselves.

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "config/config.h"
#include "config/toml_reader.h"

namespace pagepulse {

// INVALID_ARGUMENT `bad_config`.
absl::Status BadConfig(std::string_view message, std::string_view hint = "");
// NOT_FOUND `no_file`.
absl::StatusOr<std::string> ReadTextFile(const std::string& path);

// One of [[tokens]], with what is wrong noted in `in`. `path` is the configuration's file, which a
// token_file is relative to.
TokenConfig ReadToken(TomlReader& in, const std::string& path);

}  // namespace pagepulse
