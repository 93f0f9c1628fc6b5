#include "tests/support/told_stream.h"

#include <fmt/format.h>

namespace pagepulse::testing {
namespace {

template <typename T>
const T& Pick(std::mt19937& random, const std::vector<T>& from) {
  return from[random() % from.size()];
}

bool IsFollowed(const SentEvent& e) {
  if (e.type == "reaction") return !e.actor.empty() && !(e.object + e.post).empty();
  if (e.type == "follow") return !e.actor.empty();
  return !e.object.empty();
}

}  // namespace

SentEvent RandomEvent(std::mt19937& random, int n, bool bare) {
  const std::vector<std::string> types = {"view",    "view",     "view",     "click",
                                          "message", "reaction", "reaction", "comment",
                                          "share",   "follow",   "scrolls"};
  SentEvent e;
  e.type = Pick(random, types);
  e.page = random() % 3 ? "p1" : "p2";
  e.ts_ms = kFirstDayMs + static_cast<int64_t>(random() % (kDays * 24 * 6)) * 600'000;
  if (random() % 5) e.post = "post" + std::to_string(random() % 4);
  if (random() % 6) e.actor = "actor" + std::to_string(random() % 12);
  if (random() % 4) e.source = random() % 2 ? "facebook" : "zalo";
  const bool fact =
      e.type == "reaction" || e.type == "comment" || e.type == "share" || e.type == "follow";
  if (fact) {
    e.op = Pick<std::string>(random, {"add", "add", "add", "edit", "remove", "hide", "unhide"});
    if (e.type == "reaction") {
      e.reaction = Pick<std::string>(random, {"like", "love", "wow"});
      if (random() % 4 == 0) e.object = "comment" + std::to_string(random() % 3);
    } else if (random() % 5) {
      e.object = "object" + std::to_string(random() % 6);
    }
  } else if (random() % 5 == 0) {
    e.count = 1 + random() % 7;
  }
  // Everything that is not told by its own content carries an id.
  e.id = "id" + std::to_string(n);
  const bool share_by_id = e.type == "share" && e.object.empty();
  if (fact && random() % 2 && !share_by_id && IsFollowed(e)) e.id.clear();
  if (bare && !fact && random() % 4 == 0) e.id.clear();
  if (share_by_id) e.id = "share" + std::to_string(random() % 6);
  return e;
}

std::string EverythingAbout(EngineFixture& fixture, const std::string& page,
                            const std::vector<std::string>& metrics) {
  std::string all;
  for (const char* by : {"time:day", "time:15min", "time:hour", "post", "source", "time:day,post",
                         "time:month,source"}) {
    const std::string answer = fixture.Ask(
        fmt::format("page={} metrics={} {} by={}", page, fmt::join(metrics, ","), kAllDays, by));
    all += answer.substr(0, answer.find("\"meta\"")) + "\n";
  }
  return all;
}

}  // namespace pagepulse::testing
