#include "rollup/row.h"

#include <algorithm>
#include <cassert>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace pagepulse {

void RowBuilder::StartCell(uint32_t slot) {
  EndCounters();
  slot_ = slot;
}

void RowBuilder::EndCounters() {
  if (next_counter_ == 0) return;
  counters_[last_counter_] = static_cast<char>(counters_[last_counter_] | 1);
  next_counter_ = 0;
}

void RowBuilder::AddCounter(CounterId counter, int64_t value) {
  if (value == 0) return;
  char* out = counters_.Room(3 * kMaxVarintBytes);
  if (next_counter_ == 0) {
    out = WriteVarint(slot_ - next_slot_, out);
    next_slot_ = slot_ + 1;
  }
  last_counter_ = counters_.size() + static_cast<size_t>(out - counters_.Room(0));
  out = WriteVarint(uint64_t{counter - next_counter_} << 1, out);
  next_counter_ = counter + uint32_t{1};
  counters_.Wrote(WriteVarint(ZigZag(value), out));
}

char* RowBuilder::StartPeople(People which, size_t set_bytes) {
  const uint32_t place = slot_ << 1 | static_cast<uint32_t>(which);
  char* const out = WriteVarint(place - next_people_, people_.Room(kMaxVarintBytes + set_bytes));
  next_people_ = place + 1;
  return out;
}

void RowBuilder::AddPeople(People which, const DistinctSet& set) {
  assert(set.shape() == shape_);
  if (set.empty()) return;
  people_.Wrote(set.EncodeTo(StartPeople(which, set.MaxEncodedSize())));
}

void RowBuilder::AddPeople(People which, absl::Span<const uint64_t> members) {
  assert(members.size() <= shape_.max_exact);
  if (members.empty()) return;
  char* const out = StartPeople(which, kMaxSetHeader + members.size() * kMemberBytes);
  people_.Wrote(EncodeExactSet(members.data(), members.size(), out));
}

void RowBuilder::AddEncodedPeople(People which, std::string_view set) {
  people_.Wrote(std::copy(set.begin(), set.end(), StartPeople(which, set.size())));
}

void RowBuilder::Finish(std::string* out) {
  EndCounters();
  char header[1 + kMaxVarintBytes] = {static_cast<char>(kRowVersion)};
  const char* const end = WriteVarint(counters_.size(), header + 1);
  out->append(header, static_cast<size_t>(end - header));
  out->append(counters_.view());
  out->append(people_.view());
  counters_.Clear();
  people_.Clear();
  next_slot_ = next_people_ = 0;
}

absl::Status RowView::Broken() { return absl::DataLossError("a stored row is damaged"); }

absl::StatusOr<RowView> RowView::Open(std::string_view bytes) {
  Reader in(bytes);
  const uint8_t version = in.Byte();
  if (!in.ok()) return Broken();
  if (version != kRowVersion) {
    return MakeError(
        absl::StatusCode::kUnimplemented, "unknown_row_version",
        absl::StrCat("a stored row has version ", version, "; this program knows ", kRowVersion),
        "run the version of pagepulse that wrote this store, or a newer one");
  }
  RowView view;
  view.counters_ = in.Bytes();
  view.people_ = in.Raw(in.remaining());
  if (!in.ok()) return Broken();
  return view;
}

namespace {

struct CounterEntry {
  uint32_t place;  // slot << 16 | counter
  int64_t value;
};
struct PeopleEntry {
  uint32_t place;  // 2 * slot + which
  std::string_view set;
};

// Ascending runs, one after another, become one: the runs are merged in pairs until one is left, so
// an entry is moved log2(runs) times. `ends` says where each run ends. Stable.
template <typename Entry>
void MergeRuns(std::vector<Entry>* entries, std::vector<size_t> ends) {
  const auto before = [](const Entry& a, const Entry& b) { return a.place < b.place; };
  std::vector<Entry> merged(entries->size());
  while (ends.size() > 1) {
    std::vector<size_t> merged_ends;
    size_t begin = 0;
    for (size_t i = 0; i < ends.size(); i += 2) {
      const Entry* const run = entries->data() + begin;
      const Entry* const middle = entries->data() + ends[i];
      const size_t end = ends[std::min(i + 1, ends.size() - 1)];
      std::merge(run, middle, middle, static_cast<const Entry*>(entries->data() + end),
                 merged.data() + begin, before);
      merged_ends.push_back(end);
      begin = end;
    }
    entries->swap(merged);
    ends.swap(merged_ends);
  }
}

// Where the entries of the same place as the one at `i` end.
template <typename Entry>
size_t GroupEnd(const std::vector<Entry>& entries, size_t i) {
  size_t end = i + 1;
  while (end < entries.size() && entries[end].place == entries[i].place) ++end;
  return end;
}

class RowMerger {
 public:
  explicit RowMerger(SketchShape shape) : set_(shape), builder_(shape) {}

