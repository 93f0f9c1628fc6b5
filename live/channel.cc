#include "live/channel.h"

#include <utility>

#include "base/error.h"

namespace pagepulse {

Channel::Next Channel::After(uint64_t have) {
  MutexLock lock(&mutex_);
  if (failure_ != nullptr) return {failure_, have, true};
  return {revisions_.Since(have), revisions_.current(), false};
}

uint64_t Channel::Find(std::string_view event_id) const {
  MutexLock lock(&mutex_);
  return revisions_.Find(event_id);
}

uint64_t Channel::Listen(std::function<void()> tell) {
  MutexLock lock(&listeners_mutex_);
  listeners_.emplace(next_listener_, std::move(tell));
  return next_listener_++;
}

void Channel::Ignore(uint64_t listener) {
  MutexLock lock(&listeners_mutex_);
  listeners_.erase(listener);
}

bool Channel::Update(Rendering next, bool first) {
  {
    MutexLock lock(&mutex_);
    const uint64_t before = revisions_.current();
    const bool changed = revisions_.Update(std::move(next));
    // Made here, so that the threads that send find them.
    if (first) revisions_.Since(0);
    if (!changed) return false;
    if (before != 0) revisions_.Since(before);
  }
  Tell();
  return true;
}

void Channel::Fail(const absl::Status& status) {
  {
    std::string json = ErrorJson(status);
    json.pop_back();  // its line end
    MutexLock lock(&mutex_);
    failure_ = std::make_shared<const std::string>("event: error\ndata: " + json + "\n\n");
  }
  Tell();
}

void Channel::Tell() {
  MutexLock lock(&listeners_mutex_);
  for (const auto& [listener, tell] : listeners_) tell();
}

}  // namespace pagepulse
