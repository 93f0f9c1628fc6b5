// docs/clients.md, row by row: each client's event beside the native one that it means.

#include "ingest/clients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/ingest/mapping_testing.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;

const Adapter& Format(std::string_view name) {
  static const absl::StatusOr<AdapterRegistry> registry = AdapterRegistry::Make({});
  return **registry->Find(name);
}

struct Case {
  std::string foreign, native;  // the native event, or "ignored 1", or a fault
};

void Expect(const Adapter& adapter, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(Meanings(ParseAs(adapter, c.foreign)), Native(c.native)) << c.foreign;
  }
}

// A PostHog event with these beside what each has.
std::string Posthog(const std::string& event, const std::string& properties = "") {
  return R"({"event":")" + event + R"(","properties":{)" + properties +
         R"("$lib":"posthog-node"},"timestamp":"2025-10-02T03:04:05.000Z","type":"capture",)"
         R"("uuid":"01a2","distinct_id":"u1"})";
}

// The native event with these beside what each has.
std::string Told(const std::string& rest) {
  return R"({"id":"01a2","ts":"2025-10-02T03:04:05Z","actor":"u1",)" + rest + "}";
}

TEST(ClientsTest, PosthogEvents) {
  Expect(
      Format("posthog"),
      {
          {Posthog("$pageview",
                   R"("$host":"tan-dinh.vn:443","$pathname":"/tin/1","type":"article",)"),
           Told(R"("page":"tan-dinh.vn","post":"/tin/1","type":"view","source":"posthog")")},
          {Posthog("$screen", R"("page":"app","$screen_name":"Home",)"),
           Told(R"("page":"app","post":"Home","type":"view","source":"posthog")")},
          {Posthog("$autocapture", R"("page":"app","$event_type":"click",)"),
           Told(R"("page":"app","type":"click","source":"posthog")")},
          {Posthog("reaction_add", R"("page":"p1","post":"p1_2","type":"love",)"),
           Told(
               R"("page":"p1","post":"p1_2","type":"reaction","reaction":"love","source":"posthog")")},
          {Posthog("Reaction Removed", R"("page":"p1","post":"p1_2",)"),
           Told(R"("page":"p1","post":"p1_2","type":"reaction","op":"remove","source":"posthog")")},
          {Posthog("liked", R"("page":"p1","object":"c1",)"),
           Told(
               R"("page":"p1","object":"c1","type":"reaction","reaction":"like","source":"posthog")")},
          {Posthog("comment_add", R"("page":"p1","text":"xin chào ❤️",)"),
           Told(R"("page":"p1","type":"comment","source":"posthog")")},
          {Posthog("comment", R"("page":"p1","object":"c1","op":"hide",)"),
           Told(R"("page":"p1","object":"c1","type":"comment","op":"hide","source":"posthog")")},
          {Posthog("share", R"("page":"p1","source":"zalo",)"),
           Told(R"("page":"p1","type":"share","source":"zalo")")},
          {Posthog("unfollow", R"("page":"p1",)"),
           Told(R"("page":"p1","type":"follow","op":"remove","source":"posthog")")},
          {Posthog("Form Sent", R"("page":"p1","count":3,)"),
           Told(R"("page":"p1","type":"form_sent","count":3,"source":"posthog")")},
          {Posthog("$identify", R"("$set":{"email":"a@example.com"},)"), "ignored 1"},
          {Posthog("$feature_flag_called"), "ignored 1"},
          {Posthog("$pageleave", R"("$host":"h",)"), "ignored 1"},
          {Posthog("share"), "missing_page"},
          {Posthog("reaction_add", R"("page":"p1",)"), "missing_reaction"},
          {Posthog("Views", R"("page":"p1",)"), "reserved_type"},
          {Posthog("Đã gửi", R"("page":"p1",)"), "bad_type"},
      });
}

