#include "tests/query/oracle.h"

#include <algorithm>

#include "absl/time/time.h"

namespace pagepulse {
namespace {

struct Tallied {
  std::map<CounterId, int64_t> counters;
  std::set<uint64_t> reach, engaged;
};

// --- Metrics by their names.

int64_t Fact(const Tallied& t, CounterId added, const std::string& side) {
  const auto at = [&](CounterId id) {
    const auto it = t.counters.find(id);
    return it == t.counters.end() ? 0 : it->second;
  };
  if (side == "added") return at(added);
  if (side == "removed") return at(added + 1);
  return at(added) - at(added + 1);
}

// The `added` counters of a name without its side.
std::vector<CounterId> AddedOf(const std::string& name, const std::string& kind) {
  static const std::vector<std::string> kinds = {"",     "like", "love", "care",
                                                 "haha", "wow",  "sad",  "angry"};
  std::vector<CounterId> reactions;
  for (size_t k = 0; k < kinds.size(); ++k) {
    const bool wanted = kind == "*" || kind == kinds[k];
    if (wanted) reactions.push_back(3 + 2 * k);
  }
  if (name == "reactions") return reactions;
  if (name == "comments") return {19};
  if (name == "shares") return {21};
  if (name == "follows") return {23};
  if (name == "interactions") {
    reactions.insert(reactions.end(), {19, 21});
    return reactions;
  }
  for (size_t k = 1; k < kinds.size(); ++k) {
    if (name == "reactions." + kinds[k]) return {static_cast<CounterId>(3 + 2 * k)};
  }
  return {};
}

Value Evaluate(std::string metric, const Tallied& t, const std::string& kind) {
  const auto plain = [&](CounterId id) {
    const auto it = t.counters.find(id);
    return it == t.counters.end() ? 0 : it->second;
  };
  if (metric == "views") return plain(0);
  if (metric == "clicks") return plain(1);
  if (metric == "messages") return plain(2);
  if (metric == "rsvp") return plain(32);
  if (metric == "reach") return static_cast<int64_t>(t.reach.size());
  if (metric == "engaged") return static_cast<int64_t>(t.engaged.size());
  std::string side;
  if (metric == "engagement_rate") {
    if (plain(0) == 0) return std::monostate();
    const int64_t above = std::get<int64_t>(Evaluate("interactions", t, "*"));
    return static_cast<double>(above) / static_cast<double>(plain(0));
  }
  for (const std::string suffix : {"added", "removed"}) {
    if (metric.size() > suffix.size() && metric.ends_with("." + suffix)) {
      side = suffix;
      metric.resize(metric.size() - suffix.size() - 1);
    }
  }
  int64_t sum = 0;
  for (const CounterId added : AddedOf(metric, kind)) sum += Fact(t, added, side);
  return sum;
}

// Whether the metric's own raw counts are not all zero.
bool Sees(const std::string& metric, const Tallied& t, const std::string& kind) {
  if (metric == "engagement_rate") {
    return Sees("interactions", t, "*") || Sees("views", t, "*");
  }
  std::string base = metric;
  bool added = true, removed = true;
  if (base.ends_with(".added")) {
    base.resize(base.size() - 6);
    removed = false;
  } else if (base.ends_with(".removed")) {
    base.resize(base.size() - 8);
    added = false;
  }
  const std::vector<CounterId> facts = AddedOf(base, kind);
  if (facts.empty()) return Evaluate(metric, t, kind) != Value(int64_t{0});
  for (const CounterId id : facts) {
    if ((added && Fact(t, id, "added") != 0) || (removed && Fact(t, id, "removed") != 0)) {
      return true;
    }
  }
  return false;
}

// --- The calendar.

class Calendar {
 public:
  Calendar(Step step, absl::TimeZone zone, int64_t from) : step_(step), zone_(zone), from_(from) {}

  // The text of the first instant of the bucket that holds the minute.
  std::string LabelOf(int64_t minute) {
    const int64_t quarter = step_ == Step::kMinute ? minute : minute - minute % 15;
    std::string& label = cache_[quarter];
    if (label.empty()) {
      label = absl::FormatTime("%Y-%m-%d%ET%H:%M:%S%Ez",
                               absl::FromUnixSeconds(FirstMinute(quarter) * 60), zone_);
    }
    return label;
  }

