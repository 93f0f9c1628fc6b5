#pragma once

// An engine on a directory of its own, driven as the server drives it.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "query/query.h"
#include "tests/support/temp_dir.h"

namespace pagepulse::testing {

// The key that test stores are created with, so that two of them have equal sketches.
HashKey FixedKey();

class EngineFixture {
 public:
  EngineFixture();

  // Changes what the next Open uses.
  EngineOptions& options() { return options_; }
  void Open();  // aborts the test where it fails
  absl::Status TryOpen();
  void Close() { engine_.reset(); }
  Engine& engine() { return *engine_; }
  const std::string& path() const { return dir_.path(); }

  Submission Parse(const std::string& lines) const;
  Reply Send(const std::string& lines) { return Send(Parse(lines)); }
  Reply Send(Submission submission);

  // The answer of a query as JSON; "ERROR …" where it is refused.
  std::string Ask(const std::string& words);
  // One number of a query's totals.
  int64_t Total(const std::string& words);

  // What the engine takes for the time, on its own threads too.
  std::atomic<int64_t> now_ms{1'760'000'000'000};

 private:
  TempDir dir_;
  EngineOptions options_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace pagepulse::testing
