#include "ingest/zalo_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"

namespace pagepulse {
namespace {

using Strings = std::vector<std::string>;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kApp[] = "1234567890123456789";
constexpr char kBody[] = R"({"event_name":"follow","text":"\u1ebf","timestamp":"1700000000000"})";
// printf %s 'APP''BODY''TIMESTAMP''oa-secret' | sha256sum, with the body's timestamp and the one of
// a millisecond later.
constexpr char kMac[] = "a0365cccd08dc5b7f36b9d944a3c0c504a51c8a2471e7ce3d12613b45275b924";
constexpr char kLater[] = "871d96840155d5b6a6a29dc64e3ee4ab0e9c4e9c2136ad67bcc56e36e7edc7ee";
// The same without a secret.
constexpr char kNoSecret[] = "f679b9bda265e010d0dade7e403bb4610aa32978c86f9d3f21ed1de29ee8cc0d";
const Strings kTimes = {"1700000000000"};

bool Holds(std::string_view header, const Strings& times = kTimes,
           std::string_view secret = "oa-secret", std::string_view body = kBody) {
  return ZaloSignatureHolds(header, kApp, body, times, secret);
}

TEST(ZaloSignature, WithAndWithoutItsNameInEitherCase) {
  const std::string hex = kMac;
  for (const std::string& header : Strings{hex, "mac=" + hex, absl::AsciiStrToUpper(hex),
                                           "mac=" + absl::AsciiStrToUpper(hex)}) {
    EXPECT_TRUE(Holds(header)) << header;
  }
}

TEST(ZaloSignature, OneOfTheTimestampsMustFit) {
  EXPECT_TRUE(Holds(kLater, {"1700000000001"}));
  EXPECT_TRUE(Holds(kLater, {"1700000000000", "1700000000001"}));
  EXPECT_TRUE(Holds(kLater, {"1700000000001", "1700000000000"}));
  EXPECT_FALSE(Holds(kLater));
  EXPECT_FALSE(Holds(kMac, {}));
}

TEST(ZaloSignature, WhatIsRefused) {
  const std::string hex = kMac;
  for (const std::string& header :
       Strings{"", "mac=", "mac=mac=" + hex, "MAC=" + hex, "mac= " + hex, hex + "0", hex.substr(1),
               hex.substr(0, 63) + "g", "sha256=" + hex}) {
    EXPECT_FALSE(Holds(header)) << header;
  }
  for (size_t i = 0; i < hex.size(); ++i) {
    std::string wrong = hex;
    wrong[i] = wrong[i] == '0' ? '1' : '0';
    EXPECT_FALSE(Holds(wrong));
  }
  EXPECT_FALSE(Holds(hex, kTimes, "Oa-secret"));
  EXPECT_FALSE(Holds(hex, kTimes, "oa-secret", std::string(kBody) + " "));
  EXPECT_FALSE(ZaloSignatureHolds(hex, "1", kBody, kTimes, "oa-secret"));
  EXPECT_FALSE(Holds(kNoSecret, kTimes, ""));
}

TEST(ZaloTimestamps, TheHeadersThenTheBodys) {
  EXPECT_THAT(ZaloTimestamps("", kBody), ElementsAre("1700000000000"));
  EXPECT_THAT(ZaloTimestamps("1700000000001", kBody),
              ElementsAre("1700000000001", "1700000000000"));
  EXPECT_THAT(ZaloTimestamps("1700000000000", kBody), ElementsAre("1700000000000"));
  EXPECT_THAT(ZaloTimestamps("7", R"({"timestamp":8})"), ElementsAre("7", "8"));
  EXPECT_THAT(ZaloTimestamps("7", "{}"), ElementsAre("7"));
  for (const char* body : {"", "{}", "[]", "{", "5", R"({"timestamp":null})",
                           R"({"timestamp":"}1"})", R"({"timestamp":-1})"}) {
    EXPECT_THAT(ZaloTimestamps("", body), IsEmpty()) << body;
  }
  // Nothing that could be the end of a body.
  for (const char* header : {"}", "}1", " 1", "1 ", "-1", "123456789012345678901"}) {
    EXPECT_THAT(ZaloTimestamps(header, "{}"), IsEmpty()) << header;
  }
}

}  // namespace
}  // namespace pagepulse
