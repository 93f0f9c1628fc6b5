#include "model/reported.h"

#include <algorithm>
#include <array>

namespace pagepulse {
namespace {

constexpr std::array<std::string_view, kAuthorityMetrics> kAuthorityNames = {
    "views", "clicks", "reactions", "comments", "shares", "follows"};

constexpr std::string_view kKnown[] = {
    "views",        "reach",        "reactions",    "comments",       "shares",
    "interactions", "clicks",       "link_clicks",  "follows",        "followers",
    "unfollows",    "engagements",  "video_views",  "profile_visits", "likes",
    "saves",        "page_actions", "other_clicks", "ad_views",       "photo_clicks",
};

// In the order of their days. Sources: docs/reported.md, "Definitions that changed".
const DefinitionChange kChanges[] = {
    {"engagements", absl::CivilDay(2024, 3, 14),
     "Meta replaced engaged people (page_engaged_users) by engagements (page_post_engagements)"},
    {"views", absl::CivilDay(2025, 11, 15), "Meta counted impressions before and views after it"},
    {"followers", absl::CivilDay(2025, 11, 15),
     "Meta counted likes of the page (fans) before and followers after it"},
    {"interactions", absl::CivilDay(2026, 5, 1),
     "Meta no longer counts clicks among them (told by one source)"},
    {"reach", absl::CivilDay(2026, 6, 15),
     "Meta counted people reached before and viewers after it"},
};

}  // namespace

std::string_view AuthorityMetricName(AuthorityMetric metric) {
  return kAuthorityNames[static_cast<int>(metric)];
}

std::optional<AuthorityMetric> AuthorityOf(EventType type) {
  switch (type) {
    case EventType::kView:
      return AuthorityMetric::kViews;
    case EventType::kClick:
      return AuthorityMetric::kClicks;
    case EventType::kReaction:
      return AuthorityMetric::kReactions;
    case EventType::kComment:
      return AuthorityMetric::kComments;
    case EventType::kShare:
      return AuthorityMetric::kShares;
    case EventType::kFollow:
      return AuthorityMetric::kFollows;
    default:
      return std::nullopt;
  }
}

std::optional<CountedAs> CountedReport(std::string_view metric, bool of_post) {
  if (!of_post) {
    if (metric != "followers") return std::nullopt;
    return CountedAs{AuthorityMetric::kFollows, kFollows, true};
  }
  if (metric == "views") return CountedAs{AuthorityMetric::kViews, kViews, false};
  if (metric == "clicks") return CountedAs{AuthorityMetric::kClicks, kClicks, false};
  // Without their kinds: they count in `reactions` and in no `reactions.<kind>`.
  if (metric == "reactions") {
    return CountedAs{AuthorityMetric::kReactions, ReactionCounter(ReactionKind::kUnknown), true};
  }
  if (metric == "comments") return CountedAs{AuthorityMetric::kComments, kComments, true};
  if (metric == "shares") return CountedAs{AuthorityMetric::kShares, kShares, true};
  return std::nullopt;
}

bool IsReportedName(std::string_view name) {
  constexpr size_t kMaxBytes = 64;
  if (name.empty() || name.size() > kMaxBytes || name[0] < 'a' || name[0] > 'z') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

absl::Span<const std::string_view> KnownReports() { return kKnown; }
absl::Span<const DefinitionChange> DefinitionChanges() { return kChanges; }

}  // namespace pagepulse
