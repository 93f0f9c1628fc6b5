#pragma once

// Senders that tell an engine events: live ones, and jobs, whose steps follow one another in a file
// that nobody has to write.

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "tests/support/engine_fixture.h"
#include "tests/support/reference_model.h"

namespace pagepulse::testing {

inline constexpr std::chrono::hours kLong{1};  // of an undo: until it is done

struct Telling {
  std::string sender;  // "": live; else a job's name
  SentEvent event;
};

class Senders {
 public:
  explicit Senders(EngineFixture* fixture) : fixture_(*fixture) {}

  // As `sender`; a job's positions are asked of the engine, as `pagepulse backfill` does.
  Reply Send(const std::string& sender, const std::string& lines) {
    Submission submission = fixture_.Parse(lines);
    if (!sender.empty()) submission.job = NextStep(sender, lines);
    return fixture_.Send(std::move(submission));
  }

  JobStep NextStep(const std::string& job, const std::string& lines) const {
    JobStep step;
    step.job = job;
    step.file = ContentHash(job);
    step.file_name = job + ".ndjson";
    step.digest_from = ContentHash("");
    for (const JobFile& file : fixture_.engine().JobFiles(job)) {
      step.from = file.position;
      step.digest_from = file.digest;
    }
    step.to = step.from + lines.size();
    step.digest = ContentHash(job + std::to_string(step.to));
    return step;
  }

 private:
  EngineFixture& fixture_;
};

// An event of few names and few times, so that facts meet, times tie and edits cross. One that is
// not told by its own content has the id "id<n>"; with `bare`, some occurrences have none.
SentEvent RandomEvent(std::mt19937& random, int n, bool bare = false);

// Its days, at UTC+7: 2025-10-01 and the three after it.
inline constexpr int64_t kFirstDayMs = 1'759'276'800'000 - 7 * 3'600'000;
inline constexpr int64_t kFirstDay = 20'362;
inline constexpr int kDays = 4;
inline constexpr char kAllDays[] = "from=2025-10-01 to=2025-10-04";

// The answers about a page, without what tells when it was asked: rows by day, hour, quarter, post
// and source of these metrics.
std::string EverythingAbout(EngineFixture& fixture, const std::string& page,
                            const std::vector<std::string>& metrics);

}  // namespace pagepulse::testing
