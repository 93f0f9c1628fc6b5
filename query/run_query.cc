// The life of a query: names to ids, times to instants, a plan for each zone, scans, deltas, rows.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "model/time_zone.h"
#include "query/answer.h"
#include "query/authorities.h"
#include "query/definitions.h"
#include "query/delta_scan.h"
#include "query/extent.h"
#include "query/kept_rows.h"
#include "query/metric_table.h"
#include "query/only_reported.h"
#include "query/page_set.h"
#include "query/planner.h"
#include "query/query.h"
#include "query/reported.h"
#include "query/tally.h"
#include "query/time_range.h"
#include "query/time_text.h"
#include "rollup/detail.h"

namespace pagepulse {
namespace {

class QueryRun {
 public:
  QueryRun(const QuerySpec& spec, const Catalog& catalog, const Cut& cut, int64_t now_ms)
      : spec_(spec), catalog_(catalog), cut_(cut), now_ms_(now_ms) {}

  absl::StatusOr<QueryResult> Run() {
    ASSIGN_OR_RETURN(pages_, ResolvePages(spec_, catalog_));
    ASSIGN_OR_RETURN(const MetricTable table,
                     ResolveMetrics(spec_.metrics, GroupsBy(spec_, Grouping::kReaction), catalog_));
    members_ = ResolveMembers(spec_, pages_, catalog_, &result_.warnings);
    LabelPostsByPage();

    const KeptRows kept(members_.scope, cut_);
    ASSIGN_OR_RETURN(const TimeRange range,
                     ResolveRange(spec_, pages_.zone, now_ms_, kept, &result_.warnings));
    ASSIGN_OR_RETURN(const Buckets buckets, MakeBuckets(spec_.step, range, now_ms_));
    Buckets other;
    const bool compares = spec_.compare != Compare::kNone;
    if (compares) other = ShiftBuckets(buckets, range, spec_.compare, kept);

    Tally tally(
        {.scope = members_.scope,
         .by_page = GroupsBy(spec_, Grouping::kPage),
         .by_member = GroupsBy(spec_, Grouping::kPost) || GroupsBy(spec_, Grouping::kSource),
         .buckets = buckets.size() * (compares ? 2 : 1)},
        &table);
    RETURN_IF_ERROR(AddNamedGroups(&tally));
    const size_t named_groups = tally.groups();
    RETURN_IF_ERROR(Fill(buckets, 0, kept, &tally));
    if (compares) RETURN_IF_ERROR(Fill(other, buckets.size(), kept, &tally));
    ReportedValues reported(spec_, pages_, members_, table, catalog_, cut_);
    RETURN_IF_ERROR(reported.AddGroups(&tally));
    const Buckets* const compared = compares ? &other : nullptr;
    RETURN_IF_ERROR(reported.LookUp(tally, buckets, compared, &result_.warnings));
    WarnOfDefinitions({table, pages_, members_, catalog_, cut_, reported, buckets, compared},
                      &result_);

    const Authorities authorities(table, pages_, catalog_, cut_);
    const AnswerInput input{.spec = spec_,
                            .catalog = catalog_,
                            .table = table,
                            .tally = tally,
                            .reported = reported,
                            .authorities = authorities,
                            .buckets = buckets,
                            .other = compared,
                            .scope = members_.scope,
                            .unknown = members_.unknown,
                            .named_groups = named_groups,
                            .zone = pages_.zone};
    RETURN_IF_ERROR(WriteAnswer(input, &result_));
    RETURN_IF_ERROR(WarnIfElsewhere(range));
    // Reconciling has both side by side.
    if (members_.scope == Scope::kPage && !spec_.reported_periods_only) {
      WarnOfOnlyReported({spec_, table, pages_, authorities, catalog_, cut_, tally, buckets},
                         &result_);
    }
    FinishMeta(range, buckets, compared);
    return std::move(result_);
  }

 private:
  // A post's name is its page's own, so rows by post say which page once there may be several.
  void LabelPostsByPage() {
    if (!GroupsBy(spec_, Grouping::kPost) || GroupsBy(spec_, Grouping::kPage)) return;
    if (!spec_.all_pages && spec_.pages.size() == 1) return;
    spec_.by.insert(std::find(spec_.by.begin(), spec_.by.end(), Grouping::kPost), Grouping::kPage);
  }

  // What was asked for by name has its rows even where nothing happened.
  absl::Status AddNamedGroups(Tally* tally) {
    const bool by_page = GroupsBy(spec_, Grouping::kPage);
    const bool by_member = GroupsBy(spec_, Grouping::kPost) || GroupsBy(spec_, Grouping::kSource);
    if (!by_page && !by_member) return tally->AddGroup({});
    if (!by_member) {
      if (spec_.all_pages) return absl::OkStatus();
      for (const uint32_t page : pages_.ids) RETURN_IF_ERROR(tally->AddGroup({page, 0}));
      return absl::OkStatus();
    }
    for (const MemberSet::Named& named : members_.named) {
      if (named.page != 0 || members_.scope == Scope::kPost || !by_page) {
        RETURN_IF_ERROR(tally->AddGroup({named.page, named.member}));
        continue;
      }
      if (spec_.all_pages) continue;
      for (const uint32_t page : pages_.ids) {
        RETURN_IF_ERROR(tally->AddGroup({page, named.member}));
      }
    }
    return absl::OkStatus();
  }

