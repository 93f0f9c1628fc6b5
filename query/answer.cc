#include "query/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "query/evaluator.h"
#include "query/spec_builder.h"
#include "query/time_text.h"

namespace pagepulse {
namespace {

// Negative, zero or positive; null is above everything.
int CompareValues(const Value& a, const Value& b) {
  if (a.index() != b.index()) return a.index() == 0 ? 1 : b.index() == 0 ? -1 : 0;
  return a < b ? -1 : b < a ? 1 : 0;
}

using Label = std::optional<std::string>;

int CompareLabels(const Label& a, const Label& b) {
  if (!a || !b) return a ? -1 : b ? 1 : 0;
  return a->compare(*b);
}

class AnswerWriter {
 public:
  AnswerWriter(const AnswerInput& input, QueryResult* result)
      : in_(input),
        result_(*result),
        evaluator_(input.table, &result->metrics),
        page_names_(input.tally.groups()),
        member_names_(input.tally.groups()) {
    for (const Grouping grouping : in_.spec.by) {
      by_reaction_ |= grouping == Grouping::kReaction;
      by_time_ |= grouping == Grouping::kTime;
    }
  }

  absl::Status Write() {
    AddColumns();
    RETURN_IF_ERROR(CollectEntries());
    RETURN_IF_ERROR(ChooseEntries());
    for (size_t i = first_; i < last_; ++i) AddRow(entries_[i]);
    result_.matching_rows = static_cast<int64_t>(entries_.size());
    result_.totals = Totals(false);
    if (in_.other != nullptr) {
      result_.compare_totals = Totals(true);
    }
    FinishColumns();
    return absl::OkStatus();
  }

 private:
  struct Entry {
    uint32_t group;
    uint32_t bucket;
    int32_t kind;  // of reaction; kAllKinds
    uint32_t key;  // where its order values begin in keys_
  };

  void AddColumns() {
    for (const Grouping grouping : in_.spec.by) {
      result_.groupings.emplace_back(GroupingName(grouping));
    }
    for (const Metric& metric : in_.table.metrics) {
      result_.metrics.push_back({.name = metric.name, .kind = metric.kind});
    }
    in_.reported.Describe(&result_.metrics);
    in_.authorities.Describe(&result_);
  }

  void FinishColumns() {
    const SketchShape shape = ShapeOf(in_.scope);
    for (MetricColumn& column : result_.metrics) {
      if (!column.exact) column.relative_standard_error = shape.RelativeStandardError();
    }
  }

  CellView Cell(size_t group, size_t bucket) const {
    return {in_.tally.counters(group, bucket),
            {in_.tally.people(group, bucket, People::kReach),
             in_.tally.people(group, bucket, People::kEngaged)},
            in_.reported.cell(group, bucket),
            in_.authorities.Unmeasured(in_.tally.key(group).page)};
  }
  bool HappenedIn(size_t group, int kind, size_t bucket) const {
    if (evaluator_.Happened(Cell(group, bucket), kind)) return true;
    return in_.other != nullptr &&
           evaluator_.Happened(Cell(group, in_.buckets.size() + bucket), kind);
  }
  bool HappenedAtAll(size_t group, int kind) const {
    for (size_t bucket = 0; bucket < in_.buckets.size(); ++bucket) {
      if (HappenedIn(group, kind, bucket)) return true;
    }
    return false;
  }

  absl::Status CollectEntries() {
    constexpr size_t kMaxEntries = 5'000'000;
    const int first_kind = by_reaction_ ? 0 : kAllKinds;
    const int last_kind = by_reaction_ ? kReactionKinds - 1 : kAllKinds;
    const bool skip_empty = by_time_ && in_.spec.fill == Fill::kNone;
    for (size_t group = 0; group < in_.tally.groups(); ++group) {
      for (int kind = first_kind; kind <= last_kind; ++kind) {
        const bool named = group < in_.named_groups && !by_reaction_;
        if (!named && !HappenedAtAll(group, kind)) continue;
        for (size_t bucket = 0; bucket < in_.buckets.size(); ++bucket) {
          if (skip_empty && !HappenedIn(group, kind, bucket)) continue;
          entries_.push_back(
              {static_cast<uint32_t>(group), static_cast<uint32_t>(bucket), kind, 0});
        }
        if (entries_.size() > kMaxEntries) {
          return MakeError(absl::StatusCode::kInvalidArgument, "too_large",
                           fmt::format("the answer has more than {} rows", kMaxEntries),
                           "ask for a coarser step, a shorter range or fewer groupings");
        }
      }
    }
    return absl::OkStatus();
  }

