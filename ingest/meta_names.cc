#include "ingest/meta_names.h"

#include <algorithm>
#include <iterator>

namespace pagepulse {
namespace {

using enum ContentColumn;

constexpr ContentName kContent[] = {
    {"post id", kPost, ""},
    {"id bài viết", kPost, ""},
    {"page id", kPage, ""},
    {"id trang", kPage, ""},
    {"account id", kPage, ""},
    {"id tài khoản", kPage, ""},
    {"page name", kPageName, ""},
    {"tên trang", kPageName, ""},
    {"account username", kPageName, ""},
    {"account name", kPageName, ""},
    {"tên tài khoản", kPageName, ""},
    {"title", kTitle, ""},
    {"tiêu đề", kTitle, ""},
    {"description", kDescription, ""},
    {"mô tả", kDescription, ""},
    {"publish time", kPublished, ""},
    {"thời gian đăng", kPublished, ""},
    {"permalink", kPermalink, ""},
    {"liên kết vĩnh viễn", kPermalink, ""},
    {"date", kDate, ""},
    {"ngày", kDate, ""},
    {"views", kFigure, "views"},
    {"lượt xem", kFigure, "views"},
    {"impressions", kFigure, "views"},
    {"lượt hiển thị", kFigure, "views"},
    {"reach", kFigure, "reach"},
    {"số người tiếp cận", kFigure, "reach"},
    {"reactions, comments and shares", kFigure, "interactions"},
    {"cảm xúc, bình luận và lượt chia sẻ", kFigure, "interactions"},
    {"reactions", kFigure, "reactions"},
    {"cảm xúc", kFigure, "reactions"},
    {"comments", kFigure, "comments"},
    {"bình luận", kFigure, "comments"},
    {"shares", kFigure, "shares"},
    {"lượt chia sẻ", kFigure, "shares"},
    {"likes", kFigure, "likes"},
    {"lượt thích", kFigure, "likes"},
    {"saves", kFigure, "saves"},
    {"lượt lưu", kFigure, "saves"},
    {"follows", kFigure, "follows"},
    {"lượt theo dõi", kFigure, "follows"},
    {"total clicks", kFigure, "clicks"},
    {"tổng lượt click", kFigure, "clicks"},
    {"link clicks", kFigure, "link_clicks"},
    {"lượt click vào liên kết", kFigure, "link_clicks"},
    {"other clicks", kFigure, "other_clicks"},
    {"lượt click khác", kFigure, "other_clicks"},
    {"matched audience targeting consumption (photo click)", kFigure, "photo_clicks"},
    {"ad impressions", kFigure, "ad_views"},
    {"lượt hiển thị quảng cáo", kFigure, "ad_views"},
};

struct Word {
  std::string_view theirs, ours;
};

constexpr Word kTitles[] = {
    {"views", "views"},
    {"impressions", "views"},
    {"lượt xem", "views"},
    {"viewers", "reach"},
    {"reach", "reach"},
    {"facebook reach", "reach"},
    {"người xem", "reach"},
    {"số người tiếp cận", "reach"},
    {"số người tiếp cận trên facebook", "reach"},
    {"content interactions", "interactions"},
    {"lượt tương tác", "interactions"},
    {"lượt tương tác với nội dung", "interactions"},
    {"link clicks", "link_clicks"},
    {"facebook link clicks", "link_clicks"},
    {"lượt click vào liên kết", "link_clicks"},
    {"follows", "follows"},
    {"facebook follows", "follows"},
    {"lượt theo dõi", "follows"},
    {"lượt theo dõi trên facebook", "follows"},
    {"visits", "profile_visits"},
    {"facebook visits", "profile_visits"},
    {"lượt truy cập", "profile_visits"},
    {"lượt truy cập facebook", "profile_visits"},
};

constexpr Word kFiles[] = {
    {"luot_theo_doi", "follows"},   {"luot_tuong_tac", "interactions"},
    {"luot_click", "link_clicks"},  {"luot_xem", "views"},
    {"nguoi_xem", "reach"},         {"luot_truy_cap", "profile_visits"},
    {"so_nguoi_tiep_can", "reach"},
};

constexpr GraphName kGraph[] = {
    {"page_media_view", "views"},
    {"page_impressions", "views"},
    {"post_media_view", "views"},
    {"post_impressions", "views"},
    {"views", "views"},
    {"impressions", "views"},
    {"page_total_media_view_unique", "reach"},
    {"page_impressions_unique", "reach"},
    {"post_total_media_view_unique", "reach"},
    {"post_impressions_unique", "reach"},
    {"reach", "reach"},
    {"page_follows", "followers"},
    {"page_fans", "followers"},
    {"page_daily_follows", "follows"},
    {"page_fan_adds", "follows"},
    {"page_daily_unfollows_unique", "unfollows"},
    {"page_fan_removes", "unfollows"},
    {"page_post_engagements", "engagements"},
    {"page_actions_post_reactions_total", "reactions"},
    {"page_views_total", "profile_visits"},
    {"page_total_actions", "page_actions"},
    {"page_video_views", "video_views"},
    {"post_clicks", "clicks"},
    {"saved", "saves"},
};

}  // namespace

absl::Span<const ContentName> ContentNames() { return kContent; }

std::optional<std::string_view> MetricOfTitle(std::string_view title) {
  for (const Word& word : kTitles) {
    if (word.theirs == title) return word.ours;
  }
  return std::nullopt;
}

std::optional<std::string_view> MetricOfFileName(std::string_view file_name) {
  for (const Word& word : kFiles) {
    if (file_name.find(word.theirs) != std::string_view::npos) return word.ours;
  }
  return std::nullopt;
}

absl::Span<const GraphName> GraphNames() { return kGraph; }

std::string_view MetricOfGraph(std::string_view name) {
  const size_t rank = RankOfGraph(name);
  return rank == std::size(kGraph) ? name : kGraph[rank].metric;
}

size_t RankOfGraph(std::string_view name) {
  const auto it = std::find_if(std::begin(kGraph), std::end(kGraph),
                               [&](const GraphName& entry) { return entry.graph == name; });
  return static_cast<size_t>(it - std::begin(kGraph));
}

bool IsGauge(std::string_view metric) { return metric == "followers"; }

}  // namespace pagepulse
