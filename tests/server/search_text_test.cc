#include "server/search_text.h"

#include <gtest/gtest.h>

namespace pagepulse {
namespace {

TEST(SearchText, MarksAndCaseDoNotMatter) {
  EXPECT_EQ(SearchText("Đường Hai Bà Trưng"), "duong hai ba trung");
  EXPECT_EQ(SearchText("PHƯỜNG TÂN ĐỊNH"), "phuong tan dinh");
  EXPECT_EQ(SearchText("gắn kết và phát triển"), "gan ket va phat trien");
  EXPECT_EQ(SearchText("duong 30/4"), "duong 30/4");
}

// Every letter that Vietnamese has: its vowels with each tone, and đ.
TEST(SearchText, EveryVietnameseLetter) {
  EXPECT_EQ(SearchText("aàảãáạăằẳẵắặâầẩẫấậAÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬ"), std::string(36, 'a'));
  EXPECT_EQ(SearchText("eèẻẽéẹêềểễếệEÈẺẼÉẸÊỀỂỄẾỆ"), std::string(24, 'e'));
  EXPECT_EQ(SearchText("iìỉĩíịIÌỈĨÍỊ"), std::string(12, 'i'));
  EXPECT_EQ(SearchText("oòỏõóọôồổỗốộơờởỡớợOÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢ"), std::string(36, 'o'));
  EXPECT_EQ(SearchText("uùủũúụưừửữứựUÙỦŨÚỤƯỪỬỮỨỰ"), std::string(24, 'u'));
  EXPECT_EQ(SearchText("yỳỷỹýỵYỲỶỸÝỴ"), std::string(12, 'y'));
  EXPECT_EQ(SearchText("đĐ"), "dd");
}

TEST(SearchText, MarksBehindTheirLetter) {
  EXPECT_EQ(SearchText("đu\u031Bo\u031B\u0300ng"), "duong");
}

TEST(SearchText, WhatIsNotLatinStays) {
  EXPECT_EQ(SearchText("東京 Ω 😀 ×÷"), "東京 Ω 😀 ×÷");
  EXPECT_EQ(SearchText("a\xE1\xBAz\xC4"), "a\xE1\xBAz\xC4") << "half a character";
}

}  // namespace
}  // namespace pagepulse