TEST(ClientsTest, PosthogBodies) {
  const std::string event = Posthog("$pageview", R"("page":"p",)");
  const std::string view = Native(Told(R"("page":"p","type":"view","source":"posthog")"))[0];
  for (const std::string& body :
       {R"({"api_key":"k","batch":[)" + event + R"(],"sent_at":"2025-10-02T03:04:06Z"})",
        R"({"batch":)" + event + R"(,"api_key":"k"})", "[" + event + "]", event}) {
    EXPECT_THAT(Meanings(ParseAs(Format("posthog"), body)), ElementsAre(view)) << body;
  }
  EXPECT_THAT(Meanings(ParseAs(Format("posthog"), R"({"api_key":"k","batch":[]})")), ElementsAre());
  // By hand, without what a client adds: it happened when it came.
  EXPECT_EQ(Meanings(ParseAs(Format("posthog"),
                             R"({"api_key":"k","event":"view","properties":{"distinct_id":"d"}})",
                             {}, "mine")),
            Native(R"({"ts":)" + std::to_string(kNow) +
                   R"(,"page":"mine","actor":"d","type":"view","source":"posthog"})"));
}

TEST(ClientsTest, SegmentAndRudderEvents) {
  const auto event = [](const std::string& rest) {
    return R"({"messageId":"01a2","timestamp":"2025-10-02T03:04:05Z","userId":"u1",)" + rest + "}";
  };
  Expect(
      Format("segment"),
      {
          {event(R"("type":"track","event":"Order Completed","properties":{"page":"p1"})"),
           Told(R"("page":"p1","type":"order_completed","source":"segment")")},
          {event(R"("type":"track","event":"Reaction Added","properties":{"page":"p1","post":"q",)"
                 R"("reaction":"wow"})"),
           Told(R"("page":"p1","post":"q","type":"reaction","reaction":"wow","source":"segment")")},
          {event(R"("type":"page","name":"home","properties":{"url":"https://tan-dinh.vn/a?b"})"),
           Told(R"("page":"tan-dinh.vn","post":"/a","type":"view","source":"segment")")},
          {event(R"("type":"page","context":{"page":{"path":"/b","url":"https://tan-dinh.vn/b"}})"),
           Told(R"("page":"tan-dinh.vn","post":"/b","type":"view","source":"segment")")},
          {event(R"("type":"screen","name":"Home","properties":{"page":"app"})"),
           Told(R"("page":"app","post":"Home","type":"view","source":"segment")")},
          {event(R"("type":"identify","traits":{"email":"a@example.com"})"), "ignored 1"},
          {event(R"("type":"group","groupId":"g")"), "ignored 1"},
          {event(R"("type":"alias","previousId":"x")"), "ignored 1"},
          {event(R"("type":"track","event":"x","properties":null)"), "missing_page"},
          {R"({"messageId":"01a2","originalTimestamp":"2025-10-02T03:04:05Z","anonymousId":"u1",)"
           R"("type":"track","event":"Shared","properties":{"page":"p1"}})",
           Told(R"("page":"p1","type":"share","source":"segment")")},
      });
  const std::string one = event(R"("type":"page","properties":{"page":"p"})");
  const std::string view = Native(Told(R"("page":"p","type":"view","source":"segment")"))[0];
  EXPECT_THAT(Meanings(ParseAs(Format("segment"), R"({"batch":[)" + one + "," + one +
                                                      R"(],"writeKey":"k","sentAt":"x"})")),
              ElementsAre(view, view));
}

// An event of these attributes, and the id it has: of its source and its own.
std::string CloudEvent(const std::string& rest, const std::string& data) {
  return R"({"specversion":"1.0","id":"e1","source":"/pages/p1","time":"2025-10-02T03:04:05Z",)" +
         rest + R"(,"data":)" + data + "}";
}

// What a native event without id is, with the id of the event above.
std::string WithCloudId(const std::string& native) {
  EventBatch batch = ParseLines(native);
  Event& event = batch.events.at(0);
  event.has_id = true;
  event.id_fingerprint = NativeKey().Within(event.page_hash,
                                            "/pages/p1\x1f"
                                            "e1");
  return Describe(event);
}

TEST(ClientsTest, CloudEventsEvents) {
  const std::string time = R"({"ts":"2025-10-02T03:04:05Z",)";
  const struct {
    std::string foreign, native;
  } cases[] = {
      {CloudEvent(R"("type":"social.reaction.add")", R"({"type":"love","post":"p1_2"})"),
       R"("page":"p1","post":"p1_2","type":"reaction","reaction":"love")"},
      {CloudEvent(R"("type":"vn.tan-dinh.view","subject":"tin-1")", R"({"actor":"u"})"),
       R"("page":"p1","post":"tin-1","actor":"u","type":"view")"},
      {CloudEvent(R"("type":"comment.removed")", R"({"page":"q","user_id":7,"object":"c"})"),
       R"("page":"q","actor":"7","object":"c","type":"comment","op":"remove")"},
      {CloudEvent(R"("type":"vn.app.Sos.Raised")", "null"),
       R"("page":"p1","type":"vn.app.sos.raised")"},
      {CloudEvent(R"("type":"view")", R"("text")"), R"("page":"p1","type":"view")"},
  };
  for (const auto& c : cases) {
    const std::string native = time + c.native + R"(,"source":"cloudevents"})";
    for (const Adapter* adapter : {&Format("cloudevents"), Format("cloudevents").document()}) {
      EXPECT_THAT(Meanings(ParseAs(*adapter, c.foreign)), ElementsAre(WithCloudId(native)))
          << c.foreign;
    }
  }
  EXPECT_EQ(
      Meanings(ParseAs(Format("cloudevents"),
                       CloudEvent(R"("type":"org.example.a.very.long.name.of.a.type")", "1"))),
      Native("bad_type"));
}

TEST(ClientsTest, CloudEventsBatchesAndBinary) {
  const Adapter& document = *Format("cloudevents").document();
  const std::string view = WithCloudId(
      R"({"ts":"2025-10-02T03:04:05Z","page":"p1","post":"q","type":"view","source":"cloudevents"})");
  const std::string one = CloudEvent(R"("type":"view")", R"({"post":"q"})");
  EXPECT_THAT(Meanings(ParseAs(document, "[" + one + ",\n" + one + "]")), ElementsAre(view, view));
  EXPECT_THAT(Meanings(ParseAs(document, "[]")), ElementsAre());

  Headers headers;
  headers.fields = {{"ce-specversion", "1.0"},
                    {"ce-id", "e1"},
                    {"ce-type", "view"},
                    {"ce-source", "/p%61ges/p1"},
                    {"ce-subject", "q"},
                    {"ce-time", "2025-10-02T03:04:05Z"},
                    {"host", "h"}};
  EXPECT_THAT(Meanings(ParseAs(document, "", headers)), ElementsAre(view));
  EXPECT_THAT(Meanings(ParseAs(document, R"( {"post":"q"} )", headers)), ElementsAre(view));
  headers.fields.emplace_back("content-type", "text/plain; charset=utf-8");
  EXPECT_THAT(Meanings(ParseAs(document, "any text", headers)), ElementsAre(view));
  headers.fields.back().second = "application/vnd.x+json; charset=utf-8";
  EXPECT_THAT(Meanings(ParseAs(document, R"({"post":"q"})", headers)), ElementsAre(view));
  EventBatch batch;
  EXPECT_EQ(ErrorCode(document.Parse(CopyToChunk("{"), headers, NativeContext(), &batch)),
            "bad_json");
  // What is more than one value would add attributes, or events.
  for (const char* body : {"1}{", R"(1,"subject":"other")", "1 2", "]"}) {
    EXPECT_EQ(ErrorCode(document.Parse(CopyToChunk(body), headers, NativeContext(), &batch)),
              "bad_json")
        << body;
  }
  EXPECT_EQ(batch.received(), 0u);
}

}  // namespace
}  // namespace pagepulse
