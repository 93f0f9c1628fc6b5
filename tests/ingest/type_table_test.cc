#include "ingest/type_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace pagepulse {
namespace {

// "view", "reaction add love", "-", "*".
std::string Words(const TypeMeaning& meaning) {
  if (meaning.action == TypeMeaning::kIgnored) return "-";
  if (meaning.action == TypeMeaning::kItself) return "*";
  std::string words = meaning.type;
  for (const std::string& word : {meaning.op, meaning.reaction}) {
    if (!word.empty()) words += " " + word;
  }
  return words;
}

TEST(TypeTableTest, MeaningsAreNativeWords) {
  const std::pair<const char*, const char*> good[] = {
      {"view", "view"},
      {"reaction", "reaction"},
      {"reaction love", "reaction love"},
      {"reaction love remove", "reaction remove love"},
      {" comment  hide ", "comment hide"},
      {"sos_alert", "sos_alert"},
      {"-", "-"},
      {"*", "*"},
  };
  for (const auto& [text, words] : good) {
    const absl::StatusOr<TypeMeaning> meaning = ParseTypeMeaning(text);
    ASSERT_TRUE(meaning.ok()) << text;
    EXPECT_EQ(Words(*meaning), words);
  }
  for (const char* bad : {"", " ", "View", "views", "reach", "view remove", "comment love",
                          "reaction liked", "reaction love wow", "sos alert", "follow add add"}) {
    EXPECT_EQ(ErrorCode(ParseTypeMeaning(bad).status()), "bad_type_table") << bad;
  }
}

TEST(TypeTableTest, NamesAreComparedWithoutCaseAndPunctuation) {
  EXPECT_EQ(NameKey("Reaction Added"), "reaction_added");
  EXPECT_EQ(NameKey("$reaction.added!"), "reaction_added");
  EXPECT_EQ(NameKey("__a--b__"), "a_b");
  EXPECT_EQ(NameKey("Xem bài"), "xem_bài");
  EXPECT_EQ(NameKey("$ -"), "");
  EXPECT_EQ(TypeFromName("SOS.Alert Raised"), "sos.alert_raised");
}

TEST(TypeTableTest, TheNearestEntryHolds) {
  const absl::StatusOr<TypeTable> table = TypeTable::Make({{"$*", "-"},
                                                           {"$pageview", "view"},
                                                           {"Order Completed", "order"},
                                                           {"order completed!", "-"},
                                                           {"*.comment.added", "comment"},
                                                           {"*.added", "thing_added"},
                                                           {"vn.", "-"},
                                                           {"vn.app.*", "share"},
                                                           {"vn.*", "click"},
                                                           {"*", "*"}});
  ASSERT_TRUE(table.ok()) << table.status();
  const std::pair<const char*, const char*> cases[] = {
      {"$pageview", "view"},
      {"pageview", "view"},
      {"Page View", "*"},
      {"$identify", "-"},
      {"Order Completed", "order"},
      {"order completed!", "-"},
      {"ORDER_COMPLETED", "order"},
      {"vn.app.comment.added", "comment"},
      {"x.y.added", "thing_added"},
      {"comment.added", "thing_added"},
      {"vn.app.x", "share"},
      {"vn.x", "click"},
      {"anything", "*"},
      {"", "*"},
  };
  for (const auto& [name, words] : cases) EXPECT_EQ(Words(table->Find(name)), words) << name;
}

TEST(TypeTableTest, WithoutEntriesANameIsItselfElseIgnored) {
  EXPECT_EQ(Words(TypeTable::Make({})->Find("view")), "*");
  EXPECT_EQ(Words(TypeTable::Make({{"a", "view"}})->Find("b")), "-");
  EXPECT_EQ(ErrorCode(TypeTable::Make({{"a", "Views"}}).status()), "bad_type_table");
}

}  // namespace
}  // namespace pagepulse
