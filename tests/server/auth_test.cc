#include "server/auth.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace pagepulse {
namespace {

TokenConfig Token(const std::string& text, const std::string& name, uint8_t verbs) {
  TokenConfig token;
  token.name = name;
  token.sha256 = HashToken(text);
  token.pages = {"a", "c"};
  token.verbs = verbs;
  return token;
}

TEST(AuthTest, OwnHostsAreLoopbackAndWhatIsListenedOn) {
  for (const char* host :
       {"", "localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:8080", "127.255.0.9:", "[::1]",
        "[::1]:8080", "::1", "::1:8080", "10.0.0.7", "10.0.0.7:8080"}) {
    EXPECT_TRUE(IsOwnHost(host, "10.0.0.7")) << host;
  }
  EXPECT_TRUE(IsOwnHost("[fe80::1]:80", "fe80::1"));
  for (const char* host : {"example.org",
                           "example.org:8080",
                           "localhost.example.org",
                           "127.0.0.1.example.org",
                           "[::1",
                           "[::1]x",
                           "[::2]",
                           "::2",
                           "::1x",
                           "::1.example.org:80",
                           "[]",
                           "[",
                           "]",
                           ":80",
                           "localhost:80x",
                           "localhost:80:80",
                           "127.0.0.1@example.org",
                           "127.1",
                           "10.0.0.8",
                           "128.0.0.1",
                           "0.0.0.0"}) {
    EXPECT_FALSE(IsOwnHost(host, "10.0.0.7")) << host;
  }
}

TEST(AuthTest, WithoutTokensEverythingIsOpen) {
  const Authenticator auth({});
  for (const uint8_t verb : {uint8_t{0}, uint8_t{kVerbIngest}, uint8_t{kVerbQuery}}) {
    const auto grant = auth.Check("", verb);
    ASSERT_TRUE(grant.ok());
    EXPECT_TRUE((*grant)->Allows("anything"));
    EXPECT_EQ((*grant)->name, "");
  }
}

TEST(AuthTest, ATokenDoesWhatItsVerbsSay) {
  const Authenticator auth({Token("first-token-of-all", "one", kVerbIngest),
                            Token("second-token-of-all", "two", kVerbQuery | kVerbReport)});
  const auto one = auth.Check("Bearer first-token-of-all", kVerbIngest);
  ASSERT_TRUE(one.ok());
  EXPECT_EQ((*one)->name, "one");
  EXPECT_TRUE((*one)->Allows("a"));
  EXPECT_TRUE((*one)->Allows("c"));
  EXPECT_FALSE((*one)->Allows("b"));
  EXPECT_FALSE((*one)->Allows(""));
  EXPECT_TRUE(auth.Check("bearer second-token-of-all", kVerbQuery).ok());
  EXPECT_TRUE(auth.Check("Bearer second-token-of-all", kVerbReport).ok());
  const absl::Status wrong = auth.Check("Bearer first-token-of-all", kVerbQuery).status();
  EXPECT_EQ(wrong.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrorCode(wrong), "forbidden_verb");
}

TEST(AuthTest, WhoIsNotKnownIsNotLetIn) {
  const Authenticator auth({Token("first-token-of-all", "one", kVerbIngest)});
  EXPECT_EQ(ErrorCode(auth.Check("", kVerbIngest).status()), "token_needed");
  EXPECT_EQ(ErrorCode(auth.Check("Basic first-token-of-all", kVerbIngest).status()),
            "token_needed");
  for (const char* text : {"Bearer ", "Bearer first-token-of-al", "Bearer first-token-of-all ",
                           "Bearer First-token-of-all"}) {
    const absl::Status status = auth.Check(text, kVerbIngest).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << text;
    EXPECT_EQ(ErrorCode(status), "unknown_token") << text;
  }
  const auto nobody = auth.Check("", 0);
  ASSERT_TRUE(nobody.ok());
  EXPECT_FALSE((*nobody)->Allows("a"));
}

TEST(AuthTest, AnotherSitesPageIsCrossOrigin) {
  EXPECT_FALSE(IsCrossOrigin("", "127.0.0.1:8080"));
  EXPECT_FALSE(IsCrossOrigin("http://127.0.0.1:8080", "127.0.0.1:8080"));
  EXPECT_TRUE(IsCrossOrigin("http://127.0.0.1:8081", "127.0.0.1:8080"));
  EXPECT_TRUE(IsCrossOrigin("https://example.org", "127.0.0.1:8080"));
  EXPECT_TRUE(IsCrossOrigin("null", "127.0.0.1:8080"));
}

}  // namespace
}  // namespace pagepulse
