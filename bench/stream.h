#pragma once

// The beginning of what `pagepulse generate --events 10000000` makes, in the forms in which the
// stages take it: so they meet the names, repeats and sizes that the engine meets. What fails ends
// the process.

#include <cstdint>
#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "engine/engine.h"
#include "ingest/chunk.h"
#include "model/event.h"
#include "rollup/aggregate.h"
#include "rollup/delta.h"

namespace pagepulse::bench {

inline constexpr uint64_t kStreamEvents = 10'000'000;  // over 184 days
inline constexpr size_t kStretchDeltas = 1 << 20;      // EngineOptions::stretch_deltas

void Check(const absl::Status& status);
template <typename T>
T Check(absl::StatusOr<T> value) {
  Check(value.status());
  return *std::move(value);
}

const HashKey& Key();  // of all that is hashed here and of every store made here

std::string StreamLines(size_t n);  // NDJSON
// The text of a field of every line that has it as a string, in their order.
std::vector<std::string> FieldTexts(std::string_view lines, std::string_view field);
EventBatch Parse(Chunk chunk);
std::vector<Delta> StreamDeltas(size_t lines);  // as the engine makes them, in its order
// Deltas -> the rows of their stretch, which history makes: no minutes.
Partials StretchRows(absl::Span<const Delta> deltas);
// The facts of the first lines, as they are stored; each identity once.
std::vector<std::pair<Hash128, std::string>> StreamFacts(size_t lines);

// A new store in this directory, with the options of `pagepulse serve`.
EngineOptions StoreOptions(const std::string& directory);
// Parses and submits whole lines. They are durable, and so is all that was submitted before, when
// the future is ready.
std::future<void> Submit(std::string_view lines, Engine* engine);

}  // namespace pagepulse::bench