 private:
  int64_t FirstMinute(int64_t minute) const {
    if (step_ == Step::kTotal) return from_;
    if (step_ == Step::kMinute || step_ == Step::kQuarter) return minute;
    const auto info = zone_.At(absl::FromUnixSeconds(minute * 60));
    const absl::CivilSecond cs = info.cs;
    if (step_ == Step::kHour) {
      // Backwards for as long as it is the same hour under the same offset.
      int64_t first = minute;
      for (;;) {
        const auto before = zone_.At(absl::FromUnixSeconds((first - 1) * 60));
        if (absl::CivilHour(before.cs) != absl::CivilHour(cs) || before.offset != info.offset) {
          return first;
        }
        --first;
      }
    }
    absl::CivilDay day(cs);
    if (step_ == Step::kWeek) {
      while (absl::GetWeekday(day) != absl::Weekday::monday) --day;
    } else if (step_ == Step::kMonth) {
      day = absl::CivilDay(day.year(), day.month(), 1);
    } else if (step_ == Step::kYear) {
      day = absl::CivilDay(day.year(), 1, 1);
    }
    return absl::ToUnixSeconds(absl::FromCivil(day, zone_)) / 60;
  }

  Step step_;
  absl::TimeZone zone_;
  int64_t from_;
  std::map<int64_t, std::string> cache_;
};

class Oracle {
 public:
  Oracle(const OracleQuestion& q, const std::vector<Delta>& deltas, const FakeCatalog& catalog)
      : q_(q), catalog_(catalog), calendar_(q.spec.step, q.zone, q.from) {
    for (const Delta& delta : deltas) Count(delta);
  }

  OracleAnswer Answer() {
    std::vector<Entry> entries = Entries();
    std::sort(entries.begin(), entries.end(),
              [&](const Entry& a, const Entry& b) { return Before(a, b); });
    OracleAnswer answer;
    answer.matching_rows = static_cast<int64_t>(entries.size());
    for (const std::string& metric : q_.spec.metrics) {
      answer.totals.push_back(Evaluate(metric, total_, "*"));
    }
    for (int64_t i = q_.spec.offset; i < answer.matching_rows; ++i) {
      if (q_.spec.limit && i >= q_.spec.offset + *q_.spec.limit) break;
      answer.rows.emplace_back(entries[i].labels, entries[i].values);
    }
    return answer;
  }

 private:
  struct Entry {
    OracleLabels labels;
    std::vector<Value> values;
  };

  bool By(Grouping g) const { return std::count(q_.spec.by.begin(), q_.spec.by.end(), g) > 0; }

  void Count(const Delta& delta) {
    if (delta.minute < q_.from || delta.minute >= q_.to) return;
    const std::string page = catalog_.PageName(delta.page);
    if (!q_.spec.all_pages && std::count(q_.spec.pages.begin(), q_.spec.pages.end(), page) == 0) {
      return;
    }
    const bool posts = By(Grouping::kPost) || !q_.spec.posts.empty();
    std::optional<std::string> post, source;
    if (delta.post != 0) post = catalog_.PostName(delta.post);
    if (delta.source != 0) source = catalog_.SourceName(delta.source);
    if (posts && !post) return;
    if (!q_.spec.posts.empty() &&
        std::count(q_.spec.posts.begin(), q_.spec.posts.end(), *post) == 0) {
      return;
    }
    if (!q_.spec.sources.empty() || q_.spec.no_source) {
      const bool passes =
          source ? std::count(q_.spec.sources.begin(), q_.spec.sources.end(), *source) > 0
                 : q_.spec.no_source;
      if (!passes) return;
    }
    OracleLabels group;  // without time and reaction
    for (const Grouping g : q_.spec.by) {
      if (g == Grouping::kPage) group.push_back(page);
      if (g == Grouping::kPost) group.push_back(post);
      if (g == Grouping::kSource) group.push_back(source);
    }
    Add(delta, &groups_[group][calendar_.LabelOf(delta.minute)]);
    Add(delta, &total_);
  }

  static void Add(const Delta& delta, Tallied* t) {
    t->counters[delta.counter] += delta.value();
    if (delta.reach()) t->reach.insert(delta.actor());
    if (delta.engaged()) t->engaged.insert(delta.actor());
  }

  bool Happened(const Tallied& t, const std::string& kind) const {
    return std::any_of(q_.spec.metrics.begin(), q_.spec.metrics.end(),
                       [&](const std::string& m) { return Sees(m, t, kind); });
  }

  std::vector<Entry> Entries() {
    AddNamed();
    std::set<std::string> times;
    const int64_t unit = q_.spec.step == Step::kMinute ? 1 : 15;
    // From a full quarter on, so that no label is missed where the range begins within one.
    for (int64_t m = q_.from; m < q_.to; m = m - m % unit + unit) {
      times.insert(calendar_.LabelOf(m));
    }

    std::vector<std::string> kinds = {"*"};
    if (By(Grouping::kReaction)) {
      kinds = {"", "like", "love", "care", "haha", "wow", "sad", "angry"};
    }
    std::vector<Entry> entries;
    for (auto& [group, cells] : groups_) {
      for (const std::string& kind : kinds) {
        const bool any = std::any_of(cells.begin(), cells.end(),
                                     [&](auto& cell) { return Happened(cell.second, kind); });
        if (!any && (kind != "*" || named_.count(group) == 0)) continue;
        for (const std::string& time : times) {
          AddEntry(group, kind, time, cells[time], &entries);
        }
      }
    }
    return entries;
  }

