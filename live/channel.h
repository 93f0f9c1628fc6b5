#pragma once

// What all viewers of one query share. Made by a Hub; thread-safe.

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/mutex.h"
#include "live/revisions.h"

namespace pagepulse {

class Channel {
 public:
  explicit Channel(std::string epoch) : revisions_(std::move(epoch)) {}

  struct Next {
    SharedBytes bytes;      // null: the viewer has everything
    uint64_t revision = 0;  // that the viewer has with them
    bool last = false;      // the stream ends behind them
  };
  // For a viewer that has this revision; 0: nothing.
  Next After(uint64_t have);
  // The revision that a viewer says it has, by an event's id; 0: not of this channel.
  uint64_t Find(std::string_view event_id) const;

  // `tell` is called, from some thread, whenever After may give something new; it must not block,
  // nor call the channel. Once Ignore has returned, it is not called any more.
  uint64_t Listen(std::function<void()> tell);
  void Ignore(uint64_t listener);

  // --- The hub.
  // Whether there is a new revision. `first` makes the bytes for new viewers at once.
  bool Update(Rendering next, bool first);
  void Fail(const absl::Status& status);  // there will be no more

 private:
  void Tell() ABSL_LOCKS_EXCLUDED(listeners_mutex_);

  mutable Mutex mutex_;
  Revisions revisions_ ABSL_GUARDED_BY(mutex_);
  SharedBytes failure_ ABSL_GUARDED_BY(mutex_);

  Mutex listeners_mutex_;
  std::map<uint64_t, std::function<void()>> listeners_ ABSL_GUARDED_BY(listeners_mutex_);
  uint64_t next_listener_ ABSL_GUARDED_BY(listeners_mutex_) = 1;
};

}  // namespace pagepulse
