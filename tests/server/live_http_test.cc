// GET /v1/live over a real socket.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <thread>

#include "tests/live/sse_client.h"
#include "tests/server/http_fixture.h"

namespace pagepulse {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using testing::ParseEvents;
using testing::SseClient;
using testing::SseEvent;
namespace json = boost::json;
using SteadyClock = std::chrono::steady_clock;

constexpr char kTotal[] = "page=tan-dinh&metrics=views&from=2025-11-20&to=2025-11-20";

// One stream; keeps the answer that its events add up to.
class Viewer {
 public:
  Viewer(uint16_t port, const std::string& query, const Fields& fields = {}) : socket(port) {
    socket.Send(RequestText("GET", "/v1/live?" + query, fields, ""));
  }

  // Reads until this many events have come in all; false: they do not.
  bool Read(size_t n, milliseconds timeout = milliseconds(20'000)) {
    const auto deadline = SteadyClock::now() + timeout;
    while (events.size() < n) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
      if (left <= milliseconds(0) || socket.ended()) return false;
      Take(socket.ReceiveSome(left));
    }
    return true;
  }
  // Reads until the answer has these views.
  bool ReadViews(int64_t views) {
    while (client.answer.empty() || client.answer.at("totals").at("views") != views) {
      if (!Read(events.size() + 1)) return false;
    }
    return true;
  }
  // Whether it ends, without another event.
  bool Ends() {
    const size_t before = events.size();
    while (!socket.ended()) Take(socket.ReceiveSome(milliseconds(20'000)));
    return events.size() == before;
  }

  TestClient socket;
  std::string head, text;  // the header; all behind it that has come and is whole lines
  std::vector<SseEvent> events;
  std::vector<SteadyClock::time_point> times;  // of them
  SseClient client;

 private:
  void Take(const std::string& bytes) {
    rest_ += bytes;
    if (head.empty()) {
      const size_t end = rest_.find("\r\n\r\n");
      if (end == std::string::npos) return;
      head = rest_.substr(0, end + 2);
      rest_.erase(0, end + 4);
    }
    const size_t end = rest_.rfind("\n\n");
    if (end == std::string::npos) return;
    const std::string whole = rest_.substr(0, end + 2);
    rest_.erase(0, end + 2);
    text += whole;
    for (const SseEvent& event : ParseEvents(whole)) {
      events.push_back(event);
      times.push_back(SteadyClock::now());
      if (event.type != "error") client.Apply(event);
    }
  }

  std::string rest_;
};

class LiveHttpTest : public HttpTest {
 protected:
  LiveHttpTest() { options.live_interval = milliseconds(50); }

  void Send(int views) {
    ASSERT_EQ(Post("/v1/events", ViewLines(views, next_id_)).status, 200);
    next_id_ += views;
  }
  json::value Fresh(const std::string& query) {
    return json::parse(Get("/v1/query?" + query).body);
  }

 private:
  int next_id_ = 0;
};

TEST_F(LiveHttpTest, TheWholeAnswerFirstThenWhatChanged) {
  Start();
  Send(3);
  const std::string query = std::string(kTotal) + "&by=time:hour";
  Viewer viewer(server->port(), query);
  ASSERT_TRUE(viewer.Read(1));
  EXPECT_THAT(viewer.head, HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(viewer.head, HasSubstr("Content-Type: text/event-stream; charset=utf-8\r\n"));
  EXPECT_THAT(viewer.head, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(viewer.head, HasSubstr("X-Accel-Buffering: no\r\n"));
  EXPECT_TRUE(viewer.text.starts_with("retry: 2000\n\n")) << viewer.text;
  EXPECT_EQ(viewer.events[0].type, "result");
  EXPECT_EQ(viewer.client.answer, Fresh(query));
  EXPECT_EQ(viewer.client.answer.at("rows").as_array().size(), 24u);

  Send(2);
  ASSERT_TRUE(viewer.Read(2));
  EXPECT_EQ(viewer.events[1].type, "change");
  const json::object change = json::parse(viewer.events[1].data).as_object();
  EXPECT_EQ(change.at("rows"), json::parse(R"([{"time":"2025-11-20T16:00:00+07:00","views":5}])"));
  EXPECT_EQ(change.at("removed"), json::array());
  EXPECT_EQ(change.at("totals"), json::parse(R"({"views":5})"));
  EXPECT_EQ(viewer.client.answer, Fresh(query));
}

TEST_F(LiveHttpTest, AResumedStreamHasNoGapAndNoRepetition) {
  Start();
  Send(1);
  Viewer first(server->port(), kTotal);
  ASSERT_TRUE(first.Read(1));
  const std::string id = first.client.id;
  first.socket.Close();
  Send(4);
  Viewer second(server->port(), kTotal, {{"Last-Event-ID", id}});
  second.client = first.client;
  ASSERT_TRUE(second.Read(1));
  EXPECT_EQ(second.events[0].type, "change");
  EXPECT_EQ(second.client.answer, Fresh(kTotal));
  EXPECT_EQ(second.client.answer.at("totals").at("views"), 5);

  // Who has everything is told nothing until something changes.
  Viewer third(server->port(), kTotal, {{"Last-Event-ID", second.client.id}});
  third.client = second.client;
  EXPECT_FALSE(third.Read(1, milliseconds(300)));
  EXPECT_EQ(third.text, "retry: 2000\n\n");
  Send(1);
  ASSERT_TRUE(third.Read(1));
  EXPECT_EQ(third.events[0].type, "change");
  EXPECT_EQ(third.client.answer.at("totals").at("views"), 6);

  // An id of another life of the server is no way to go on from.
  Viewer fourth(server->port(), kTotal, {{"Last-Event-ID", "19a.1-2"}});
  ASSERT_TRUE(fourth.Read(1));
  EXPECT_EQ(fourth.events[0].type, "result");
}

TEST_F(LiveHttpTest, AnEventThatIsAcknowledgedIsOnEveryStreamWithinASecond) {
  options.live_interval = ServerOptions().live_interval;
  Start();
  std::vector<std::unique_ptr<Viewer>> viewers;
  for (int i = 0; i < 20; ++i) {
    viewers.push_back(std::make_unique<Viewer>(server->port(), kTotal));
    ASSERT_TRUE(viewers.back()->Read(1));
  }
  for (int round = 1; round <= 3; ++round) {
    Send(1);
    const auto sent = SteadyClock::now();
    for (const auto& viewer : viewers) {
      ASSERT_TRUE(viewer->ReadViews(round));
      EXPECT_LT(viewer->times.back() - sent, milliseconds(1000));
    }
  }
}

TEST_F(LiveHttpTest, ThereAreTwoUpdatesASecondAtMost) {
  options.live_interval = ServerOptions().live_interval;
  Start();
  const auto begin = SteadyClock::now();
  Viewer viewer(server->port(), kTotal);
  ASSERT_TRUE(viewer.Read(1));
  std::atomic<bool> done{false};
  std::thread sender([&] {
    while (!done) Send(1);
  });
  ASSERT_TRUE(viewer.Read(8));
  done = true;
  sender.join();
  EXPECT_GE(viewer.times[7] - begin, milliseconds(7 * 500));
  EXPECT_GT(viewer.client.answer.at("totals").at("views").as_int64(), 8) << "changes are gathered";
}

TEST_F(LiveHttpTest, AQuietStreamBeats) {
  options.live_heartbeat = milliseconds(100);
  Start();
  Viewer viewer(server->port(), kTotal);
  ASSERT_TRUE(viewer.Read(1));
  EXPECT_FALSE(viewer.Read(2, milliseconds(1000)));
  EXPECT_THAT(viewer.text, HasSubstr("\n\n: heartbeat\n\n: heartbeat\n\n"));
}

TEST_F(LiveHttpTest, ARelativeRangeMovesWithTheClock) {
  const auto now = std::make_shared<std::atomic<int64_t>>(kNow);  // the server outlives this
  options.clock = [now] { return now->load(); };
  Start();
  const std::string query = "page=tan-dinh&metrics=views&by=time:minute&last=30min";
  Viewer viewer(server->port(), query);
  ASSERT_TRUE(viewer.Read(1));
  EXPECT_EQ(viewer.client.answer.at("rows").as_array().size(), 30u);
  *now += 60'000;
  ASSERT_TRUE(viewer.Read(2));
  EXPECT_EQ(viewer.events[1].type, "change");
  const json::object change = json::parse(viewer.events[1].data).as_object();
  EXPECT_EQ(change.at("rows").as_array().size(), 1u);
  EXPECT_EQ(change.at("removed"), json::parse(R"([{"time":"2025-11-20T16:31:00+07:00"}])"));
  EXPECT_EQ(viewer.client.answer, Fresh(query));
}

TEST_F(LiveHttpTest, QueriesThatCannotBeAnsweredAreRefusedAsElsewhere) {
  config.limits.live_queries = 1;
  Start();
  const std::pair<std::string, std::pair<int, std::string>> cases[] = {
      {"page=tan-dinh&metrics=vews&last=7d", {400, "unknown_metric"}},
      {"page=tan-din&metrics=views&last=7d", {404, "unknown_page"}},
      {"page=tan-dinh&last=7d", {400, "missing_key"}},
      {std::string(kTotal) + "&format=csv", {400, "unknown_key"}},
      {std::string(kTotal) + "&bom=1", {400, "unknown_key"}},
  };
  for (const auto& [query, want] : cases) {
    const TestResponse response = Get("/v1/live?" + query);
    EXPECT_EQ(response.status, want.first) << query;
    EXPECT_EQ(response.code(), want.second) << query;
    EXPECT_TRUE(response.keep_alive) << query;
  }
  EXPECT_EQ(Post(std::string("/v1/live?") + kTotal, "").status, 405);
  Viewer viewer(server->port(), kTotal);
  ASSERT_TRUE(viewer.Read(1));
  const TestResponse another = Get("/v1/live?page=p2&metrics=views&last=7d");
  EXPECT_EQ(another.status, 503);
  EXPECT_EQ(another.code(), "too_many_live_queries");
}

TEST_F(LiveHttpTest, ViewersAreLimitedApartFromConnections) {
  config.limits.viewers = 3;
  config.limits.connections = 2;
  Start();
  std::vector<std::unique_ptr<Viewer>> viewers;
  for (int i = 0; i < 3; ++i) {
    viewers.push_back(std::make_unique<Viewer>(server->port(), kTotal));
    ASSERT_TRUE(viewers.back()->Read(1)) << i;
  }
  EXPECT_THAT(Metrics(), HasSubstr("pagepulse_live_viewers 3\n"));
  const TestResponse fourth = Get(std::string("/v1/live?") + kTotal);
  EXPECT_EQ(fourth.status, 503);
  EXPECT_EQ(fourth.code(), "too_many_viewers");
  EXPECT_EQ(fourth.Field("retry-after"), "1");
  EXPECT_EQ(Get("/healthz").status, 200);
  viewers.pop_back();
  Await([&] { return Metrics().find("pagepulse_live_viewers 2\n") != std::string::npos; });
  Viewer another(server->port(), kTotal);
  EXPECT_TRUE(another.Read(1));
}

TEST_F(LiveHttpTest, ATokenSeesItsPages) {
  AddToken("token-of-one-page", "one", {FakeEngine::kPage}, kVerbQuery);
  AddToken("token-of-another", "two", {FakeEngine::kOtherPage}, kVerbQuery);
  AddToken("token-that-does-all", "owner", {"*"}, kVerbIngest | kVerbQuery);
  Start();
  const auto bearer = [](const std::string& token) {
    return Fields{{"Authorization", "Bearer " + token}};
  };
  const Fields owner = bearer("token-that-does-all");
  const std::string all = "page=*&metrics=views&from=2025-11-20&to=2025-11-20";
  Viewer one(server->port(), all, bearer("token-of-one-page"));
  Viewer two(server->port(), all, bearer("token-of-another"));
  Viewer both(server->port(), all, owner);
  ASSERT_TRUE(one.Read(1) && two.Read(1) && both.Read(1));
  Post("/v1/events", ViewLines(2, 0), owner);
  Post("/v1/events", ViewLines(3, 0, FakeEngine::kOtherPage), owner);
  EXPECT_TRUE(both.ReadViews(5));
  EXPECT_TRUE(one.ReadViews(2));
  EXPECT_TRUE(two.ReadViews(3));
  const std::string target = std::string("/v1/live?") + kTotal;
  EXPECT_EQ(Get(target).status, 401);
  EXPECT_EQ(Get(target, bearer("token-of-another")).code(), "forbidden_page");
}

// Answers of some hundred kilobytes, so that a socket does not take many of them.
constexpr char kLarge[] =
    "page=tan-dinh&metrics=views&by=time:minute&from=2025-11-14&to=2025-11-19&order=-views";

TEST_F(LiveHttpTest, AViewerThatReadsSlowlySkipsWhatWasBetween) {
  options.live_stall = std::chrono::minutes(10);  // on a slow machine, too, it is not given up
  Start();
  Viewer quick(server->port(), kLarge);
  ASSERT_TRUE(quick.Read(1));
  Viewer slow(server->port(), kLarge);
  slow.socket.ShrinkReceiveBuffer();
  // The first in the order is another one each time, so each answer is sent whole.
  for (int i = 1; i <= 12; ++i) {
    const std::string line =
        fmt::format(R"({{"ts":"2025-11-{}T09:{}:00Z","page":"tan-dinh","type":"view","count":{}}})",
                    14 + i % 5, 10 + i, i);
    ASSERT_EQ(Post("/v1/events", line).status, 200);
    ASSERT_TRUE(quick.ReadViews(i * (i + 1) / 2));
  }
  ASSERT_TRUE(slow.ReadViews(78));
  EXPECT_EQ(slow.client.answer, quick.client.answer);
  EXPECT_EQ(slow.client.answer.at("rows"), Fresh(kLarge).at("rows"));
  EXPECT_LT(slow.events.size(), quick.events.size());
}

TEST_F(LiveHttpTest, AViewerThatDoesNotReadIsGivenUp) {
  options.live_stall = milliseconds(300);
  Start();
  Viewer reads(server->port(), kLarge);
  ASSERT_TRUE(reads.Read(1));
  {
    Viewer stuck(server->port(), kLarge);
    stuck.socket.ShrinkReceiveBuffer();
    Await([&] { return Metrics().find("pagepulse_live_dropped_total 1\n") != std::string::npos; });
    EXPECT_TRUE(stuck.socket.IsGone(milliseconds(5000))) << "and nothing is kept for it";
  }
  Await([&] { return Metrics().find("pagepulse_live_viewers 1\n") != std::string::npos; });
  EXPECT_FALSE(reads.Read(2, milliseconds(700))) << "nothing happened";
  EXPECT_FALSE(reads.socket.ended());
}

TEST_F(LiveHttpTest, StoppingClosesStreamsAtOnce) {
  Start();
  Viewer viewer(server->port(), kTotal), other(server->port(), "page=p2&metrics=views&last=7d");
  ASSERT_TRUE(viewer.Read(1) && other.Read(1));
  const auto begin = SteadyClock::now();
  server->Stop();  // its deadline is minutes away
  EXPECT_LT(SteadyClock::now() - begin, milliseconds(5000));
  EXPECT_TRUE(viewer.Ends());
  EXPECT_TRUE(other.Ends());
}

TEST_F(LiveHttpTest, ManyViewersComeAndGoWhileEventsArrive) {
  options.live_interval = milliseconds(5);
  Start();
  std::atomic<bool> done{false};
  std::thread sender([&] {
    while (!done) Send(1);
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 40; ++i) {
        Viewer viewer(server->port(), kTotal);
        EXPECT_TRUE(viewer.Read(1 + i % 3));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  done = true;
  sender.join();
  Await([&] { return Metrics().find("pagepulse_live_viewers 0\n") != std::string::npos; });
}

}  // namespace
}  // namespace pagepulse
