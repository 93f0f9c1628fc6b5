// /hooks/facebook over a real socket; what a delivery counts as is tested in tests/ingest.

#include <openssl/hmac.h>

#include "absl/strings/escaping.h"
#include "tests/server/http_fixture.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kDelivery[] =
    R"({"object":"page","entry":[{"id":"1001","time":1763632000,"changes":[{"field":"feed",)"
    R"("value":{"item":"reaction","verb":"add","reaction_type":"love","post_id":"1001_98",)"
    R"("parent_id":"1001_98","created_time":1763631990,"from":{"id":"7","name":"N"}}}]}]})";

std::string Sign(const std::string& secret, const std::string& body) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac, &size);
  return "sha256=" +
         absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(mac), size));
}

class WebhookTest : public HttpTest {
 protected:
  WebhookTest() {
    config.facebook.verify_tokens = {"other", "verify-me"};
    config.facebook.app_secrets = {"other", "app-secret"};
    // Deliveries carry no token of ours.
    AddToken("token-that-does-all", "owner", {"*"}, kVerbIngest);
  }

  TestResponse Deliver(const std::string& body, const std::string& signature) {
    return Post("/hooks/facebook", body, {{"X-Hub-Signature-256", signature}});
  }
};

TEST_F(WebhookTest, TheHandshakeIsTheBareChallenge) {
  Start();
  const std::string target = "/hooks/facebook?hub.mode=subscribe&hub.challenge=1158201444";
  const TestResponse response = Get(target + "&hub.verify_token=verify-me");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "1158201444");
  EXPECT_THAT(response.Field("content-type"), HasSubstr("text/plain"));
  EXPECT_EQ(Get(target + "&hub.verify_token=wrong").status, 403);
  EXPECT_EQ(Get("/hooks/facebook").status, 400);
}

TEST_F(WebhookTest, ASignedDeliveryIsAnsweredWhenItIsDurable) {
  Start();
  engine.Hold();
  TestClient client(server->port());
  client.Send(RequestText("POST", "/hooks/facebook",
                          {{"X-Hub-Signature-256", Sign("app-secret", kDelivery)}}, kDelivery));
  Await([&] { return engine.held() == 1; });
  engine.Release();
  const TestResponse response = client.Receive();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "EVENT_RECEIVED");
  const auto seen = engine.seen();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_THAT(seen[0].pages, ElementsAre("1001"));
  EXPECT_EQ(seen[0].token, "hook:facebook");
}

TEST_F(WebhookTest, AnUnsignedOrAlteredDeliveryIs403) {
  Start();
  const std::string body = kDelivery;
  for (const std::string& signature :
       {std::string(), std::string("sha256="), Sign("wrong-secret", body),
        Sign("app-secret", body + " ")}) {
    const TestResponse response = Deliver(body, signature);
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(response.code(), "bad_signature");
  }
  EXPECT_TRUE(engine.seen().empty());
}

TEST_F(WebhookTest, WhatIsNotOursIsIgnoredAnd200) {
  Start();
  for (const std::string& body : {std::string(R"({"object":"instagram","entry":[]})"),
                                  std::string(R"({"object":"page","entry":[{"id":"1","time":1,)"
                                              R"("messaging":[{"sender":{"id":"2"}}]}]})")}) {
    EXPECT_EQ(Deliver(body, Sign("app-secret", body)).status, 200) << body;
  }
  // Signed, and yet not JSON: a retry would be no better.
  const std::string broken = "{\"object\":";
  EXPECT_EQ(Deliver(broken, Sign("app-secret", broken)).status, 200);
  EXPECT_EQ(engine.counted(), 0u);
}

TEST_F(WebhookTest, InstagramComesByTheSameDoor) {
  Start();
  const std::string body =
      R"({"object":"instagram","entry":[{"id":"2002","time":1763632000,"field":"comments",)"
      R"("value":{"id":"178","from":{"id":"5"},"media":{"id":"3"},"text":"\u1ebf"}}]})";
  EXPECT_EQ(Deliver(body, Sign("app-secret", body)).status, 200);
  EXPECT_EQ(Deliver(body, Sign("wrong", body)).status, 403);
  const auto seen = engine.seen();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_THAT(seen[0].pages, ElementsAre("2002"));
  EXPECT_EQ(engine.counted(), 1u);
}

TEST_F(WebhookTest, ADeliveryThatCannotBeCountedIsNotAcknowledged) {
  engine.unavailable = true;
  Start();
  EXPECT_EQ(Deliver(kDelivery, Sign("app-secret", kDelivery)).status, 503);
}

// Of what this address takes, and not of what others do.
TEST_F(WebhookTest, AnErrorSpeaksOfDeliveries) {
  Start();
  const TestResponse bare = Post("/hooks/facebook", kDelivery);
  EXPECT_EQ(bare.code(), "bad_signature");
  EXPECT_THAT(bare.body, HasSubstr("there is no X-Hub-Signature-256"));
  const TestResponse large = Post("/hooks/facebook", std::string((4 << 20) + 1, ' '));
  EXPECT_EQ(large.code(), "body_too_large");
  EXPECT_THAT(large.body, Not(HasSubstr("hint")));
  const TestResponse packed = Post("/hooks/facebook", kDelivery, {{"Content-Encoding", "gzip"}});
  EXPECT_EQ(packed.code(), "unknown_encoding");
  EXPECT_THAT(packed.body, HasSubstr("without one"));
}

TEST_F(HttpTest, TheWebhookNeedsItsConfiguration) {
  Start();
  EXPECT_EQ(Get("/hooks/facebook?hub.mode=subscribe").code(), "not_configured");
  EXPECT_EQ(Post("/hooks/facebook", kDelivery).code(), "not_configured");
}

}  // namespace
}  // namespace pagepulse
