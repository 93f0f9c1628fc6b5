// What viewers are told, applied by a client that knows docs/live.md alone, is the answer that a
// fresh query gives.

#include "live/revisions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <random>

#include "query/query.h"
#include "tests/live/sse_client.h"

namespace pagepulse {
namespace {

using testing::ParseEvents;
using testing::SseClient;
using testing::SseEvent;
namespace json = boost::json;

QueryResult Empty(const std::string& range = "from=2025-11-20 to=2025-11-20") {
  QueryResult result;
  result.query = *ParseQueryWords("page=a metrics=views by=source tz=UTC " + range);
  result.groupings = {"source"};
  result.metrics = {{.name = "views"}};
  result.totals = {int64_t{0}};
  return result;
}

QueryResult Of(const std::vector<std::pair<std::string, int64_t>>& rows) {
  QueryResult result = Empty();
  int64_t total = 0;
  for (const auto& [source, views] : rows) {
    result.rows.push_back({.labels = {source}, .values = {views}});
    total += views;
  }
  result.totals = {total};
  result.matching_rows = static_cast<int64_t>(rows.size());
  return result;
}

SseEvent EventOf(const SharedBytes& bytes) {
  if (bytes == nullptr) return {};
  const std::vector<SseEvent> events = ParseEvents(*bytes);
  EXPECT_EQ(events.size(), 1u) << *bytes;
  return events.at(0);
}

TEST(Revisions, TheFirstEventIsTheWholeAnswer) {
  Revisions revisions("e");
  EXPECT_EQ(revisions.current(), 0u);
  EXPECT_TRUE(revisions.Update(Render(Of({{"x", 1}, {"y", 2}}))));
  const SseEvent event = EventOf(revisions.Since(0));
  EXPECT_EQ(event.type, "result");
  EXPECT_EQ(event.id, "e-1");
  EXPECT_EQ(json::parse(event.data),
            json::parse(FormatResult(Of({{"x", 1}, {"y", 2}}), OutputFormat::kJson, false)));
  EXPECT_EQ(revisions.Since(1), nullptr);
}

TEST(Revisions, OnlyTheRowsThatChangedAreSent) {
  Revisions revisions("e");
  revisions.Update(Render(Of({{"x", 1}, {"y", 2}, {"z", 3}})));
  EXPECT_TRUE(revisions.Update(Render(Of({{"x", 1}, {"y", 5}, {"z", 3}}))));
  const SseEvent event = EventOf(revisions.Since(1));
  EXPECT_EQ(event.type, "change");
  EXPECT_EQ(event.id, "e-2");
  const json::object data = json::parse(event.data).as_object();
  EXPECT_EQ(data.at("rows"), json::parse(R"([{"source":"y","views":5}])"));
  EXPECT_EQ(data.at("removed"), json::array());
  EXPECT_EQ(data.at("totals"), json::parse(R"({"views":9})"));
  EXPECT_FALSE(data.contains("query"));
}

TEST(Revisions, TheClockAloneIsNoRevision) {
  Revisions revisions("e");
  QueryResult result = Of({{"x", 1}});
  result.complete_until_ms = 1'763'632'800'000;
  revisions.Update(Render(result));
  result.complete_until_ms += 5000;
  EXPECT_FALSE(revisions.Update(Render(result)));
  EXPECT_EQ(revisions.Since(1), nullptr);
  // Who comes now is told the later moment.
  const auto meta = json::parse(EventOf(revisions.Since(0)).data).at("meta");
  EXPECT_EQ(meta.at("complete_until"), "2025-11-20T10:00:05.000+00:00");
}

TEST(Revisions, AMovedRangeIsToldWithTheChange) {
  Revisions revisions("e");
  revisions.Update(Render(Of({{"x", 1}})));
  QueryResult moved = Of({{"x", 1}});
  moved.query = Empty("from=2025-11-19 to=2025-11-20").query;
  EXPECT_TRUE(revisions.Update(Render(moved)));
  const json::object data = json::parse(EventOf(revisions.Since(1)).data).as_object();
  EXPECT_EQ(data.at("query").at("from"), "2025-11-19");
  EXPECT_EQ(data.at("rows"), json::array());
}

TEST(Revisions, AnotherOrderIsAWholeAnswer) {
  Revisions revisions("e");
  revisions.Update(Render(Of({{"x", 1}, {"y", 2}})));
  revisions.Update(Render(Of({{"y", 2}, {"x", 3}})));
  EXPECT_EQ(EventOf(revisions.Since(1)).type, "result");
  revisions.Update(Render(Of({{"w", 2}, {"y", 2}, {"x", 3}})));
  EXPECT_EQ(EventOf(revisions.Since(2)).type, "result");
  revisions.Update(Render(Of({{"w", 2}, {"x", 3}, {"z", 1}})));
  EXPECT_EQ(EventOf(revisions.Since(3)).type, "change") << "what is new is behind what stays";
}

TEST(Revisions, IdsOfOthersAreUnknown) {
  Revisions revisions("e.1");
  revisions.Update(Render(Of({{"x", 1}})));
  revisions.Update(Render(Of({{"x", 2}})));
  EXPECT_EQ(revisions.Find("e.1-2"), 2u);
  EXPECT_EQ(revisions.Find("e.1-1"), 1u);
  for (const char* id : {"e.1-3", "e.2-1", "e.1", "e.1-", "e.1-x", "e.1-1x", "", "-1", "e.1--1"}) {
    EXPECT_EQ(revisions.Find(id), 0u) << id;
  }
}

TEST(Revisions, ViewersThatComeTheSameWayShareItsBytes) {
  Revisions revisions("e");
  revisions.Update(Render(Of({{"x", 1}, {"y", 2}})));
  revisions.Update(Render(Of({{"x", 1}, {"y", 3}})));
  EXPECT_EQ(revisions.Since(1), revisions.Since(1));
  EXPECT_EQ(revisions.Since(0), revisions.Since(0));
}

TEST(Revisions, WhatWentLongAgoIsForgotten) {
  Revisions revisions("e");
  revisions.Update(Render(Of({{"x", 1}})));
  for (int i = 0; i < 1000; ++i) {
    revisions.Update(Render(Of({{"x", 1}, {fmt::format("y{}", i), 1}})));
  }
  EXPECT_EQ(EventOf(revisions.Since(1)).type, "result");
  EXPECT_EQ(EventOf(revisions.Since(1000)).type, "change");
}

// Answers that change as answers do: counts move, buckets come at the end and go at the beginning,
// names come in between, an order turns.
class RandomAnswers {
 public:
  explicit RandomAnswers(unsigned seed) : random_(seed) {}

