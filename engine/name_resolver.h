#pragma once

// The names of an event -> their ids. In two steps, so that an event that is rejected brings no
// name into the store: Find says what is known and whether the rest may be added, Add adds it. The
// sequencer's thread alone.

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "engine/name_caps.h"
#include "engine/names.h"
#include "engine/submission.h"

namespace pagepulse {

struct EventNames {
  // Of a name that Add will give an id. No name gets these: see the limits in name_resolver.cc.
  static constexpr uint32_t kNew = UINT32_MAX;
  static constexpr uint16_t kNewShort = UINT16_MAX;

  uint32_t page = 0, post = 0;           // 0: none
  uint16_t source = 0, custom_type = 0;  // source 0: none
};

class NameResolver {
 public:
  // Takes a new name into the log and into Names, or gives a post more details.
  using AddName = std::function<absl::Status(const NameEntry&)>;
  using ZoneOfPage = std::function<std::string(std::string_view page)>;
  NameResolver(const HashKey& key, const Names& names, ZoneOfPage zone_of_page, AddName add);

  // The page's and the post's id of each event, 0 where they are not known yet: many at once, so
  // that their memory accesses overlap.
  void Look(absl::Span<const Event> events, EventNames* ids) const;
  // Completes what Look found. kNone, or why the event must be rejected.
  RejectCode Find(const Submission& submission, const Event& event, int64_t now_ms,
                  EventNames* ids);
  absl::Status Add(const Submission& submission, const Event& event, int64_t now_ms,
                   EventNames* ids);

  // Whether the event's post would be counted under `__other__`.
  bool LacksPost(const Submission& submission, const Event& event, int64_t now_ms);

  // The id of a reported metric; kTypeLimit: it is new, and there is no room.
  RejectCode FindReport(const Submission& submission, std::string_view metric, int64_t now_ms,
                        uint16_t* id);
  absl::Status AddReport(const Submission& submission, std::string_view metric, int64_t now_ms,
                         uint16_t* id);

  // Of posts of known pages, and of posts that nothing was counted on yet: a post may be published
  // before anybody sees it. What would bring a name above a cap is passed over.
  absl::Status SetPostDetails(const Submission& submission, const PostInfo& info, int64_t now_ms);

 private:
  // For one more name of the kind: in the store, and under the token's cap.
  bool HasRoom(const Submission& submission, NameKind kind, uint32_t limit, int64_t now_ms);
  absl::Status AddPage(std::string_view page, uint32_t* id);
  absl::Status AddPost(const Submission& submission, const Event& event, int64_t now_ms,
                       EventNames* ids);
  absl::Status AddSource(const Submission& submission, std::string_view source, int64_t now_ms,
                         uint16_t* id);

  const HashKey& key_;
  const Names& names_;
  const uint64_t other_source_;  // HashKey::Source of where what is above a cap is counted
  const ZoneOfPage zone_of_page_;
  const AddName add_;
  NameCapCounter caps_;

  // The source that the event before had.
  uint64_t last_source_hash_ = 0;
  uint16_t last_source_ = 0;
};

}  // namespace pagepulse
