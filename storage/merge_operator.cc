#include "storage/merge_operator.h"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/coding.h"
#include "base/status_macros.h"
#include "rollup/detail.h"
#include "rollup/row.h"
#include "rollup/row_key.h"

namespace pagepulse {
namespace {

// Begins a value that holds several parts, each behind its length; no row begins so.
constexpr char kParts = '\xff';
static_assert(static_cast<uint8_t>(kParts) != kRowVersion);

thread_local bool unmerged_reads = false;

void ListParts(const std::vector<std::string_view>& rows, std::string* out) {
  out->assign(1, kParts);
  for (const std::string_view row : rows) {
    PutVarint(out, row.size());
    out->append(row);
  }
}

bool Merge(const rocksdb::Slice& key, const std::vector<std::string_view>& rows, std::string* out) {
  const auto row_key = DecodeRowKey(key.ToStringView());
  if (!row_key) return false;
  if (unmerged_reads && row_key->scope != Scope::kDetail) {
    ListParts(rows, out);
    return true;
  }
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

UnmergedReads::UnmergedReads() { unmerged_reads = true; }
UnmergedReads::~UnmergedReads() { unmerged_reads = false; }

absl::Status VisitParts(std::string_view value,
                        absl::FunctionRef<absl::Status(std::string_view)> visit) {
  if (value.empty() || value[0] != kParts) return visit(value);
  Reader in(value.substr(1));
  while (!in.done()) {
    const std::string_view part = in.Bytes();
    if (!in.ok()) return absl::DataLossError("the parts of a row are cut off");
    RETURN_IF_ERROR(visit(part));
  }
  return absl::OkStatus();
}

std::shared_ptr<rocksdb::MergeOperator> NewRowMergeOperator() {
  return std::make_shared<RowMergeOperator>();
}

}  // namespace pagepulse
