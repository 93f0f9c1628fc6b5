#include "storage/storage_keys.h"

#include "gtest/gtest.h"

namespace pagepulse {
namespace {

std::string FactKey(Hash128 identity) {
  std::string key;
  AppendFactKey(identity, &key);
  return key;
}

TEST(StorageKeys, GoldenBytes) {
  EXPECT_EQ(FactKey(absl::MakeUint128(0x0001020304050607, 0x08090a0b0c0d0e0f)),
            std::string("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 16));
  EXPECT_EQ(kMarkerKey, "c");
  EXPECT_EQ(kHorizonsKey, "h");
}

TEST(StorageKeys, OrderOfBytesIsOrderOfNumbers) {
  EXPECT_LT(FactKey(absl::MakeUint128(1, ~uint64_t{0})), FactKey(absl::MakeUint128(2, 0)));
}

TEST(StorageKeys, PrefixEnd) {
  EXPECT_EQ(PrefixEnd("a"), "b");
  EXPECT_EQ(PrefixEnd(std::string("a\xff\xff")), "b");
  EXPECT_EQ(PrefixEnd("\xff"), "");
  EXPECT_EQ(PrefixEnd(""), "");
}

}  // namespace
}  // namespace pagepulse
