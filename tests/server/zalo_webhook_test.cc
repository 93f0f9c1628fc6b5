// /hooks/zalo over a real socket; what a delivery counts as is tested in tests/ingest.

#include <openssl/sha.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "tests/server/http_fixture.h"

namespace pagepulse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kTime[] = "1763632000000";
constexpr char kDelivery[] =
    R"({"app_id":"9","sender":{"id":"5"},"recipient":{"id":"71"},"event_name":"user_send_text",)"
    R"("message":{"text":"ch\u00e0o","msg_id":"m1"},"timestamp":"1763632000000"})";

std::string Mac(const std::string& app_id, const std::string& body, const std::string& timestamp,
                const std::string& secret) {
  const std::string signed_text = app_id + body + timestamp + secret;
  unsigned char mac[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), mac);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(mac), sizeof(mac)));
}

class ZaloWebhookTest : public HttpTest {
 protected:
  ZaloWebhookTest() {
    config.zalo.verifiers = {"Xy-1_2"};
    config.zalo.accounts["71"] = {"9", {"old", "secret-71"}, FakeEngine::kPage};
    config.zalo.accounts["72"] = {"9", {"secret-72"}, ""};
    config.zalo.accounts["73"] = {"9", {"secret-72"}, "other"};
    // Deliveries carry no token of ours.
    AddToken("token-that-does-all", "owner", {"*"}, kVerbIngest | kVerbQuery);
  }

  TestResponse Deliver(const std::string& body, const std::string& signature, Fields more = {}) {
    more.emplace_back("X-ZEvent-Signature", signature);
    return Post("/hooks/zalo", body, more);
  }
  TestResponse DeliverSigned(const std::string& body, Fields more = {}) {
    return Deliver(body, "mac=" + Mac("9", body, kTime, "secret-71"), std::move(more));
  }
  std::string MetricsAsOwner() {
    return Get("/metrics", {{"Authorization", "Bearer token-that-does-all"}}).body;
  }
};

TEST_F(ZaloWebhookTest, ASignedDeliveryIsAnsweredWhenItIsDurable) {
  Start();
  engine.Hold();
  TestClient client(server->port());
  client.Send(RequestText(
      "POST", "/hooks/zalo",
      {{"X-ZEvent-Signature", "mac=" + Mac("9", kDelivery, kTime, "secret-71")}}, kDelivery));
  Await([&] { return engine.held() == 1; });
  engine.Release();
  EXPECT_EQ(client.Receive().status, 200);
  const auto seen = engine.seen();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_THAT(seen[0].pages, ElementsAre(FakeEngine::kPage));
  EXPECT_EQ(seen[0].token, "hook:zalo");
}

TEST_F(ZaloWebhookTest, ASignatureMayComeInSeveralForms) {
  Start();
  const std::string body = kDelivery;
  const std::string mac = Mac("9", body, kTime, "secret-71");
  const std::string later = "1763632000777";
  EXPECT_EQ(Deliver(body, mac).status, 200);
  EXPECT_EQ(Deliver(body, "mac=" + absl::AsciiStrToUpper(mac)).status, 200);
  EXPECT_EQ(Deliver(body, Mac("9", body, kTime, "old")).status, 200);
  EXPECT_EQ(Deliver(body, Mac("9", body, later, "old"), {{"X-ZEvent-Timestamp", later}}).status,
            200);
  EXPECT_EQ(Deliver(body, mac, {{"X-ZEvent-Timestamp", later}}).status, 200);
  EXPECT_EQ(engine.seen().size(), 5u);
  // Told five times, counted once.
  EXPECT_EQ(engine.counted(), 1u);
  EXPECT_THAT(MetricsAsOwner(), HasSubstr("pagepulse_zalo_unsigned_total 0"));
}

TEST_F(ZaloWebhookTest, WhatNobodySignedIs200AndDropped) {
  Start();
  const std::string body = kDelivery;
  EXPECT_EQ(Post("/hooks/zalo", "{}").status, 200);
  EXPECT_EQ(Post("/hooks/zalo", "").status, 200);
  for (const std::string& signature :
       {std::string(), std::string("mac="), Mac("9", body, kTime, "wrong"),
        Mac("8", body, kTime, "secret-71"), Mac("9", body + " ", kTime, "secret-71"),
        Mac("9", body, "1763632000001", "secret-71"), Mac("9", body, kTime, "")}) {
    EXPECT_EQ(Deliver(body, signature).status, 200) << signature;
  }
  EXPECT_THAT(engine.seen(), IsEmpty());
  EXPECT_THAT(MetricsAsOwner(), HasSubstr("pagepulse_zalo_unsigned_total 9"));
}

