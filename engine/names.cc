#include "engine/names.h"

#include <fmt/format.h>

#include "base/coding.h"
#include "base/status_macros.h"
#include "base/string_view.h"
#include "model/time_zone.h"

namespace pagepulse {
namespace {

absl::Status OutOfOrder(const NameEntry& entry) {
  return absl::DataLossError(fmt::format("the dictionary skips an id: kind {}, id {}",
                                         static_cast<int>(entry.kind), entry.id));
}

// The sequencer has put together what an entry says with what was known.
void UpdateDetails(const NameEntry& from, NameEntry* to) {
  to->title = from.title;
  to->link = from.link;
  to->published_ms = from.published_ms;
}

// Ids run from `first` without gaps; an entry that is there already is not added again.
absl::Status AddNumbered(const NameEntry& entry, uint32_t first, std::deque<std::string>* names) {
  const size_t next = names->size();
  if (entry.id < next) return absl::OkStatus();
  if (entry.id > next || entry.id < first) return OutOfOrder(entry);
  names->push_back(entry.name);
  return absl::OkStatus();
}

}  // namespace

void EncodeName(const NameEntry& entry, std::string* out) {
  out->push_back(static_cast<char>(entry.kind));
  PutVarint(out, entry.id);
  PutVarint(out, entry.page);
  PutBytes(out, entry.name);
  PutBytes(out, entry.zone);
  PutBytes(out, entry.title.value);
  PutVarint(out, ZigZag(entry.title.said_ms));
  PutBytes(out, entry.link.value);
  PutVarint(out, ZigZag(entry.link.said_ms));
  PutVarint(out, ZigZag(entry.published_ms.value));
  PutVarint(out, ZigZag(entry.published_ms.said_ms));
}

absl::StatusOr<NameEntry> DecodeName(std::string_view bytes) {
  Reader in(bytes);
  NameEntry entry;
  entry.kind = static_cast<NameKind>(in.Byte());
  entry.id = static_cast<uint32_t>(in.Varint());
  entry.page = static_cast<uint32_t>(in.Varint());
  entry.name = in.Bytes();
  entry.zone = in.Bytes();
  entry.title.value = in.Bytes();
  entry.title.said_ms = UnZigZag(in.Varint());
  entry.link.value = in.Bytes();
  entry.link.said_ms = UnZigZag(in.Varint());
  entry.published_ms.value = UnZigZag(in.Varint());
  entry.published_ms.said_ms = UnZigZag(in.Varint());
  if (!in.done() || entry.kind < NameKind::kPage || entry.kind > NameKind::kReport) {
    return absl::DataLossError("a name's entry is broken");
  }
  return entry;
}

uint16_t Names::FindSourceId(uint64_t source_hash) const {
  const auto it = source_by_hash_.find(source_hash);
  return it == source_by_hash_.end() ? 0 : it->second;
}

std::optional<uint16_t> Names::FindTypeId(std::string_view name) const {
  const auto it = type_by_name_.find(ToAbsl(name));
  return it == type_by_name_.end() ? std::nullopt : std::optional<uint16_t>(it->second);
}

uint16_t Names::FindReportId(std::string_view name) const {
  const auto it = report_by_name_.find(ToAbsl(name));
  return it == report_by_name_.end() ? 0 : it->second;
}

NameEntry Names::NextEntry(NameKind kind, std::string_view name) const {
  NameEntry entry;
  entry.kind = kind;
  entry.id = NextId(kind);
  entry.name = name;
  return entry;
}

uint32_t Names::NextId(NameKind kind) const {
  switch (kind) {
    case NameKind::kPage:
      return static_cast<uint32_t>(pages_.size());
    case NameKind::kPost:
      return static_cast<uint32_t>(posts_.size());
    case NameKind::kSource:
      return static_cast<uint32_t>(sources_.size());
    case NameKind::kType:
      return static_cast<uint32_t>(types_.size());
    case NameKind::kReport:
      return static_cast<uint32_t>(reports_.size());
  }
  return 0;
}

absl::Status Names::Add(const NameEntry& entry) {
  MutexLock lock(&mutex_);
  switch (entry.kind) {
    case NameKind::kPage: {
      if (entry.id < pages_.size()) return absl::OkStatus();
      if (entry.id > pages_.size()) return OutOfOrder(entry);
      ASSIGN_OR_RETURN(absl::TimeZone zone, LoadZone(entry.zone));
      pages_.push_back({entry.name, entry.zone, zone, {}});
      const uint64_t hash = key_.Page(entry.name);
      if (FindPageId(hash) == 0) page_by_hash_.Add(absl::MakeUint128(hash, hash), entry.id);
      return absl::OkStatus();
    }
    case NameKind::kPost: {
      if (entry.page == 0 || entry.page >= pages_.size()) return OutOfOrder(entry);
      if (entry.id > posts_.size()) return OutOfOrder(entry);
      if (entry.id < posts_.size()) {
        UpdateDetails(entry, &posts_[entry.id]);
        return absl::OkStatus();
      }
      posts_.push_back(entry);
      pages_[entry.page].posts.push_back(entry.id);
      const uint64_t page_hash = key_.Page(pages_[entry.page].name);
      const Hash128 hash = key_.Within128(page_hash, entry.name);
      if (FindPostId(hash) == 0) post_by_hash_.Add(hash, entry.id);
      return absl::OkStatus();
    }
    case NameKind::kSource:
      RETURN_IF_ERROR(AddNumbered(entry, 1, &sources_));
      source_by_hash_.emplace(key_.Source(entry.name), static_cast<uint16_t>(entry.id));
      return absl::OkStatus();
    case NameKind::kType:
      RETURN_IF_ERROR(AddNumbered(entry, 0, &types_));
      type_by_name_.emplace(entry.name, static_cast<uint16_t>(entry.id));
      return absl::OkStatus();
    case NameKind::kReport:
      RETURN_IF_ERROR(AddNumbered(entry, 1, &reports_));
      report_by_name_.emplace(entry.name, static_cast<uint16_t>(entry.id));
      return absl::OkStatus();
  }
  return OutOfOrder(entry);
}

std::optional<uint32_t> Names::FindPage(std::string_view name) const {
  MutexLock lock(&mutex_);
  const uint32_t id = FindPageId(key_.Page(name));
  return id == 0 ? std::nullopt : std::optional<uint32_t>(id);
}

std::vector<uint32_t> Names::AllPages() const {
  MutexLock lock(&mutex_);
  std::vector<uint32_t> ids;
  for (uint32_t id = 1; id < pages_.size(); ++id) ids.push_back(id);
  return ids;
}

std::string Names::PageName(uint32_t page) const {
  MutexLock lock(&mutex_);
  return pages_[page].name;
}

std::string Names::PageZone(uint32_t page) const {
  MutexLock lock(&mutex_);
  return pages_[page].zone_name;
}

absl::TimeZone Names::PageTimeZone(uint32_t page) const {
  MutexLock lock(&mutex_);
  return pages_[page].zone;
}

std::optional<uint32_t> Names::FindPost(uint32_t page, std::string_view name) const {
  MutexLock lock(&mutex_);
  if (page == 0 || page >= pages_.size()) return std::nullopt;
  const uint64_t page_hash = key_.Page(pages_[page].name);
  const uint32_t id = FindPostId(key_.Within128(page_hash, name));
  return id == 0 ? std::nullopt : std::optional<uint32_t>(id);
}

std::string Names::PostName(uint32_t post) const {
  MutexLock lock(&mutex_);
  return posts_[post].name;
}

std::optional<uint16_t> Names::FindSource(std::string_view name) const {
  MutexLock lock(&mutex_);
  const uint16_t id = FindSourceId(key_.Source(name));
  return id == 0 ? std::nullopt : std::optional<uint16_t>(id);
}

std::string Names::SourceName(uint16_t source) const {
  MutexLock lock(&mutex_);
  return sources_[source];
}

std::vector<std::string> Names::AllSources() const {
  MutexLock lock(&mutex_);
  return {sources_.begin() + 1, sources_.end()};
}

std::optional<CounterId> Names::FindCustomCounter(std::string_view name) const {
  MutexLock lock(&mutex_);
  const auto id = FindTypeId(name);
  return id ? std::optional<CounterId>(kCustomFirst + *id) : std::nullopt;
}

std::string Names::CustomCounterName(CounterId counter) const {
  MutexLock lock(&mutex_);
  return types_[counter - kCustomFirst];
}

std::vector<std::string> Names::AllCustomCounters() const {
  MutexLock lock(&mutex_);
  return {types_.begin(), types_.end()};
}

std::optional<uint16_t> Names::FindReport(std::string_view name) const {
  MutexLock lock(&mutex_);
  const uint16_t id = FindReportId(name);
  return id == 0 ? std::nullopt : std::optional<uint16_t>(id);
}

std::vector<std::string> Names::AllReports() const {
  MutexLock lock(&mutex_);
  return {reports_.begin() + 1, reports_.end()};
}

std::vector<NameEntry> Names::PostsOf(uint32_t page) const {
  MutexLock lock(&mutex_);
  std::vector<NameEntry> posts;
  if (page == 0 || page >= pages_.size()) return posts;
  for (uint32_t id : pages_[page].posts) posts.push_back(posts_[id]);
  return posts;
}

}  // namespace pagepulse