  // What was asked for by name is there in any case: pages; posts on each page that has them (here
  // every page has); sources, on each of the named pages where pages are told apart.
  void AddNamed() {
    const bool by_page = By(Grouping::kPage);
    std::vector<std::optional<std::string>> members;
    if (By(Grouping::kPost)) {
      members.assign(q_.spec.posts.begin(), q_.spec.posts.end());
    } else if (By(Grouping::kSource)) {
      members.assign(q_.spec.sources.begin(), q_.spec.sources.end());
      if (q_.spec.no_source) members.push_back(std::nullopt);
    } else {
      members = {std::nullopt};
    }
    std::vector<std::string> pages = q_.spec.pages;
    if (q_.spec.all_pages && By(Grouping::kPost)) pages = {"alpha", "beta", "gamma", "elsewhere"};
    if (!by_page) pages = {""};
    for (const std::string& page : pages) {
      for (const std::optional<std::string>& member : members) {
        OracleLabels group;
        for (const Grouping g : q_.spec.by) {
          if (g == Grouping::kPage) group.push_back(page);
          if (g == Grouping::kPost || g == Grouping::kSource) group.push_back(member);
        }
        groups_[group];
        named_.insert(group);
      }
    }
  }

  void AddEntry(const OracleLabels& group, const std::string& kind, const std::string& time,
                const Tallied& cell, std::vector<Entry>* entries) const {
    const bool happened = Happened(cell, kind);
    const bool timed = By(Grouping::kTime);
    if (timed && !happened && q_.spec.fill == Fill::kNone) return;
    Entry entry;
    size_t part = 0;
    for (const Grouping g : q_.spec.by) {
      if (g == Grouping::kTime) {
        entry.labels.push_back(time);
      } else if (g == Grouping::kReaction) {
        entry.labels.push_back(kind.empty() ? std::optional<std::string>() : kind);
      } else {
        entry.labels.push_back(group[part++]);
      }
    }
    for (const std::string& metric : q_.spec.metrics) {
      entry.values.push_back(timed && !happened && q_.spec.fill == Fill::kNull
                                 ? Value()
                                 : Evaluate(metric, cell, kind));
    }
    entries->push_back(std::move(entry));
  }

  // By instants, not by the text, whose offsets differ.
  static int Compare(const std::optional<std::string>& a, const std::optional<std::string>& b,
                     bool time) {
    if (!a || !b) return a ? -1 : b ? 1 : 0;
    if (!time) return a->compare(*b);
    absl::Time x, y;
    std::string error;
    absl::ParseTime(absl::RFC3339_full, *a, &x, &error);
    absl::ParseTime(absl::RFC3339_full, *b, &y, &error);
    return x < y ? -1 : y < x ? 1 : 0;
  }

  bool Before(const Entry& a, const Entry& b) const {
    static constexpr const char* kNames[] = {"time", "page", "post", "source", "reaction"};
    for (const OrderTerm& term : q_.spec.order) {
      int c = 0;
      for (size_t i = 0; i < q_.spec.by.size(); ++i) {
        if (term.name == kNames[static_cast<int>(q_.spec.by[i])]) {
          c = Compare(a.labels[i], b.labels[i], q_.spec.by[i] == Grouping::kTime);
          if (term.descending) c = -c;
        }
      }
      for (size_t i = 0; i < q_.spec.metrics.size(); ++i) {
        if (term.name != q_.spec.metrics[i]) continue;
        const Value &x = a.values[i], &y = b.values[i];
        if (x.index() == 0 || y.index() == 0) {
          c = x.index() == y.index() ? 0 : x.index() == 0 ? 1 : -1;
        } else {
          c = x < y ? -1 : y < x ? 1 : 0;
          if (term.descending) c = -c;
        }
      }
      if (c != 0) return c < 0;
    }
    for (size_t i = 0; i < q_.spec.by.size(); ++i) {
      const int c = Compare(a.labels[i], b.labels[i], q_.spec.by[i] == Grouping::kTime);
      if (c != 0) return c < 0;
    }
    return false;
  }

  const OracleQuestion& q_;
  const FakeCatalog& catalog_;
  Calendar calendar_;
  std::map<OracleLabels, std::map<std::string, Tallied>> groups_;
  std::set<OracleLabels> named_;
  Tallied total_;
};

}  // namespace

OracleAnswer AskOracle(const OracleQuestion& question, const std::vector<Delta>& deltas,
                       const FakeCatalog& catalog) {
  return Oracle(question, deltas, catalog).Answer();
}

}  // namespace pagepulse