TEST_F(ZaloWebhookTest, ASignatureSpeaksForItsOwnAccounts) {
  Start();
  const auto of = [](const char* account) {
    return absl::StrReplaceAll(kDelivery, {{R"("71")", std::string("\"") + account + "\""}});
  };
  // The first secret is of 71 alone; the other is shared by 72, which is its own page, and 73.
  for (const char* account : {"72", "74"}) {
    const std::string body = of(account);
    EXPECT_EQ(DeliverSigned(body).status, 200);
  }
  EXPECT_EQ(engine.counted(), 0u);
  EXPECT_THAT(MetricsAsOwner(),
              HasSubstr("pagepulse_parse_rejected_total{code=\"forbidden_page\"} 2"));
  for (const char* account : {"71", "72", "73"}) {
    const std::string body = of(account);
    EXPECT_EQ(Deliver(body, Mac("9", body, kTime, "secret-72")).status, 200);
  }
  EXPECT_EQ(engine.counted(), 2u);
  std::vector<std::string> pages;
  for (const auto& seen : engine.seen()) {
    pages.insert(pages.end(), seen.pages.begin(), seen.pages.end());
  }
  EXPECT_THAT(pages, ElementsAre("72", "other"));
}

TEST_F(ZaloWebhookTest, WhatIsNotOursIsIgnoredAnd200) {
  Start();
  const std::string ignored =
      absl::StrReplaceAll(kDelivery, {{"user_send_text", "oa_reacted_message"}});
  const std::string bad = absl::StrReplaceAll(
      kDelivery, {{R"("msg_id":"m1")", R"("msg_id":5)"}, {R"({"id":"5"})", R"({"id":"\u0007"})"}});
  // Signed, and yet not JSON: a retry would be no better.
  const std::string broken = "{\"event_name\":";
  EXPECT_EQ(DeliverSigned(ignored).status, 200);
  EXPECT_EQ(DeliverSigned(bad).status, 200);
  EXPECT_EQ(
      Deliver(broken, Mac("9", broken, kTime, "secret-71"), {{"X-ZEvent-Timestamp", kTime}}).status,
      200);
  EXPECT_EQ(engine.counted(), 0u);
  EXPECT_THAT(MetricsAsOwner(), HasSubstr("code=\"bad_actor\"} 1"));
}

TEST_F(ZaloWebhookTest, MarkedRepetitionsAreCounted) {
  Start();
  EXPECT_EQ(DeliverSigned(kDelivery).status, 200);
  EXPECT_EQ(DeliverSigned(kDelivery, {{"num_retry", "0"}}).status, 200);
  EXPECT_EQ(DeliverSigned(kDelivery, {{"num_retry", "1"}}).status, 200);
  EXPECT_EQ(DeliverSigned(kDelivery, {{"num_retry", "x"}}).status, 200);
  EXPECT_EQ(Deliver(kDelivery, "mac=", {{"num_retry", "2"}}).status, 200);
  EXPECT_EQ(engine.counted(), 1u);
  EXPECT_THAT(MetricsAsOwner(), HasSubstr("pagepulse_zalo_retries_total 1"));
}

TEST_F(ZaloWebhookTest, ADeliveryThatCannotBeCountedIsNotAcknowledged) {
  engine.unavailable = true;
  Start();
  EXPECT_EQ(DeliverSigned(kDelivery).status, 503);
  EXPECT_EQ(Deliver(std::string((128 << 10) + 1, ' '), "mac=").status, 413);
}

TEST_F(ZaloWebhookTest, TheDomainCheck) {
  Start();
  const TestResponse response = Get("/zalo_verifierXy-1_2.html");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.Field("content-type"), HasSubstr("text/html"));
  EXPECT_THAT(response.body,
              HasSubstr(R"(<meta name="zalo-platform-site-verification" content="Xy-1_2" />)"));
  for (const char* path :
       {"/zalo_verifier", "/zalo_verifier.html", "/zalo_verifierXy-1_2",
        "/zalo_verifierxy-1_2.html", "/zalo_verifierXy-1_2.html/", "/zalo_verifierXy-1_2.htm"}) {
    EXPECT_EQ(Get(path).status, 404) << path;
    EXPECT_EQ(Get(path).code(), "unknown_route") << path;
  }
  EXPECT_EQ(Post("/zalo_verifierXy-1_2.html", "").status, 405);
  EXPECT_EQ(Get("/hooks/zalo").status, 405);
}

TEST_F(HttpTest, TheZaloWebhookNeedsItsConfiguration) {
  Start();
  EXPECT_EQ(Post("/hooks/zalo", kDelivery).code(), "not_configured");
  EXPECT_EQ(Get("/zalo_verifierXy-1_2.html").status, 404);
}

}  // namespace
}  // namespace pagepulse