  QueryResult Next() {
    const int changes = Pick(4);
    for (int i = 0; i < changes; ++i) ChangeOnce();
    QueryResult result = Of(rows_);
    if (Pick(10) == 0) result.totals = {int64_t{Pick(1000)}};
    if (Pick(10) == 0) partial_ = Pick(3);
    for (int i = 0; i < partial_; ++i) result.partial.push_back(fmt::format("t{}", i));
    if (Pick(15) == 0) ++from_;
    result.query = Empty(fmt::format("from={}", 1'763'632'800 + from_ * 60)).query;
    result.complete_until_ms = ++clock_;
    return result;
  }
  int Pick(int n) { return static_cast<int>(random_() % n); }

 private:
  std::string NewName() { return fmt::format("n{}", Pick(30)); }
  bool Has(const std::string& name) const {
    return std::any_of(rows_.begin(), rows_.end(), [&](auto& row) { return row.first == name; });
  }
  void ChangeOnce() {
    const int what = Pick(20);
    const std::string name = NewName();
    if (what < 8 && !rows_.empty()) {
      rows_[Pick(rows_.size())].second = Pick(1000);
    } else if (what < 13 && !Has(name)) {
      rows_.emplace_back(name, Pick(1000));
    } else if (what < 17 && !rows_.empty()) {
      rows_.erase(rows_.begin() + Pick(rows_.size()));
    } else if (what < 18 && !Has(name)) {
      rows_.insert(rows_.begin() + Pick(rows_.size() + 1), {name, Pick(1000)});
    } else if (what < 19) {
      std::shuffle(rows_.begin(), rows_.end(), random_);
    }
  }

  std::mt19937 random_;
  std::vector<std::pair<std::string, int64_t>> rows_;
  int partial_ = 0, from_ = 0;
  int64_t clock_ = 1'763'632'800'000;
};

TEST(Revisions, AnyViewerThatSkipsAnyRevisionsHasTheFreshAnswer) {
  int changes = 0, wholes = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    RandomAnswers answers(seed);
    Revisions revisions("e");
    // The first reads everything, the last one in twenty; one begins anew now and then.
    std::vector<SseClient> viewers(6);
    std::vector<uint64_t> have(viewers.size(), 0);
    for (int step = 0; step < 150; ++step) {
      QueryResult fresh = answers.Next();
      const bool changed = revisions.Update(Render(fresh));
      for (size_t v = 0; v < viewers.size(); ++v) {
        constexpr int kEvery[] = {1, 2, 3, 7, 20, 5};
        if (v > 0 && answers.Pick(kEvery[v]) != 0) continue;
        if (v == 5 && answers.Pick(4) == 0) have[v] = 0;
        if (v == 4 && have[v] != 0) have[v] = revisions.Find(viewers[v].id);
        const SharedBytes bytes = revisions.Since(have[v]);
        if (bytes != nullptr) {
          const SseEvent event = EventOf(bytes);
          ++(event.type == "change" ? changes : wholes);
          viewers[v].Apply(event);
          EXPECT_EQ(event.id, fmt::format("e-{}", revisions.current()));
        } else {
          EXPECT_EQ(have[v], revisions.current());
        }
        have[v] = revisions.current();
        json::object expected =
            json::parse(FormatResult(fresh, OutputFormat::kJson, false)).as_object();
        if (!changed) {
          // The moment may be an earlier one, nothing else.
          expected["meta"].as_object()["complete_until"] =
              viewers[v].answer.at("meta").at("complete_until");
        }
        ASSERT_EQ(viewers[v].answer, expected) << "seed " << seed << " step " << step;
      }
    }
  }
  // Both ways were gone often enough for the above to mean something.
  EXPECT_GT(changes, 3000);
  EXPECT_GT(wholes, 500);
}

}  // namespace
}  // namespace pagepulse