  absl::Status Read(std::string_view row);
  absl::Status Write(std::string* out);

 private:
  void WriteCounters(uint32_t slot);
  absl::Status WritePeople(uint32_t slot);

  std::vector<CounterEntry> counters_;
  std::vector<PeopleEntry> people_;
  std::vector<size_t> counter_ends_, people_ends_;
  size_t next_counter_ = 0, next_people_ = 0;  // not yet written
  DistinctSet set_;
  RowBuilder builder_;
};

absl::Status RowMerger::Read(std::string_view row) {
  ASSIGN_OR_RETURN(const RowView view, RowView::Open(row));
  const auto on_counter = [&](uint32_t slot, CounterId counter, int64_t value) {
    counters_.push_back({slot << 16 | counter, value});
  };
  RETURN_IF_ERROR(view.VisitCounters(on_counter));
  const auto on_people = [&](uint32_t slot, People which, std::string_view set) {
    people_.push_back({slot << 1 | static_cast<uint32_t>(which), set});
  };
  RETURN_IF_ERROR(view.VisitPeople(on_people));
  counter_ends_.push_back(counters_.size());
  people_ends_.push_back(people_.size());
  return absl::OkStatus();
}

absl::Status RowMerger::Write(std::string* out) {
  MergeRuns(&counters_, std::move(counter_ends_));
  MergeRuns(&people_, std::move(people_ends_));
  while (next_counter_ < counters_.size() || next_people_ < people_.size()) {
    uint32_t slot = kMaxSlots;
    if (next_counter_ < counters_.size()) slot = counters_[next_counter_].place >> 16;
    if (next_people_ < people_.size()) slot = std::min(slot, people_[next_people_].place >> 1);
    builder_.StartCell(slot);
    WriteCounters(slot);
    RETURN_IF_ERROR(WritePeople(slot));
  }
  builder_.Finish(out);
  return absl::OkStatus();
}

void RowMerger::WriteCounters(uint32_t slot) {
  while (next_counter_ < counters_.size() && counters_[next_counter_].place >> 16 == slot) {
    const size_t end = GroupEnd(counters_, next_counter_);
    uint64_t sum = 0;  // wraps, so that damaged bytes stay harmless
    for (size_t i = next_counter_; i < end; ++i) sum += static_cast<uint64_t>(counters_[i].value);
    builder_.AddCounter(static_cast<CounterId>(counters_[next_counter_].place),
                        static_cast<int64_t>(sum));
    next_counter_ = end;
  }
}

absl::Status RowMerger::WritePeople(uint32_t slot) {
  while (next_people_ < people_.size() && people_[next_people_].place >> 1 == slot) {
    const size_t end = GroupEnd(people_, next_people_);
    const People which = static_cast<People>(people_[next_people_].place & 1);
    if (end - next_people_ == 1) {
      builder_.AddEncodedPeople(which, people_[next_people_].set);
    } else {
      set_.Clear();
      for (size_t i = next_people_; i < end; ++i) {
        RETURN_IF_ERROR(set_.MergeEncoded(people_[i].set));
      }
      builder_.AddPeople(which, set_);
    }
    next_people_ = end;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MergeRows(SketchShape shape, const std::vector<std::string_view>& rows,
                       std::string* out) {
  if (rows.size() == 1) {
    RETURN_IF_ERROR(RowView::Open(rows[0]).status());
    out->append(rows[0]);
    return absl::OkStatus();
  }
  RowMerger merger(shape);
  for (const std::string_view row : rows) RETURN_IF_ERROR(merger.Read(row));
  return merger.Write(out);
}

}  // namespace pagepulse
