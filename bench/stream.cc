#include "bench/stream.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "engine/fact_history.h"
#include "generate/generate.h"
#include "ingest/adapter.h"
#include "model/time_zone.h"
#include "tests/support/temp_dir.h"

namespace pagepulse::bench {
namespace {

constexpr int64_t kNowMs = 1'767'225'600'000;  // 2026-01-01, when all of it has happened

// The first n lines, in pieces of whole ones.
void VisitLines(size_t n, absl::FunctionRef<void(std::string_view)> visit) {
  GenerateOptions options;
  options.events = kStreamEvents;
  const auto sink = [&](std::string_view block) {
    const size_t lines = CountLines(block);
    if (lines > n) {
      size_t end = 0;
      for (; n > 0; --n) end = block.find('\n', end) + 1;
      block = block.substr(0, end);
    } else {
      n -= lines;
    }
    if (!block.empty()) visit(block);
    return n == 0 ? absl::CancelledError() : absl::OkStatus();
  };
  const absl::Status status = Generate(options, sink);
  if (!absl::IsCancelled(status)) Check(status);
}

// For events of one time alone, whose order does not matter here.
class NoNames final : public FactNames {
  std::string_view Post(uint32_t) const override { return {}; }
  std::string_view Source(uint32_t) const override { return {}; }
};

}  // namespace

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::abort();
}

const HashKey& Key() {
  static const HashKey key = [] {
    std::string raw;
    for (size_t i = 0; i < HashKey::kBytes; ++i) raw.push_back(static_cast<char>(i * 37 + 11));
    return Check(HashKey::FromBytes(raw));
  }();
  return key;
}

std::string StreamLines(size_t n) {
  std::string lines;
  VisitLines(n, [&](std::string_view piece) { lines += piece; });
  return lines;
}

std::vector<std::string> FieldTexts(std::string_view lines, std::string_view field) {
  const std::string head = fmt::format("\"{}\":\"", field);
  std::vector<std::string> texts;
  for (size_t at = lines.find(head); at != lines.npos; at = lines.find(head, at)) {
    at += head.size();
    texts.emplace_back(lines.substr(at, lines.find('"', at) - at));
  }
  return texts;
}

EventBatch Parse(Chunk chunk) {
  ParseContext context;
  context.key = &Key();
  context.now_ms = kNowMs;
  EventBatch batch;
  Check(NativeLines().Parse(std::move(chunk), {}, context, &batch));
  return batch;
}

std::vector<Delta> StreamDeltas(size_t lines) {
  const TempDir directory;
  EngineOptions options = StoreOptions(directory / "store");
  // One stretch for all of it, of which no rows are made while it is read.
  options.stretch_deltas = 2 * lines;
  options.stretch_log_bytes = std::numeric_limits<size_t>::max();
  options.checkpoint_seconds = std::numeric_limits<int>::max();
  const std::unique_ptr<Engine> engine = Check(Engine::Open(std::move(options)));
  std::future<void> counted;
  VisitLines(lines, [&](std::string_view piece) { counted = Submit(piece, engine.get()); });
  counted.get();
  std::vector<Delta> deltas;
  engine->TakeCut()->VisitDeltas({}, {}, [&](DeltaBatch batch) {
    for (const Delta* delta : batch) deltas.push_back(*delta);
  });
  return deltas;
}

Partials StretchRows(absl::Span<const Delta> deltas) {
  const absl::TimeZone zone = *LoadZone(kDefaultZone);
  AggregateOptions options;
  options.zone_of = [&](uint32_t) { return zone; };
  options.minute_horizon = kNowMs / 60'000;
  return Aggregate(deltas, options);
}

std::vector<std::pair<Hash128, std::string>> StreamFacts(size_t lines) {
  absl::flat_hash_map<Hash128, FactHistory> histories;
  absl::flat_hash_map<Hash128, uint32_t> posts;
  Transitions difference;
  VisitLines(lines, [&](std::string_view piece) {
    for (const Event& event : Parse(CopyToChunk(piece)).events) {
      if (!event.followed) continue;
      const uint32_t next_post = static_cast<uint32_t>(posts.size()) + 1;
      FactEvent said;
      said.ts_ms = event.ts_ms;
      said.post = posts.try_emplace(event.post_hash, next_post).first->second;
      said.op = event.op;
      said.kind = event.reaction;
      histories[event.fact].Insert(said, NoNames(), &difference);
    }
  });
  std::vector<std::pair<Hash128, std::string>> facts;
  for (const auto& [identity, history] : histories) {
    history.Encode(&facts.emplace_back(identity, std::string()).second);
  }
  return facts;
}

EngineOptions StoreOptions(const std::string& directory) {
  EngineOptions options;
  options.database.path = directory;
  options.database.create_with_key = Key();
  return options;
}

std::future<void> Submit(std::string_view lines, Engine* engine) {
  Submission submission;
  submission.batches.push_back(Parse(CopyToChunk(lines)));
  submission.bytes = 2 * lines.size();
  std::promise<void> counted;
  std::future<void> future = counted.get_future();
  engine->Submit(std::move(submission), [counted = std::move(counted)](Reply reply) mutable {
    if (reply.outcome != Outcome::kCounted) Check(absl::InternalError("lines were not counted"));
    counted.set_value();
  });
  return future;
}

}  // namespace pagepulse::bench
