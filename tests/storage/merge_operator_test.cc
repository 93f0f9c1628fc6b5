#include "storage/merge_operator.h"

#include <deque>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "rocksdb/slice.h"
#include "tests/storage/test_rows.h"

namespace pagepulse {
namespace {

using rocksdb::MergeOperator;
using rocksdb::Slice;

constexpr Scope kScopes[] = {Scope::kPost, Scope::kDetail};

std::string KeyOf(Scope scope) {
  return scope == Scope::kDetail ? EncodeRowKey({scope, Level::kQuarter, 20000, 1, 0})
                                 : EncodeRowKey({scope, Level::kDay, 666, 1, 7});
}
const Cells kA = {{{0, kViews}, 5}, {{3, kClicks}, 2}};
const Cells kB = {{{0, kViews}, -1}, {{9, kComments}, 4}};
const Cells kC = {{{3, kClicks}, 10}};
const Cells kSum = {{{0, kViews}, 4}, {{3, kClicks}, 12}, {{9, kComments}, 4}};

bool FullMerge(Scope scope, const Slice* base, const std::vector<Slice>& operands,
               std::string* out) {
  const std::string key_bytes = KeyOf(scope);
  const Slice key(key_bytes);  // the input keeps a reference to it
  const MergeOperator::MergeOperationInput in(key, base, operands, nullptr);
  Slice existing(nullptr, 0);
  MergeOperator::MergeOperationOutput result(*out, existing);
  if (!NewRowMergeOperator()->FullMergeV2(in, &result)) return false;
  if (existing.data() != nullptr) *out = existing.ToString();
  return true;
}

Cells Decode(Scope scope, const std::string& bytes) {
  Cells cells;
  AddEncoded(scope, bytes, &cells);
  return cells;
}

TEST(RowMergeOperator, AddsPartsInAnyOrderAndGrouping) {
  for (const Scope scope : kScopes) {
    const std::string a = EncodeCells(scope, kA), b = EncodeCells(scope, kB),
                      c = EncodeCells(scope, kC);
    std::string abc, cab, bc, on_base;
    ASSERT_TRUE(FullMerge(scope, nullptr, {a, b, c}, &abc));
    ASSERT_TRUE(FullMerge(scope, nullptr, {c, a, b}, &cab));
    ASSERT_TRUE(NewRowMergeOperator()->PartialMergeMulti(KeyOf(scope), std::deque<Slice>{b, c}, &bc,
                                                         nullptr));
    const Slice base(bc);
    ASSERT_TRUE(FullMerge(scope, &base, {a}, &on_base));
    EXPECT_EQ(Decode(scope, abc), kSum);
    EXPECT_EQ(abc, cab);
    EXPECT_EQ(abc, on_base);
  }
}

TEST(RowMergeOperator, OnePartIsTheRow) {
  for (const Scope scope : kScopes) {
    const std::string a = EncodeCells(scope, kA);
    std::string out;
    ASSERT_TRUE(FullMerge(scope, nullptr, {a}, &out));
    EXPECT_EQ(out, a);
  }
}

TEST(RowMergeOperator, GivesAReaderThePartsUnmerged) {
  const auto parts_of = [](const std::string& value) {
    std::vector<std::string> parts;
    const absl::Status status = VisitParts(value, [&](std::string_view part) {
      parts.emplace_back(part);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return parts;
  };
  const std::string a = EncodeRow(kA), b = EncodeRow(kB), c = EncodeRow(kC);
  std::string one, listed, detail, merged;
  const Slice base(c);
  {
    const UnmergedReads unmerged;
    ASSERT_TRUE(FullMerge(Scope::kPost, nullptr, {a}, &one));
    ASSERT_TRUE(FullMerge(Scope::kPost, &base, {a, b}, &listed));
    ASSERT_TRUE(FullMerge(Scope::kDetail, nullptr,
                          {EncodeCells(Scope::kDetail, kA), EncodeCells(Scope::kDetail, kB)},
                          &detail));
  }
  ASSERT_TRUE(FullMerge(Scope::kPost, &base, {a, b}, &merged));
  EXPECT_EQ(parts_of(one), std::vector<std::string>{a});
  EXPECT_EQ(parts_of(listed), (std::vector<std::string>{c, a, b}));
  EXPECT_EQ(parts_of(merged), std::vector<std::string>{merged});
  EXPECT_EQ(Decode(Scope::kPost, merged), kSum);
  const Cells a_and_b = {{{0, kViews}, 4}, {{3, kClicks}, 2}, {{9, kComments}, 4}};
  EXPECT_EQ(Decode(Scope::kDetail, detail), a_and_b);

  const auto ignore = [](std::string_view) { return absl::OkStatus(); };
  EXPECT_TRUE(absl::IsDataLoss(VisitParts(listed.substr(0, listed.size() - 1), ignore)));
  const auto refuse = [](std::string_view) { return absl::CancelledError(); };
  EXPECT_TRUE(absl::IsCancelled(VisitParts(listed, refuse)));
}

TEST(RowMergeOperator, BrokenPartsFail) {
  for (const Scope scope : kScopes) {
    const std::string a = EncodeCells(scope, kA), key = KeyOf(scope);
    const std::string broken = a.substr(0, a.size() - 1);
    std::string out;
    EXPECT_FALSE(FullMerge(scope, nullptr, {a, broken}, &out));
    EXPECT_FALSE(FullMerge(scope, nullptr, {a, Slice("\xff\xff")}, &out));
    EXPECT_FALSE(
        NewRowMergeOperator()->PartialMergeMulti(key, std::deque<Slice>{broken, a}, &out, nullptr));
    EXPECT_FALSE(NewRowMergeOperator()->PartialMergeMulti("no row key", std::deque<Slice>{a, a},
                                                          &out, nullptr));
  }
}

}  // namespace
}  // namespace pagepulse