  absl::Status Fill(const Buckets& buckets, size_t first_bucket, const KeptRows& kept,
                    Tally* tally) {
    // Planned before anything is left out, so that a refusal does not depend on names.
    std::vector<std::pair<Plan, absl::Span<const uint32_t>>> plans;
    for (const PageSet::ZoneGroup& group : pages_.zones) {
      ASSIGN_OR_RETURN(Plan plan, MakePlan(buckets.edges, group.zone, kept, pages_.zone));
      plans.emplace_back(std::move(plan), group.scan_pages);
    }
    if (members_.nothing) return absl::OkStatus();
    for (const auto& [plan, scan_pages] : plans) {
      for (const LevelPlan& level : plan) {
        RETURN_IF_ERROR(ScanLevel(level, scan_pages, first_bucket, tally));
      }
    }
    const DeltaScan scan{.pages = spec_.all_pages ? absl::Span<const uint32_t>() : pages_.ids,
                         .members = members_,
                         .edges = buckets.edges,
                         .first_bucket = first_bucket};
    ASSIGN_OR_RETURN(const bool found, AddDeltas(scan, cut_, tally));
    found_any_ |= found;
    return absl::OkStatus();
  }

  absl::Status ScanLevel(const LevelPlan& level, absl::Span<const uint32_t> scan_pages,
                         size_t first_bucket, Tally* tally) {
    const bool detail = level.level == Level::kQuarter;
    std::vector<int32_t> slots;
    std::optional<uint32_t> period;
    const auto visit = [&](const RowKey& key, std::string_view row) {
      if (period != key.period) {
        period = key.period;
        level.FillSlots(key.period, &slots);
      }
      if (detail) return AddDetail(key.page, row, slots, first_bucket, tally);
      found_any_ = true;
      return tally->AddRow({key.page, key.member}, row, ShapeOf(members_.scope), slots,
                           first_bucket);
    };
    for (const auto& [first_period, last_period] : level.periods) {
      RowRange range{.scope = detail ? Scope::kDetail : members_.scope,
                     .level = level.level,
                     .first_period = first_period,
                     .last_period = last_period,
                     .pages = scan_pages};
      if (!detail) range.members = members_.ids;
      RETURN_IF_ERROR(cut_.rows().Scan(range, visit));
    }
    // The plan kept to what the cut's horizon leaves; rows that a later one has hidden are missing.
    const int64_t now = cut_.rows().HorizonMinute(level.level);
    if (now > cut_.HorizonMinute(level.level) &&
        FirstVisiblePeriod(level.level, now) > level.periods.front().first) {
      return absl::AbortedError("retention passed the query's rows while it ran");
    }
    return absl::OkStatus();
  }

  // The entries of a page's day that were asked for.
  absl::Status AddDetail(uint32_t page, std::string_view detail, const std::vector<int32_t>& slots,
                         size_t first_bucket, Tally* tally) {
    return VisitDetail(detail, [&](uint32_t post, uint32_t source, std::string_view row) {
      const std::optional<uint32_t> member = members_.Of(post, source);
      if (!member) return absl::OkStatus();
      found_any_ = true;
      return tally->AddRow({page, *member}, row, kDetailShape, slots, first_bucket);
    });
  }

  // Zeros that only come of asking about another time than that of the events.
  absl::Status WarnIfElsewhere(const TimeRange& range) {
    if (found_any_) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Extent extent, FindExtent(pages_, spec_.all_pages, cut_));
    if (extent.first < extent.end && (range.to <= extent.first || range.from >= extent.end)) {
      const auto day = [&](int64_t minute) {
        return FormatMinute(minute, pages_.zone).substr(0, std::string_view("2025-07-01").size());
      };
      result_.warnings.push_back(
          fmt::format("the range holds no event: there are some from {} to {}", day(extent.first),
                      day(extent.end - 1)));
    }
    return absl::OkStatus();
  }

  void FinishMeta(const TimeRange& range, const Buckets& buckets, const Buckets* other) {
    for (size_t i = 0; i < buckets.size(); ++i) {
      if (buckets.partial[i]) {
        result_.partial.push_back(FormatMinute(buckets.labels[i], pages_.zone));
      }
    }
    if (other != nullptr) {
      result_.compare_from = TimeBound{.minute = other->edges.front()};
      result_.compare_to = TimeBound{.minute = other->edges.back()};
    }
    result_.complete_until_ms = cut_.complete_until_ms();
    result_.query = std::move(spec_);
    result_.query.from = TimeBound{.minute = range.from};
    result_.query.to = TimeBound{.minute = range.to};
    result_.query.last.reset();
    result_.query.tz = pages_.zone.name();
  }

  QuerySpec spec_;
  const Catalog& catalog_;
  const Cut& cut_;
  const int64_t now_ms_;
  PageSet pages_;
  MemberSet members_;
  QueryResult result_;
  bool found_any_ = false;  // any row or delta of what was asked for
};

}  // namespace

absl::StatusOr<QueryResult> RunQuery(const QuerySpec& spec, const Catalog& catalog, const Cut& cut,
                                     int64_t now_ms) {
  return QueryRun(spec, catalog, cut, now_ms).Run();
}

}  // namespace pagepulse