  // Puts in order what will be shown, and no more.
  absl::Status ChooseEntries() {
    first_ = std::min(entries_.size(), static_cast<size_t>(in_.spec.offset));
    const size_t left = entries_.size() - first_;
    const size_t asked = in_.spec.limit ? static_cast<size_t>(*in_.spec.limit) : left;
    last_ = first_ + std::min({left, asked, kMaxRows});
    const bool tells =
        in_.spec.format == OutputFormat::kJson || in_.spec.format == OutputFormat::kTable;
    if (std::min(left, asked) > kMaxRows && !tells) {
      return MakeError(
          absl::StatusCode::kInvalidArgument, "too_large",
          fmt::format("the answer has {} rows; one answer holds {}", left, kMaxRows),
          fmt::format("ask with limit={} and go on with offset={}", kMaxRows, kMaxRows));
    }
    ComputeKeys();
    const auto before = [this](const Entry& a, const Entry& b) { return Before(a, b); };
    std::partial_sort(entries_.begin(), entries_.begin() + last_, entries_.end(), before);
    return absl::OkStatus();
  }

  void ComputeKeys() {
    for (const OrderTerm& term : in_.spec.order) {
      const auto& metrics = in_.table.metrics;
      const auto it = std::find_if(metrics.begin(), metrics.end(),
                                   [&](const Metric& m) { return m.name == term.name; });
      order_metric_.push_back(it == metrics.end() ? -1 : static_cast<int>(it - metrics.begin()));
    }
    for (Entry& entry : entries_) {
      entry.key = static_cast<uint32_t>(keys_.size());
      for (const int metric : order_metric_) {
        if (metric < 0) continue;
        const CellView cell = Cell(entry.group, entry.bucket);
        keys_.push_back(IsBlank(cell, entry.kind) ? Value()
                                                  : evaluator_.Evaluate(metric, cell, entry.kind));
      }
    }
  }

  bool Before(const Entry& a, const Entry& b) {
    size_t key = 0;
    for (size_t i = 0; i < order_metric_.size(); ++i) {
      const OrderTerm& term = in_.spec.order[i];
      int c;
      bool null = false;
      if (order_metric_[i] >= 0) {
        const Value &x = keys_[a.key + key], &y = keys_[b.key + key];
        null = x.index() == 0 || y.index() == 0;  // nulls come last, whichever way
        c = CompareValues(x, y);
        ++key;
      } else {
        c = CompareBy(GroupingOf(term.name), a, b);
      }
      if (c != 0) return term.descending && !null ? c > 0 : c < 0;
    }
    for (const Grouping grouping : in_.spec.by) {
      if (const int c = CompareBy(grouping, a, b); c != 0) return c < 0;
    }
    // Names may be equal where ids are not (unknown posts of several pages).
    return std::tie(a.group, a.bucket, a.kind) < std::tie(b.group, b.bucket, b.kind);
  }

  Grouping GroupingOf(std::string_view name) const {
    for (const Grouping grouping : in_.spec.by) {
      if (GroupingName(grouping) == name) return grouping;
    }
    return Grouping::kTime;
  }

  int CompareBy(Grouping grouping, const Entry& a, const Entry& b) {
    switch (grouping) {
      case Grouping::kTime:
        return a.bucket < b.bucket ? -1 : a.bucket > b.bucket ? 1 : 0;
      case Grouping::kReaction:
        return a.kind == b.kind ? 0 : CompareLabels(KindName(a.kind), KindName(b.kind));
      case Grouping::kPage:
        return a.group == b.group ? 0 : CompareLabels(PageName(a.group), PageName(b.group));
      default:
        return a.group == b.group ? 0 : CompareLabels(MemberName(a.group), MemberName(b.group));
    }
  }

  static Label KindName(int kind) {
    if (kind == static_cast<int>(ReactionKind::kUnknown)) return std::nullopt;
    return std::string(ReactionName(static_cast<ReactionKind>(kind)));
  }

