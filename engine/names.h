#pragma once

// The store's dictionary: names to the small ids that records, deltas and keys are made of. Ids are
// given in the order of the log, so a replay gives the same ones.
//
// One thread (the sequencer) adds names and may use the Find*/…Bytes members without a lock; the
// Catalog members are for every other thread.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "engine/fact_history.h"
#include "engine/hash_index.h"
#include "model/event.h"
#include "query/data_source.h"

namespace pagepulse {

// On disk: append only.
enum class NameKind : uint8_t { kPage = 1, kPost = 2, kSource = 3, kType = 4, kReport = 5 };

// What a feed said last, and when that was (ms); said twice at once, the greater value.
template <typename T>
struct Said {
  T value{};
  int64_t said_ms = 0;
};

// A name as it goes into the log and the journal.
struct NameEntry {
  NameKind kind = NameKind::kPage;
  uint32_t id = 0;
  uint32_t page = 0;  // of a post
  std::string name;
  std::string zone;  // of a page
  // Of a post, where a feed said so:
  Said<std::string> title, link;
  Said<int64_t> published_ms;
};
void EncodeName(const NameEntry& entry, std::string* out);
absl::StatusOr<NameEntry> DecodeName(std::string_view bytes);

class Names final : public Catalog, public FactNames {
 public:
  explicit Names(const HashKey& key) : key_(key) {}

  // --- The sequencer's side.
  // By the hashes of an Event alone: to compare the names would take a cache miss or two an event.
  uint32_t FindPageId(uint64_t page_hash) const {  // 0: unknown
    return page_by_hash_.Find(absl::MakeUint128(page_hash, page_hash));
  }
  uint32_t FindPostId(Hash128 post_hash) const { return post_by_hash_.Find(post_hash); }
  void TouchPost(Hash128 post_hash) const { post_by_hash_.Touch(post_hash); }
  uint16_t FindSourceId(uint64_t source_hash) const;
  std::optional<uint16_t> FindTypeId(std::string_view name) const;
  uint16_t FindReportId(std::string_view name) const;  // 0: unknown
  std::string_view Report(uint16_t id) const { return reports_[id]; }
  // The entry to log for a name that is new. Adding an entry that is there already (a replay after
  // a checkpoint, more details of a post) updates it. INVALID_ARGUMENT: ids out of order, bad zone.
  NameEntry NextEntry(NameKind kind, std::string_view name) const;
  uint32_t NextId(NameKind kind) const;
  absl::Status Add(const NameEntry& entry);
  std::string_view Post(uint32_t id) const override { return posts_[id].name; }
  std::string_view Source(uint32_t id) const override { return sources_[id]; }
  const NameEntry& PostEntry(uint32_t id) const { return posts_[id]; }

  // --- Catalog.
  std::optional<uint32_t> FindPage(std::string_view name) const override;
  std::vector<uint32_t> AllPages() const override;
  std::string PageName(uint32_t page) const override;
  std::string PageZone(uint32_t page) const override;
  absl::TimeZone PageTimeZone(uint32_t page) const override;
  std::optional<uint32_t> FindPost(uint32_t page, std::string_view name) const override;
  std::string PostName(uint32_t post) const override;
  std::optional<uint16_t> FindSource(std::string_view name) const override;
  std::string SourceName(uint16_t source) const override;
  std::vector<std::string> AllSources() const override;
  std::optional<CounterId> FindCustomCounter(std::string_view name) const override;
  std::string CustomCounterName(CounterId counter) const override;
  std::vector<std::string> AllCustomCounters() const override;
  std::optional<uint16_t> FindReport(std::string_view name) const override;
  std::vector<std::string> AllReports() const override;
  std::vector<NameEntry> PostsOf(uint32_t page) const;

 private:
  struct PageName_ {
    std::string name, zone_name;
    absl::TimeZone zone;
    std::vector<uint32_t> posts;
  };

  const HashKey key_;
  mutable Mutex mutex_;  // held to add, and by every reader but the sequencer
  // By id; element 0 is "none".
  std::deque<PageName_> pages_ = std::deque<PageName_>(1);
  std::deque<NameEntry> posts_ = std::deque<NameEntry>(1);
  std::deque<std::string> sources_ = std::deque<std::string>(1);
  std::deque<std::string> reports_ = std::deque<std::string>(1);
  std::deque<std::string> types_;  // from 0: the counter is kCustomFirst + id
  HashIndex page_by_hash_;         // by the hash, twice
  absl::flat_hash_map<uint64_t, uint16_t, UniformHash> source_by_hash_;
  HashIndex post_by_hash_;
  absl::flat_hash_map<std::string, uint16_t> type_by_name_, report_by_name_;
};

}  // namespace pagepulse
