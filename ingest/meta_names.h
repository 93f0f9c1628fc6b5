#pragma once

// Meta's words for what it reports, in English and in Vietnamese, and ours: the tables of
// docs/reported.md. Names are compared as FoldName leaves them.

#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/types/span.h"

namespace pagepulse {

// --- The content export.
enum class ContentColumn {
  kPost,
  kPage,
  kPageName,
  kTitle,
  kDescription,
  kPublished,
  kPermalink,
  kDate,
  kFigure
};
struct ContentName {
  std::string_view header;
  ContentColumn column;
  std::string_view metric;  // of kFigure
};
// Of two headers of one column the first one counts.
absl::Span<const ContentName> ContentNames();

// --- The page's daily series: the metric of a title, else of a file's name.
std::optional<std::string_view> MetricOfTitle(std::string_view folded_title);
std::optional<std::string_view> MetricOfFileName(std::string_view file_name);

// --- Graph. Of two names of one metric the one that Graph uses now.
struct GraphName {
  std::string_view graph, metric;
};
absl::Span<const GraphName> GraphNames();
// The metric of a name of Graph's: one of GraphNames(), else the name itself.
std::string_view MetricOfGraph(std::string_view name);
// Of two names of one metric the one of the lower rank holds.
size_t RankOfGraph(std::string_view name);
// Whether a value is how things stood at the end of its period, and not what happened in it.
bool IsGauge(std::string_view metric);

}  // namespace pagepulse