  // Names cost a look-up each; a top ten asks for few of them.
  const Label& PageName(uint32_t group) {
    std::optional<Label>& name = page_names_[group];
    if (!name) {
      const uint32_t page = in_.tally.key(group).page;
      name.emplace(page == 0 ? Label() : in_.catalog.PageName(page));
    }
    return *name;
  }
  const Label& MemberName(uint32_t group) {
    std::optional<Label>& name = member_names_[group];
    if (!name) name.emplace(LookUpMember(in_.tally.key(group).member));
    return *name;
  }
  Label LookUpMember(uint32_t member) const {
    if (member == 0) return std::nullopt;
    if (member >= kFirstUnknownMember) return in_.unknown[member - kFirstUnknownMember];
    return in_.scope == Scope::kPost ? in_.catalog.PostName(member)
                                     : in_.catalog.SourceName(static_cast<uint16_t>(member));
  }

  Label LabelOf(Grouping grouping, const Entry& entry) {
    switch (grouping) {
      case Grouping::kTime:
        return FormatMinute(in_.buckets.labels[entry.bucket], in_.zone);
      case Grouping::kReaction:
        return KindName(entry.kind);
      case Grouping::kPage:
        return PageName(entry.group);
      default:
        return MemberName(entry.group);
    }
  }

  // Shown as null.
  bool IsBlank(const CellView& cell, int kind) const {
    return by_time_ && in_.spec.fill != Fill::kZero && !evaluator_.Happened(cell, kind);
  }

  std::vector<Value> ShowCell(const Entry& entry, size_t bucket) const {
    const CellView cell = Cell(entry.group, bucket);
    if (IsBlank(cell, entry.kind)) return std::vector<Value>(in_.table.metrics.size());
    return evaluator_.Show(cell, entry.kind);
  }

  void AddRow(const Entry& entry) {
    ResultRow& row = result_.rows.emplace_back();
    for (const Grouping grouping : in_.spec.by) row.labels.push_back(LabelOf(grouping, entry));
    row.values = ShowCell(entry, entry.bucket);
    if (in_.other == nullptr) return;
    if (in_.other->edges[entry.bucket] == in_.other->edges[entry.bucket + 1]) {
      row.compare_values.resize(row.values.size());
      return;
    }
    if (by_time_) row.compare_time = FormatMinute(in_.other->labels[entry.bucket], in_.zone);
    row.compare_values = ShowCell(entry, in_.buckets.size() + entry.bucket);
  }

  std::vector<Value> Totals(bool other) const {
    const size_t first_bucket = other ? in_.buckets.size() : 0;
    const size_t last_bucket = first_bucket + in_.buckets.size();
    std::vector<int64_t> counters(in_.table.counters.size());
    DistinctSet merged[2] = {DistinctSet(ShapeOf(in_.scope)), DistinctSet(ShapeOf(in_.scope))};
    for (size_t group = 0; group < in_.tally.groups(); ++group) {
      for (size_t bucket = first_bucket; bucket < last_bucket; ++bucket) {
        const CellView cell = Cell(group, bucket);
        for (size_t i = 0; i < counters.size(); ++i) counters[i] += cell.counters[i];
        for (int which = 0; which < 2; ++which) {
          if (cell.people[which] != nullptr) merged[which].Merge(*cell.people[which]);
        }
      }
    }
    return evaluator_.Show({counters.data(),
                            {&merged[0], &merged[1]},
                            in_.reported.totals(other),
                            in_.authorities.Unmeasured(0)},
                           kAllKinds);
  }

  const AnswerInput& in_;
  QueryResult& result_;
  const Evaluator evaluator_;
  bool by_reaction_ = false, by_time_ = false;
  std::vector<Entry> entries_;
  size_t first_ = 0, last_ = 0;    // of the entries that are shown
  std::vector<int> order_metric_;  // for each order term; -1: a grouping
  std::vector<Value> keys_;
  std::vector<std::optional<Label>> page_names_, member_names_;  // by group, once looked up
};

}  // namespace

absl::Status WriteAnswer(const AnswerInput& input, QueryResult* result) {
  return AnswerWriter(input, result).Write();
}

}  // namespace pagepulse
