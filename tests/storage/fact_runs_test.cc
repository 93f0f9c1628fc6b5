#include "storage/fact_runs.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/storage/open_rocks.h"
#include "tests/support/temp_dir.h"

namespace pagepulse {
namespace {

using Model = std::map<Hash128, std::string>;

// As a process that will write does, before it opens the runs.
std::unique_ptr<Rocks> OpenToWrite(const std::string& path) {
  auto rocks = OpenRocks(path);
  EXPECT_TRUE(SweepStaging(*rocks).ok());
  return rocks;
}

std::unique_ptr<FactRuns> OpenRuns(const Rocks& rocks, std::string_view list) {
  auto runs = FactRuns::Open(rocks, list);
  EXPECT_TRUE(runs.ok()) << runs.status();
  return *std::move(runs);
}

// What a checkpoint does, without a journal: the list is given back.
std::string TakeIn(const Rocks& rocks, const Model& changed, FactRuns* runs) {
  JournalUpdate update;
  for (const auto& [identity, history] : changed) update.AddFact(identity, history);
  std::shuffle(update.facts.begin(), update.facts.end(), std::mt19937(changed.size()));
  auto staged = runs->Stage(update);
  EXPECT_TRUE(staged.ok()) << staged.status();
  if (!staged->files.paths.empty()) {
    const absl::Status taken_in = IngestStaged(rocks, {staged->files});
    EXPECT_TRUE(taken_in.ok()) << taken_in;
  }
  EXPECT_TRUE(runs->Commit().ok());
  return staged->list;
}

void ExpectEqual(const FactRuns& runs, const Model& model, std::mt19937_64* random) {
  std::vector<Hash128> asked;
  std::vector<std::string> values;
  for (const auto& [identity, history] : model) asked.push_back(identity);
  for (int i = 0; i < 100; ++i) asked.push_back(absl::MakeUint128((*random)(), (*random)()));
  ASSERT_TRUE(runs.Get(asked, &values).ok());
  for (size_t i = 0; i < asked.size(); ++i) {
    const auto it = model.find(asked[i]);
    ASSERT_EQ(values[i], it == model.end() ? "" : it->second);
  }
  Model visited;
  Hash128 last = 0;
  const auto visit = [&](Hash128 identity, std::string_view history) {
    EXPECT_TRUE(visited.empty() || last < identity);
    visited.emplace(last = identity, history);
    return absl::OkStatus();
  };
  ASSERT_TRUE(runs.Visit(visit).ok());
  ASSERT_EQ(visited, model);
}

Model RandomFacts(size_t n, std::mt19937_64* random) {
  Model facts;
  while (facts.size() < n) {
    // Few high halves, so that facts are changed again; some histories are empty.
    facts[absl::MakeUint128((*random)() % 500 << 54, (*random)() % 4)] =
        std::string((*random)() % 30, static_cast<char>('a' + (*random)() % 26));
  }
  return facts;
}

void AddTo(const Model& changed, Model* model) {
  for (const auto& [identity, history] : changed) (*model)[identity] = history;
}

// There are enough to merge.
std::string AwaitMerge(const Rocks& rocks, FactRuns* runs) {
  std::string list;
  const size_t before = runs->runs().size();
  for (int i = 0; runs->runs().size() >= before; ++i) {
    if (i == 10'000) ADD_FAILURE() << "nothing is merged";
    if (i >= 10'000) return list;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    list = TakeIn(rocks, {}, runs);
  }
  return list;
}

TEST(FactRuns, EqualAMapWhateverIsMergedAndReopened) {
  TempDir dir;
  std::mt19937_64 random(11);
  auto rocks = OpenToWrite(dir / "data");
  auto runs = OpenRuns(*rocks, "");
  Model model;
  std::string list;
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 20; ++i) {
      const size_t most = random() % 4 == 0 ? 1000 : 20;
      const Model changed = RandomFacts(1 + random() % most, &random);
      AddTo(changed, &model);
      list = TakeIn(*rocks, changed, runs.get());
    }
    if (round == 1) {
      for (int i = 0; i < 16; ++i) {
        const Model changed = RandomFacts(3, &random);
        AddTo(changed, &model);
        TakeIn(*rocks, changed, runs.get());
      }
      list = AwaitMerge(*rocks, runs.get());
    }
    ExpectEqual(*runs, model, &random);
    if (round % 3 != 2) continue;
    runs.reset();  // while a merge may be under way
    rocks.reset();
    rocks = OpenRocks(dir / "data", /*read_only=*/true);
    ExpectEqual(*OpenRuns(*rocks, list), model, &random);
    rocks.reset();
    rocks = OpenToWrite(dir / "data");
    runs = OpenRuns(*rocks, list);
  }
}

// The process dies once a merged run was taken in and before its sources are dropped.
TEST(FactRuns, DropWhatCountsNoLonger) {
  TempDir dir;
  std::mt19937_64 random(12);
  Model model;
  std::string list;
  {
    const auto rocks = OpenToWrite(dir / "data");
    const auto runs = OpenRuns(*rocks, "");
    for (int i = 0; i < 5; ++i) {
      const Model changed = RandomFacts(100, &random);
      if (i != 1 && i != 3) AddTo(changed, &model);
      const std::string now = TakeIn(*rocks, changed, runs.get());
      if (i != 1 && i != 3) list += now.substr(now.size() - 8);
    }
  }
  const auto rocks = OpenToWrite(dir / "data");
  const auto runs = OpenRuns(*rocks, list);
  ExpectEqual(*runs, model, &random);
  uint64_t keys = 0;
  std::string seen;
  const auto visit = [&](std::string_view key, std::string_view) {
    ++keys;
    const uint64_t run = *FactRunOf(key);
    for (const uint64_t gone : {2u, 4u}) EXPECT_NE(run, gone);
    return absl::OkStatus();
  };
  ASSERT_TRUE(rocks->Visit(Family::kFacts, "", "", visit, "").ok());
  EXPECT_GE(keys, 6u) << "a page and a summary of each of three";
  // A new run takes no number that any had.
  list = TakeIn(*rocks, RandomFacts(5, &random), runs.get());
  EXPECT_EQ(static_cast<unsigned char>(list[list.size() - 8]), 6);
}

// A run of many pages; one that a page is missing of; a list that names one that is not there.
TEST(FactRuns, NoticeWhatIsMissing) {
  TempDir dir;
  std::mt19937_64 random(13);
  Model model;
  for (int i = 0; i < 20'000; ++i) model[absl::MakeUint128(random(), random())] = "twelve bytes";
  std::string list;
  {
    const auto rocks = OpenToWrite(dir / "data");
    const auto runs = OpenRuns(*rocks, "");
    list = TakeIn(*rocks, model, runs.get());
    ExpectEqual(*runs, model, &random);
    EXPECT_LT(runs->runs()[0]->memory_bytes() / 20'000.0, 1.6) << "bytes a fact";
    size_t held = 0;
    for (int i = 0; i < 20'000; ++i) {
      const auto history = runs->runs()[0]->Get(*rocks, absl::MakeUint128(random(), random()));
      ASSERT_TRUE(history.ok());
      held += history->has_value();
    }
    EXPECT_EQ(held, 0u);
    ASSERT_TRUE(
        (*rocks)
            ->Delete({}, rocks->family(Family::kFacts), FactRunBegin(1).substr(0, 12) + '\x05')
            .ok());
    size_t lost = 0;
    std::vector<std::string> values;
    for (const auto& [identity, history] : model) lost += !runs->Get({identity}, &values).ok();
    EXPECT_GT(lost, 100u);
    EXPECT_LT(lost, 500u);
    const auto visit = [](Hash128, std::string_view) { return absl::OkStatus(); };
    EXPECT_EQ(runs->Visit(visit).code(), absl::StatusCode::kDataLoss);
  }
  const auto rocks = OpenToWrite(dir / "data");
  EXPECT_EQ(FactRuns::Open(*rocks, list + std::string("\x09\0\0\0\0\0\0\0", 8)).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(FactRuns::Open(*rocks, "\x01").status().code(), absl::StatusCode::kDataLoss);
}

// Each life of the process writes a single checkpoint, as it ends.
TEST(FactRuns, AreMergedByProcessesThatEndSoon) {
  TempDir dir;
  std::mt19937_64 random(16);
  Model model;
  std::string list;
  size_t most = 0;
  for (int life = 0; life < 80; ++life) {
    const auto rocks = OpenToWrite(dir / "data");
    const auto runs = OpenRuns(*rocks, list);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const Model changed = RandomFacts(3, &random);
    AddTo(changed, &model);
    list = TakeIn(*rocks, changed, runs.get());
    most = std::max(most, runs->runs().size());
  }
  EXPECT_LT(most, 60u);
  const auto rocks = OpenToWrite(dir / "data");
  ExpectEqual(*OpenRuns(*rocks, list), model, &random);
}

// Several files, and several parts of the summary; no part may be missing.
TEST(FactRuns, ARunOfMillions) {
  TempDir dir;
  constexpr uint64_t kFacts = 2'500'000;
  const auto identity = [](uint64_t i) {
    return absl::MakeUint128(i * (UINT64_MAX / kFacts), i * 0x9e3779b97f4a7c15);
  };
  const auto rocks = OpenToWrite(dir / "data");
  FactRunWriter writer(*rocks, 7, 4 * kFacts);  // of four runs of the same facts
  for (uint64_t i = 0; i < kFacts; ++i) {
    ASSERT_TRUE(writer.Add(identity(i), i % 2 ? "odd history" : "an even history").ok());
  }
  EXPECT_FALSE(writer.Add(identity(5), "").ok()) << "not above the one before";
  const auto written = writer.Finish();
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_GE(written->files.paths.size(), 2u);
  ASSERT_TRUE(IngestStaged(*rocks, {written->files}).ok());
  const auto loaded = FactRun::Load(*rocks, 7);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ((*loaded)->facts(), kFacts);
  for (const auto& run : {written->run, *loaded}) {
    EXPECT_LT(static_cast<double>(run->memory_bytes()) / kFacts, 1.6) << "bytes a fact";
    size_t denied = 0;
    for (uint64_t i = 0; i < kFacts; i += 9973) {
      const auto history = run->Get(*rocks, identity(i));
      ASSERT_TRUE(history.ok()) << history.status();
      ASSERT_EQ(*history, i % 2 ? "odd history" : "an even history");
      denied += !run->MayHold(identity(i) ^ UINT64_MAX);
    }
    EXPECT_GT(denied, 230u) << "of 251";
  }
  std::vector<std::string> summary;
  const auto visit = [&](std::string_view key, std::string_view) {
    if (key[8] == 1) summary.emplace_back(key);
    return absl::OkStatus();
  };
  ASSERT_TRUE(rocks->Visit(Family::kFacts, "", "", visit, "").ok());
  ASSERT_GE(summary.size(), 3u);
  ASSERT_TRUE((*rocks)->Delete({}, rocks->family(Family::kFacts), summary[1]).ok());
  EXPECT_EQ(FactRun::Load(*rocks, 7).status().code(), absl::StatusCode::kDataLoss);
  // All of its files go.
  const auto none = OpenRuns(*rocks, "");
  uint64_t keys = 0;
  ASSERT_TRUE(rocks
                  ->Visit(
                      Family::kFacts, "", "",
                      [&](std::string_view, std::string_view) {
                        ++keys;
                        return absl::OkStatus();
                      },
                      "")
                  .ok());
  EXPECT_EQ(keys, 0u);
}

// docs/storage_format.md has these bytes.
TEST(FactRuns, GoldenBytes) {
  TempDir dir;
  const auto rocks = OpenToWrite(dir / "data");
  const auto runs = OpenRuns(*rocks, "");
  const Model facts = {{absl::MakeUint128(0x0102, 0x0304), "abc"}};
  EXPECT_EQ(TakeIn(*rocks, facts, runs.get()), std::string("\1\0\0\0\0\0\0\0", 8));
  std::vector<std::pair<std::string, std::string>> records;
  const auto visit = [&](std::string_view key, std::string_view value) {
    records.emplace_back(key, value);
    return absl::OkStatus();
  };
  ASSERT_TRUE(rocks->Visit(Family::kFacts, "", "", visit, "").ok());
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].first, std::string("\0\0\0\0\0\0\0\1"
                                          "\0"
                                          "\0\0\0\0",
                                          13));
  EXPECT_EQ(records[1].first, std::string("\0\0\0\0\0\0\0\1"
                                          "\1"
                                          "\0\0\0\0",
                                          13));
  const std::string expected(
      "\1"
      "\1\0\0\0\0\0\0\0"
      "\1\0\0\0"
      "\1\0\0\0"
      "\4\3\0\0\0\0\0\0\2\1\0\0\0\0\0\0"
      // Bits 0x104, 1 and four times 0 of the block.
      "\3\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\x10\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0",
      1 + 8 + 4 + 4 + 16 + 64);
  EXPECT_EQ(records[1].second, expected);
}

TEST(RunFilter, DeniesNoneItHoldsAndNearlyAllOthers) {
  std::mt19937_64 random(14);
  for (const size_t n : {1u, 47u, 1000u, 100'000u}) {
    RunFilter filter(n);
    std::vector<Hash128> held(n);
    for (Hash128& hash : held) hash = absl::MakeUint128(random(), random());
    for (const Hash128 hash : held) filter.Add(hash);
    if (n == 1000) {
      RunFilter large(100 * n);
      for (const Hash128 hash : held) large.Add(hash);
      large.ShrinkTo(n);
      EXPECT_LT(large.words().size(), 3 * filter.words().size());
      filter = large;
    }
    for (const Hash128 hash : held) ASSERT_TRUE(filter.MayHold(hash));
    size_t wrong = 0;
    for (int i = 0; i < 100'000; ++i) {
      wrong += filter.MayHold(absl::MakeUint128(random(), random()));
    }
    EXPECT_LT(wrong, 2'000u) << n;
  }
}

// Checkpoints of like size, of any size, and a large one now and then: few runs are left, and each
// fact is written again only when there are sixteen times as many.
TEST(FactRuns, MergeSeldomAndLeaveFew) {
  std::mt19937_64 random(15);
  for (int kind = 0; kind < 3; ++kind) {
    std::vector<uint64_t> runs;
    uint64_t all = 0, rewritten = 0;
    for (int i = 0; i < 20'000; ++i) {
      runs.push_back(kind == 0   ? 150'000
                     : kind == 1 ? 1 + random() % (uint64_t{1} << random() % 20)
                     : i % 1000  ? 10 + random() % 10
                                 : 1'000'000);
      all += runs.back();
      const auto [first, last] = FactRuns::ChooseMerge(runs);
      if (first == last) continue;
      ASSERT_GE(last - first, last == runs.size() ? 16u : 2u);
      ASSERT_LE(last - first, FactRuns::kMostSources);
      uint64_t facts = 0;
      for (size_t r = first; r < last; ++r) facts += runs[r];
      rewritten += facts;
      runs[first] = facts;
      runs.erase(runs.begin() + first + 1, runs.begin() + last);
    }
    EXPECT_LT(runs.size(), 70u) << kind;
    EXPECT_LT(static_cast<double>(rewritten) / static_cast<double>(all), 5.0) << kind;
  }
  EXPECT_EQ(FactRuns::ChooseMerge({}).first, FactRuns::ChooseMerge({}).second);
}

}  // namespace
}  // namespace pagepulse
