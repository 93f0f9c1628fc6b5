#include "storage/merge_operator.h"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "rollup/detail.h"
#include "rollup/row.h"
#include "rollup/row_key.h"

namespace pagepulse {
namespace {

bool Merge(const rocksdb::Slice& key, const std::vector<std::string_view>& rows, std::string* out) {
  const auto row_key = DecodeRowKey(key.ToStringView());
  if (!row_key) return false;
  out->clear();
  return (row_key->scope == Scope::kDetail ? MergeDetails(rows, out)
                                           : MergeRows(ShapeOf(row_key->scope), rows, out))
      .ok();
}

class RowMergeOperator final : public rocksdb::MergeOperator {
 public:
  const char* Name() const override { return "pagepulse.row"; }

  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    if (in.existing_value == nullptr && in.operand_list.size() == 1) {
      out->existing_operand = in.operand_list[0];  // no copy; its reader checks it
      return true;
    }
    std::vector<std::string_view> rows;
    rows.reserve(in.operand_list.size() + 1);
    if (in.existing_value != nullptr) rows.push_back(in.existing_value->ToStringView());
    for (const rocksdb::Slice& operand : in.operand_list) rows.push_back(operand.ToStringView());
    return Merge(in.key, rows, &out->new_value);
  }

  // False leaves the operands as they are: FullMergeV2 then reports the broken one.
  bool PartialMergeMulti(const rocksdb::Slice& key, const std::deque<rocksdb::Slice>& operands,
                         std::string* new_value, rocksdb::Logger*) const override {
    std::vector<std::string_view> rows;
    rows.reserve(operands.size());
    for (const rocksdb::Slice& operand : operands) rows.push_back(operand.ToStringView());
    return Merge(key, rows, new_value);
  }
};

}  // namespace

std::shared_ptr<rocksdb::MergeOperator> NewRowMergeOperator() {
  return std::make_shared<RowMergeOperator>();
}

}  // namespace pagepulse
