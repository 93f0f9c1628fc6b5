#include "engine/told_again.h"

#include "engine/reducer.h"

namespace pagepulse {

void AppendToldAgain(const ToldAgain& told, std::string* out) {
  PutVarint(out, told.sequence);
  PutVarint(out, told.job);
  PutVarint(out, told.claim_hour);
  AppendRecord(told.record, out);
}

ToldAgain ReadToldAgain(Reader* in) {
  ToldAgain told;
  told.sequence = in->Varint();
  told.job = static_cast<uint32_t>(in->Varint());
  told.claim_hour = static_cast<uint32_t>(in->Varint());
  told.record = ReadRecord(in);
  return told;
}

absl::Status VisitToldAgain(std::string_view bytes,
                            absl::FunctionRef<void(const ToldAgain&)> visit) {
  for (Reader in(bytes); in.remaining() > 0;) {
    const ToldAgain told = ReadToldAgain(&in);
    if (!in.ok()) return absl::DataLossError("an event that was told again is cut off");
    visit(told);
  }
  return absl::OkStatus();
}

ToldAgainIndex::FactKey ToldAgainIndex::KeyOf(const Record& record) {
  return {record.fact, ToFactEvent(record)};
}

void ToldAgainIndex::Add(const ToldAgain& told) {
  const size_t offset = bytes_.size();
  const bool added = told.claim_hour != 0
                         ? ids_.try_emplace({told.record.id, told.claim_hour}, offset).second
                         : facts_.try_emplace(KeyOf(told.record), offset).second;
  if (added) AppendToldAgain(told, &bytes_);
}

ToldAgain ToldAgainIndex::At(size_t offset) const {
  Reader in(std::string_view(bytes_).substr(offset));
  return ReadToldAgain(&in);
}

std::optional<ToldAgain> ToldAgainIndex::FindId(const Record& record, uint32_t claim_hour) const {
  const auto it = ids_.find({record.id, claim_hour});
  return it == ids_.end() ? std::nullopt : std::optional<ToldAgain>(At(it->second));
}

std::optional<ToldAgain> ToldAgainIndex::FindFact(const Record& record) const {
  const auto it = facts_.find(KeyOf(record));
  return it == facts_.end() ? std::nullopt : std::optional<ToldAgain>(At(it->second));
}

}  // namespace pagepulse
