// Power loss: what was acknowledged stays, and a checkpoint is there whole or not at all.

#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "storage/database.h"
#include "tests/storage/test_rows.h"
#include "tests/support/fault_env.h"
#include "tests/support/temp_dir.h"

namespace pagepulse {
namespace {

absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, FaultEnv* faults) {
  DatabaseOptions options;
  options.path = path;
  options.env = faults->env();
  return Database::Open(options);
}

std::vector<uint64_t> Replayed(const Database& database) {
  std::vector<uint64_t> sequences;
  const auto visit = [&](uint64_t sequence, std::string_view value) {
    EXPECT_EQ(value, "entry " + std::to_string(sequence));
    sequences.push_back(sequence);
    return absl::OkStatus();
  };
  const absl::Status status = database.ReplayLog(visit);
  EXPECT_TRUE(status.ok()) << status;
  return sequences;
}

absl::Status Append(Database* database, uint64_t sequence) {
  const std::string value = "entry " + std::to_string(sequence);
  return database->AppendLog({LogEntry{sequence, value}});
}

std::vector<uint64_t> UpTo(uint64_t first, uint64_t last) {
  std::vector<uint64_t> out;
  for (uint64_t i = first; i <= last; ++i) out.push_back(i);
  return out;
}

TEST(Crash, AcknowledgedEntriesSurvive) {
  TempDir dir;
  FaultEnv faults;
  uint64_t acknowledged = 0;
  for (uint64_t round = 0; round < 40; ++round) {
    auto database = Open(dir / "data", &faults);
    ASSERT_TRUE(database.ok()) << database.status();
    const std::vector<uint64_t> replayed = Replayed(**database);
    // The entry whose write failed may be in or not.
    ASSERT_GE(replayed.size(), acknowledged);
    ASSERT_LE(replayed.size(), acknowledged + 1);
    ASSERT_EQ(replayed, UpTo(1, replayed.size()));
    acknowledged = replayed.size();
    faults.FailFrom(1 + round % 13);
    while (Append(database->get(), acknowledged + 1).ok()) ++acknowledged;
    database->reset();
    faults.Crash(/*seed=*/round % 3);
  }
  EXPECT_GT(acknowledged, 60u);
}

Rows RowsOf(uint64_t checkpoint) {
  Rows rows;
  for (uint32_t page = 1; page <= 50; ++page) {
    rows[{Scope::kPage, Level::kDay, 665, page, 0}][{3, kViews}] = checkpoint;
    rows[{Scope::kPost, Level::kDay, 665, page, 9}][{3, kViews}] = 10 * checkpoint;
  }
  return rows;
}

JournalUpdate UpdateOf(uint64_t checkpoint) {
  JournalUpdate update;
  update.AddFact(Hash128(7), std::to_string(checkpoint));
  update.entries = {{"n", std::to_string(checkpoint)}};
  update.horizon_minutes[1] = static_cast<int64_t>(checkpoint);
  return update;
}

absl::Status Checkpoint(Database* database, uint64_t checkpoint) {
  const absl::Status staged =
      database->rollups().Commit(checkpoint, ToPartials(RowsOf(checkpoint)));
  return staged.ok() ? database->CommitCheckpoint(checkpoint, UpdateOf(checkpoint)) : staged;
}

// All of checkpoints 1 to `last` and nothing of any later one.
void ExpectExactly(Database* database, uint64_t last) {
  Rows rows;
  for (uint64_t i = 1; i <= last; ++i) AddRows(RowsOf(i), &rows);
  ASSERT_EQ(ScanEverything(*database->rollups().Snapshot()), rows);
  std::vector<std::string> facts;
  ASSERT_TRUE(database->GetFacts({Hash128(7)}, &facts).ok());
  EXPECT_EQ(facts[0], std::to_string(last));
  EXPECT_EQ(*database->GetEntry("n"), std::to_string(last));
  EXPECT_EQ(database->horizon_minute(Level::kMinute), static_cast<int64_t>(last));
}

enum class Loss { kUnsynced, kPartOfUnsynced, kProcessAlone };

void Lose(Loss loss, uint64_t seed, FaultEnv* faults) {
  if (loss == Loss::kProcessAlone) {
    faults->FailFrom(0);
  } else {
    faults->Crash(loss == Loss::kUnsynced ? 0 : seed);
  }
}

void CrashAtEveryOperation(Loss loss) {
  TempDir dir;
  FaultEnv faults;
  uint64_t committed = 0, failed_rounds = 0, whole_in_spite = 0;
  for (uint64_t k = 1;; ++k) {
    auto database = Open(dir / "data", &faults);
    ASSERT_TRUE(database.ok()) << database.status();
    if (committed == 0) {
      ASSERT_TRUE(Checkpoint(database->get(), ++committed).ok());
    }
    const uint64_t next = committed + 1;
    ASSERT_TRUE(Append(database->get(), next).ok());
    faults.FailFrom(k);
    const bool ok = Checkpoint(database->get(), next).ok();
    database->reset();
    Lose(loss, k, &faults);

    database = Open(dir / "data", &faults);
    ASSERT_TRUE(database.ok()) << "operation " << k << ": " << database.status();
    const uint64_t marker = (*database)->marker();
    ASSERT_TRUE(marker == next || (!ok && marker == committed)) << "operation " << k;
    whole_in_spite += !ok && marker == next;
    committed = marker;
    ASSERT_NO_FATAL_FAILURE(ExpectExactly(database->get(), committed)) << "operation " << k;
    // The log has what the checkpoint does not.
    ASSERT_EQ(Replayed(**database), UpTo(committed + 1, next)) << "operation " << k;
    if (committed < next) {
      // As the engine does after a crash: the same checkpoint again.
      ASSERT_TRUE(Checkpoint(database->get(), next).ok());
      committed = next;
      ASSERT_NO_FATAL_FAILURE(ExpectExactly(database->get(), committed));
    }
    if (ok) break;
    ++failed_rounds;
  }
  EXPECT_GT(failed_rounds, 20u) << "the faults did not reach the checkpoint";
  std::cout << failed_rounds << " operations failed, of them " << whole_in_spite
            << " after the checkpoint was durable\n";
}

TEST(Crash, CheckpointIsWholeOrAbsent) { CrashAtEveryOperation(Loss::kUnsynced); }
TEST(Crash, CheckpointIsWholeOrAbsentWithTornEnds) { CrashAtEveryOperation(Loss::kPartOfUnsynced); }
TEST(Crash, CheckpointIsWholeOrAbsentAfterAKill) { CrashAtEveryOperation(Loss::kProcessAlone); }

using Facts = std::map<Hash128, std::string>;

Facts FactsOf(uint64_t checkpoint) {
  std::mt19937_64 random(checkpoint);
  Facts facts;
  for (int i = 0; i < 5; ++i) facts[Hash128(random() % 300)] = std::to_string(checkpoint);
  return facts;
}

// Facts are merged beside the checkpoints, sixteen runs at a time, and what was merged is dropped:
// whenever that ends, each fact is as the last checkpoint that holds left it.
TEST(Crash, FactsThatAreBeingMerged) {
  TempDir dir;
  FaultEnv faults;
  std::mt19937_64 random(4);
  Facts facts;
  uint64_t committed = 0;
  bool merged = false;
  for (int round = 0; round < 30; ++round) {
    auto database = Open(dir / "data", &faults);
    ASSERT_TRUE(database.ok()) << "round " << round << ": " << database.status();
    ASSERT_TRUE((*database)->marker() == committed || (*database)->marker() == committed + 1);
    if ((*database)->marker() > committed) {
      for (const auto& [identity, value] : FactsOf(++committed)) facts[identity] = value;
    }
    Facts found;
    const auto visit = [&](std::string_view key, std::string_view value) {
      found[Hash128(static_cast<unsigned char>(key[14]) * 256 +
                    static_cast<unsigned char>(key[15]))] = value;
      return absl::OkStatus();
    };
    ASSERT_TRUE((*database)->Dump("facts", visit).ok());
    ASSERT_EQ(found, facts) << "round " << round;
    faults.FailFrom(1 + random() % 400);  // a checkpoint takes some ten
    while (true) {
      JournalUpdate update;
      const Facts changed = FactsOf(committed + 1);
      for (const auto& [identity, value] : changed) update.AddFact(identity, value);
      if (!(*database)->CommitCheckpoint(committed + 1, update).ok()) break;
      ++committed;
      merged |= (*database)->GetEntry("F")->value().size() < 8 * committed;
      for (const auto& [identity, value] : changed) facts[identity] = value;
    }
    database->reset();
    Lose(static_cast<Loss>(round % 3), round, &faults);
  }
  EXPECT_GT(committed, 100u);
  EXPECT_TRUE(merged);
}

TEST(Crash, DuringCreation) {
  for (uint64_t k = 1; k < 400; ++k) {
    TempDir dir;
    FaultEnv faults;
    faults.FailFrom(k);
    const bool ok = Open(dir / "data", &faults).ok();
    Lose(static_cast<Loss>(k % 3), k, &faults);
    const auto database = Open(dir / "data", &faults);
    ASSERT_TRUE(database.ok()) << "operation " << k << ": " << database.status();
    ASSERT_TRUE(Checkpoint(database->get(), 1).ok());
    ASSERT_NO_FATAL_FAILURE(ExpectExactly(database->get(), 1));
    if (ok) {
      std::cout << k - 1 << " operations failed\n";
      return;
    }
  }
  FAIL() << "the store was never created";
}

}  // namespace
}  // namespace pagepulse
