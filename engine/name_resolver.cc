#include "engine/name_resolver.h"

#include <tuple>
#include <utility>

#include "base/prefetch.h"
#include "base/status_macros.h"

namespace pagepulse {
namespace {

constexpr std::string_view kOther = "__other__";  // where what is above a cap is counted
constexpr uint32_t kMaxPages = 1u << 26;          // Stretch's heads
constexpr uint32_t kMaxSources = UINT16_MAX - 1;  // Delta::source, and kOther
constexpr uint32_t kMaxTypes = 32'000;            // CounterId

// Whether it is news.
template <typename T>
bool Say(T value, int64_t said_ms, Said<T>* known) {
  if (value == T() || std::tie(said_ms, value) <= std::tie(known->said_ms, known->value)) {
    return false;
  }
  *known = {std::move(value), said_ms};
  return true;
}

// Puts what a feed says of a post over what was said before, and under what was said after it.
bool AddDetails(const PostInfo& info, NameEntry* entry) {
  const bool title = Say(std::string(info.title), info.said_ms, &entry->title);
  const bool link = Say(std::string(info.link), info.said_ms, &entry->link);
  const bool published = Say(info.published_ms, info.said_ms, &entry->published_ms);
  return title || link || published;
}

}  // namespace

NameResolver::NameResolver(const HashKey& key, const Names& names, ZoneOfPage zone_of_page,
                           AddName add)
    : key_(key),
      names_(names),
      other_source_(key.Source(kOther)),
      zone_of_page_(std::move(zone_of_page)),
      add_(std::move(add)) {}

bool NameResolver::HasRoom(const Submission& submission, NameKind kind, uint32_t limit,
                           int64_t now_ms) {
  return names_.NextId(kind) < limit && caps_.HasRoom(submission, kind, now_ms);
}

void NameResolver::Look(absl::Span<const Event> events, EventNames* ids) const {
  for (size_t i = 0; i < events.size(); ++i) {
    PrefetchAhead(i, events.size(), [&](size_t j) { names_.TouchPost(events[j].post_hash); });
    ids[i] = EventNames();
    ids[i].page = names_.FindPageId(events[i].page_hash);
    if (events[i].post_hash != 0) ids[i].post = names_.FindPostId(events[i].post_hash);
  }
}

RejectCode NameResolver::Find(const Submission& submission, const Event& event, int64_t now_ms,
                              EventNames* ids) {
  const auto has_room = [&](NameKind kind, uint32_t limit) {
    return HasRoom(submission, kind, limit, now_ms);
  };
  if (ids->page == 0) ids->page = names_.FindPageId(event.page_hash);
  if (ids->page == 0) {
    if (!has_room(NameKind::kPage, kMaxPages)) return RejectCode::kPageLimit;
    ids->page = EventNames::kNew;
  }
  if (event.type == EventType::kCustom) {
    const auto type = names_.FindTypeId(event.custom_type);
    if (!type && !has_room(NameKind::kType, kMaxTypes)) return RejectCode::kTypeLimit;
    ids->custom_type = type.value_or(EventNames::kNewShort);
  }
  if (event.post_hash != 0 && ids->post == 0) {
    ids->post = names_.FindPostId(event.post_hash);
    if (ids->post == 0 && !caps_.HasRoom(submission, NameKind::kPost, now_ms)) {
      ids->post = names_.FindPostId(key_.Within128(event.page_hash, kOther));
    }
    if (ids->post == 0) ids->post = EventNames::kNew;
  }
  if (event.source_hash != 0) {
    if (event.source_hash == last_source_hash_) {
      ids->source = last_source_;
    } else if (const uint16_t source = names_.FindSourceId(event.source_hash)) {
      ids->source = last_source_ = source;
      last_source_hash_ = event.source_hash;
    } else {
      if (!has_room(NameKind::kSource, kMaxSources)) {
        ids->source = names_.FindSourceId(other_source_);
      }
      if (ids->source == 0) ids->source = EventNames::kNewShort;
    }
  }
  return RejectCode::kNone;
}

absl::Status NameResolver::Add(const Submission& submission, const Event& event, int64_t now_ms,
                               EventNames* ids) {
  if (ids->page == EventNames::kNew) {
    caps_.Count(submission, NameKind::kPage, now_ms);
    RETURN_IF_ERROR(AddPage(event.page, &ids->page));
  }
  if (ids->custom_type == EventNames::kNewShort) {
    caps_.Count(submission, NameKind::kType, now_ms);
    const NameEntry entry = names_.NextEntry(NameKind::kType, event.custom_type);
    RETURN_IF_ERROR(add_(entry));
    ids->custom_type = static_cast<uint16_t>(entry.id);
  }
  if (ids->post == EventNames::kNew) {
    RETURN_IF_ERROR(AddPost(submission, event, now_ms, ids));
  }
  if (ids->source == EventNames::kNewShort) {
    RETURN_IF_ERROR(AddSource(submission, event.source, now_ms, &ids->source));
  }
  return absl::OkStatus();
}

absl::Status NameResolver::AddPage(std::string_view page, uint32_t* id) {
  NameEntry entry = names_.NextEntry(NameKind::kPage, page);
  entry.zone = zone_of_page_(page);
  *id = entry.id;
  return add_(entry);
}

absl::Status NameResolver::AddPost(const Submission& submission, const Event& event, int64_t now_ms,
                                   EventNames* ids) {
  std::string_view name = event.post;
  if (caps_.HasRoom(submission, NameKind::kPost, now_ms)) {
    caps_.Count(submission, NameKind::kPost, now_ms);
  } else {
    name = kOther;
  }
  NameEntry entry = names_.NextEntry(NameKind::kPost, name);
  entry.page = ids->page;
  ids->post = entry.id;
  return add_(entry);
}

absl::Status NameResolver::AddSource(const Submission& submission, std::string_view source,
                                     int64_t now_ms, uint16_t* id) {
  if (names_.NextId(NameKind::kSource) < kMaxSources &&
      caps_.HasRoom(submission, NameKind::kSource, now_ms)) {
    caps_.Count(submission, NameKind::kSource, now_ms);
  } else {  // the event's own type may have taken the last place
    source = kOther;
    *id = names_.FindSourceId(other_source_);
    if (*id != 0) return absl::OkStatus();
  }
  const NameEntry entry = names_.NextEntry(NameKind::kSource, source);
  *id = static_cast<uint16_t>(entry.id);
  return add_(entry);
}

bool NameResolver::LacksPost(const Submission& submission, const Event& event, int64_t now_ms) {
  return event.post_hash != 0 && names_.FindPostId(event.post_hash) == 0 &&
         !caps_.HasRoom(submission, NameKind::kPost, now_ms);
}

RejectCode NameResolver::FindReport(const Submission& submission, std::string_view metric,
                                    int64_t now_ms, uint16_t* id) {
  *id = names_.FindReportId(metric);
  if (*id != 0) return RejectCode::kNone;
  if (names_.NextId(NameKind::kReport) >= kMaxTypes ||
      !caps_.HasRoom(submission, NameKind::kReport, now_ms)) {
    return RejectCode::kTypeLimit;
  }
  *id = EventNames::kNewShort;
  return RejectCode::kNone;
}

absl::Status NameResolver::AddReport(const Submission& submission, std::string_view metric,
                                     int64_t now_ms, uint16_t* id) {
  if (*id != EventNames::kNewShort) return absl::OkStatus();
  caps_.Count(submission, NameKind::kReport, now_ms);
  const NameEntry entry = names_.NextEntry(NameKind::kReport, metric);
  *id = static_cast<uint16_t>(entry.id);
  return add_(entry);
}

absl::Status NameResolver::SetPostDetails(const Submission& submission, const PostInfo& info,
                                          int64_t now_ms) {
  const uint64_t page_hash = key_.Page(info.page);
  uint32_t page = names_.FindPageId(page_hash);
  const uint32_t known = names_.FindPostId(key_.Within128(page_hash, info.post));
  if (known == 0 && !caps_.HasRoom(submission, NameKind::kPost, now_ms)) return absl::OkStatus();
  if (page == 0) {
    if (!HasRoom(submission, NameKind::kPage, kMaxPages, now_ms)) return absl::OkStatus();
    caps_.Count(submission, NameKind::kPage, now_ms);
    RETURN_IF_ERROR(AddPage(info.page, &page));
  }
  if (known == 0) caps_.Count(submission, NameKind::kPost, now_ms);
  NameEntry entry =
      known != 0 ? names_.PostEntry(known) : names_.NextEntry(NameKind::kPost, info.post);
  entry.page = page;
  if (!AddDetails(info, &entry) && known != 0) return absl::OkStatus();
  return add_(entry);
}

}  // namespace pagepulse
