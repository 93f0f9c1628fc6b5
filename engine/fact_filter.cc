#include "engine/fact_filter.h"

#include "base/thread_name.h"

namespace pagepulse {
namespace {

// A filter is made once this many were asked for without one.
constexpr size_t kPatience = 100'000;

}  // namespace

FactFilter::FactFilter(const Database& db) : db_(db), ready_(db.marker() == 0) {}

FactFilter::~FactFilter() {
  stop_ = true;
  if (reader_.joinable()) reader_.join();
}

bool FactFilter::MayContain(Hash128 fact) {
  if (seen_.MayContain(fact)) return true;
  if (ready_.load(std::memory_order_acquire)) return stored_.MayContain(fact);
  if (++asked_ == kPatience) reader_ = std::thread([this] { ReadStore(); });
  return true;
}

void FactFilter::ReadStore() {
  NameThread("pp-facts");
  const absl::Status read = db_.VisitFacts([this](Hash128 fact) {
    stored_.Add(fact);
    return stop_ ? absl::CancelledError() : absl::OkStatus();
  });
  // What cannot be read here cannot be read where it counts, and is told there.
  if (read.ok()) ready_.store(true, std::memory_order_release);
}

}  // namespace pagepulse
