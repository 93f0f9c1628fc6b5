#include "ingest/facebook_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pagepulse {
namespace {

using Strings = std::vector<std::string>;

// RFC 4231, test cases 2 and 6 (a key longer than a block).
const char kJefe[] = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
const char kLongKey[] = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";

std::string Sha256(std::string_view hex) { return "sha256=" + std::string(hex); }

TEST(FacebookSignature, PublishedVectors) {
  EXPECT_TRUE(
      FacebookSignatureHolds(Sha256(kJefe), "what do ya want for nothing?", Strings{"Jefe"}));
  EXPECT_TRUE(FacebookSignatureHolds(Sha256(kLongKey),
                                     "Test Using Larger Than Block-Size Key - Hash Key First",
                                     Strings{std::string(131, '\xaa')}));
}

TEST(FacebookSignature, AnySecretMayMatch) {
  const std::string_view body = "what do ya want for nothing?";
  EXPECT_TRUE(FacebookSignatureHolds(Sha256(kJefe), body, Strings{"other", "", "Jefe"}));
  EXPECT_TRUE(FacebookSignatureHolds(Sha256(kJefe), body, Strings{"Jefe", "other"}));
  EXPECT_FALSE(FacebookSignatureHolds(Sha256(kJefe), body, Strings{"jefe", "other", ""}));
  EXPECT_FALSE(FacebookSignatureHolds(Sha256(kJefe), body, Strings{}));
}

TEST(FacebookSignature, WhatIsRefused) {
  const std::string_view body = "what do ya want for nothing?";
  const Strings secrets = {"Jefe"};
  const std::string hex = kJefe;
  for (const std::string& header :
       Strings{"", "sha256=", hex, "sha1=" + hex, "SHA256=" + hex, "sha256= " + hex,
               "sha256=" + hex + "0", "sha256=" + hex.substr(1), "sha256=" + hex.substr(2),
               "sha256=" + hex.substr(0, 63) + "g", "sha256=" + hex + "," + "sha256=" + hex}) {
    EXPECT_FALSE(FacebookSignatureHolds(header, body, secrets)) << header;
  }
  for (size_t i = 0; i < hex.size(); ++i) {
    std::string wrong = hex;
    wrong[i] = wrong[i] == '0' ? '1' : '0';
    EXPECT_FALSE(FacebookSignatureHolds(Sha256(wrong), body, secrets));
  }
  EXPECT_FALSE(FacebookSignatureHolds(Sha256(hex), "what do ya want for nothing? ", secrets));
  // HMAC-SHA256 of nothing under an empty secret: an unset secret must not open the door.
  EXPECT_FALSE(FacebookSignatureHolds(
      Sha256("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"), "", Strings{""}));
}

TEST(FacebookHandshake, AnswersTheBareChallenge) {
  const QueryParameters query = {{"hub.mode", "subscribe"},
                                 {"hub.challenge", "1158201444"},
                                 {"hub.verify_token", "meatyhamhock"}};
  const auto answer = AnswerFacebookHandshake(query, Strings{"other", "meatyhamhock"});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, "1158201444");
  for (const Strings& tokens :
       {Strings{}, Strings{""}, Strings{"meatyhamhoc"}, Strings{"meatyhamhock "}}) {
    EXPECT_EQ(AnswerFacebookHandshake(query, tokens).status().code(),
              absl::StatusCode::kPermissionDenied);
  }
}

TEST(FacebookHandshake, WhatIsNone) {
  const QueryParameters whole = {
      {"hub.mode", "subscribe"}, {"hub.challenge", "1"}, {"hub.verify_token", "t"}};
  const Strings tokens = {"t"};
  for (size_t i = 0; i < 2; ++i) {
    QueryParameters query = whole;
    query[i].second = "";
    EXPECT_EQ(AnswerFacebookHandshake(query, tokens).status().code(),
              absl::StatusCode::kInvalidArgument);
    query.erase(query.begin() + static_cast<int>(i));
    EXPECT_EQ(AnswerFacebookHandshake(query, tokens).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  QueryParameters no_token = whole;
  no_token.pop_back();
  EXPECT_EQ(AnswerFacebookHandshake(no_token, Strings{""}).status().code(),
            absl::StatusCode::kPermissionDenied);
  QueryParameters too_long = whole;
  too_long[1].second.assign(513, '1');
  EXPECT_FALSE(AnswerFacebookHandshake(too_long, tokens).ok());
}

}  // namespace
}  // namespace pagepulse
