#include "live/hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/error.h"
#include "base/thread_name.h"

namespace pagepulse {
namespace {

constexpr int64_t kMinuteMs = 60'000;

}  // namespace

// But for the constants everything is guarded by the hub's mutex.
struct Hub::Query {
  Query(std::string the_key, Compute how, const std::string& epoch)
      : key(std::move(the_key)),
        compute(std::move(how)),
        channel(std::make_shared<Channel>(epoch)) {}

  const std::string key;
  const Compute compute;
  const std::shared_ptr<Channel> channel;

  size_t watches = 0;
  SteadyClock::time_point idle_since;  // without watches
  std::vector<Joined> waiting;         // for the computation that runs, or the next
  bool wanted = false;                 // at once, by who waits
  bool computing = false;
  bool answered = false;
  SteadyClock::time_point due;  // not before that, unless wanted
  uint64_t published = 0;       // what the last computation has seen
  int64_t minute = 0;
};

Hub::Watch::~Watch() {
  if (query_ != nullptr) hub_->Leave(query_.get());
}

const std::shared_ptr<Channel>& Hub::Watch::channel() const { return query_->channel; }

Hub::Hub(HubOptions options)
    : options_(std::move(options)), epoch_(fmt::format("{:x}", options_.clock())) {
  static MetricsRegistry unread;
  MetricsRegistry* m = options_.metrics != nullptr ? options_.metrics : &unread;
  computed_ = m->AddCounter("pagepulse_live_computations_total", "Live queries computed");
  revisions_ = m->AddCounter("pagepulse_live_revisions_total",
                             "Live queries computed whose answer had changed");
  seconds_ = m->AddHistogram("pagepulse_live_compute_seconds", "Time of computing a live query",
                             {0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3});
  for (size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

Hub::~Hub() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
  Queries queries;
  {
    MutexLock lock(&mutex_);
    queries.swap(queries_);
  }
  for (const auto& [key, query] : queries) {
    for (Joined& joined : query->waiting) joined(absl::UnavailableError("the server is stopping"));
  }
}

size_t Hub::queries() const {
  MutexLock lock(&mutex_);
  return queries_.size();
}

void Hub::Join(const std::string& key, Compute compute, Joined joined) {
  std::shared_ptr<Query> ready;
  {
    MutexLock lock(&mutex_);
    auto it = queries_.find(key);
    if (it == queries_.end() && MakeRoom()) {
      it = queries_
               .emplace(key, std::make_shared<Query>(key, std::move(compute),
                                                     fmt::format("{}.{:x}", epoch_, ++next_epoch_)))
               .first;
    }
    if (it != queries_.end()) {
      Query& query = *it->second;
      if (!query.answered || (query.watches == 0 && HasNews(query))) {
        query.waiting.push_back(std::move(joined));
        if (!query.computing && !query.wanted) {
          query.wanted = true;
          ++waiting_;
        }
        return;
      }
      ready = it->second;
      ++ready->watches;
      ++watches_;
    }
  }
  if (ready != nullptr) return joined(Watch(this, std::move(ready)));
  joined(MakeError(absl::StatusCode::kUnavailable, "too_many_live_queries",
                   "as many different queries are watched as are allowed",
                   "ask the same of one page with the same words, or raise limits.live_queries"));
}

// Another query may be let in; those that nobody watches make way.
bool Hub::MakeRoom() {
  if (queries_.size() < options_.max_queries) return true;
  auto oldest = queries_.end();
  for (auto it = queries_.begin(); it != queries_.end(); ++it) {
    const Query& query = *it->second;
    const bool idle = query.watches == 0 && query.waiting.empty() && !query.computing;
    if (!idle) continue;
    if (oldest == queries_.end() || query.idle_since < oldest->second->idle_since) oldest = it;
  }
  if (oldest == queries_.end()) return false;
  queries_.erase(oldest);
  return true;
}

void Hub::Leave(Query* query) {
  MutexLock lock(&mutex_);
  --watches_;
  if (--query->watches == 0) query->idle_since = SteadyClock::now();
}

// --- The hub's threads.

void Hub::Run() {
  NameThread("pp-live");
  while (const std::shared_ptr<Query> query = TakeDue()) Recompute(query.get());
}

std::shared_ptr<Hub::Query> Hub::TakeDue() {
  MutexLock lock(&mutex_);
  const auto woken = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || waiting_ > 0;
  };
  while (!stopping_) {
    const auto now = SteadyClock::now();
    auto next = now + (watches_ > 0 ? options_.poll : std::chrono::milliseconds(1000));
    DropIdle(now);
    if (std::shared_ptr<Query> query = FindDue(&next)) {
      if (std::exchange(query->wanted, false)) --waiting_;
      query->computing = true;
      // Read before the answer is computed: what comes after it is news again.
      query->published = options_.published();
      query->minute = options_.clock() / kMinuteMs;
      return query;
    }
    if (queries_.empty()) {
      mutex_.Await(woken);
    } else {
      mutex_.AwaitFor(std::chrono::ceil<std::chrono::milliseconds>(next - now), woken);
    }
  }
  return nullptr;
}

bool Hub::HasNews(const Query& query) const {
  return query.published != options_.published() || query.minute != options_.clock() / kMinuteMs;
}

// The one that waits longest; else *next comes no later than when the next one is due.
std::shared_ptr<Hub::Query> Hub::FindDue(SteadyClock::time_point* next) {
  const auto now = SteadyClock::now();
  std::shared_ptr<Query> found;
  for (const auto& [key, query] : queries_) {
    if (query->computing) continue;
    if (query->wanted) return query;
    if (query->watches == 0 || !HasNews(*query)) continue;
    if (query->due > now) {
      *next = std::min(*next, query->due);
    } else if (found == nullptr || query->due < found->due) {
      found = query;
    }
  }
  return found;
}

void Hub::DropIdle(SteadyClock::time_point now) {
  std::erase_if(queries_, [&](const auto& entry) {
    const Query& query = *entry.second;
    return query.watches == 0 && query.waiting.empty() && !query.computing &&
           query.idle_since + options_.linger <= now;
  });
}

void Hub::Recompute(Query* query) {
  const auto begin = SteadyClock::now();
  const absl::Status status = Answer(query);
  computed_->Add();
  seconds_->Observe(std::chrono::duration<double>(SteadyClock::now() - begin).count());
  Finish(query, status, begin);
}

absl::Status Hub::Answer(Query* query) {
  absl::StatusOr<QueryResult> result = absl::InternalError("");
  try {
    result = query->compute(options_.clock());
  } catch (const std::exception& e) {
    result = absl::InternalError(e.what());
  }
  if (!result.ok()) return result.status();
  if (result->rows.size() > options_.max_rows) {
    return MakeError(absl::StatusCode::kInvalidArgument, "too_large",
                     fmt::format("the answer has {} rows; a live one may have {}",
                                 result->rows.size(), options_.max_rows),
                     "ask for a coarser step or a shorter range, set a limit, or ask /v1/query");
  }
  bool somebody_waits;
  {
    MutexLock lock(&mutex_);
    somebody_waits = !query->waiting.empty();
  }
  if (query->channel->Update(Render(*result), somebody_waits)) revisions_->Add();
  return absl::OkStatus();
}

void Hub::Finish(Query* query, const absl::Status& status, SteadyClock::time_point begin) {
  std::vector<Joined> waiting;
  std::shared_ptr<Query> self;
  {
    MutexLock lock(&mutex_);
    query->computing = false;
    query->due = begin + std::max<SteadyClock::duration>(options_.interval,
                                                         2 * (SteadyClock::now() - begin));
    waiting.swap(query->waiting);
    const auto it = queries_.find(query->key);
    self = it->second;
    if (status.ok()) {
      query->answered = true;
      query->watches += waiting.size();
      watches_ += waiting.size();
    } else {
      queries_.erase(it);  // whoever asks again asks anew
    }
  }
  if (!status.ok()) query->channel->Fail(status);
  for (Joined& joined : waiting) {
    if (status.ok()) {
      joined(Watch(this, self));
    } else {
      joined(status);
    }
  }
}

}  // namespace pagepulse
