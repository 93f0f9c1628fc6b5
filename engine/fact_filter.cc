#include "engine/fact_filter.h"

#include <algorithm>

#include "base/thread_name.h"

namespace pagepulse {
namespace {

constexpr size_t kBitsAFact = 12, kFirstFacts = 1 << 18;
// A filter is made once this many were asked for without one.
constexpr size_t kPatience = 100'000;

}  // namespace

GrowingBloom::Line GrowingBloom::BitsOf(Hash128 fact) {
  Line bits;
  uint64_t rest = absl::Uint128Low64(fact);
  for (uint64_t& word : bits.words) {
    word = uint64_t{1} << (rest & 63);
    rest >>= 8;
  }
  return bits;
}

size_t GrowingBloom::LineOf(const Filter& filter, Hash128 fact) {
  return static_cast<size_t>(
      static_cast<unsigned __int128>(absl::Uint128High64(fact)) * filter.lines.size() >> 64);
}

void GrowingBloom::Prefetch(Hash128 fact) const {
  for (const Filter& filter : filters_) {
    __builtin_prefetch(filter.lines.data() + LineOf(filter, fact));
  }
}

bool GrowingBloom::MayContain(Hash128 fact) const {
  const Line bits = BitsOf(fact);
  return std::any_of(filters_.begin(), filters_.end(), [&](const Filter& filter) {
    const Line& line = filter.lines[LineOf(filter, fact)];
    uint64_t missing = 0;
    for (size_t i = 0; i < std::size(bits.words); ++i) missing |= bits.words[i] & ~line.words[i];
    return missing == 0;
  });
}

void GrowingBloom::Add(Hash128 fact) {
  if (filters_.empty() || filters_.back().room == 0) {
    const size_t facts = kFirstFacts << filters_.size();
    Filter& filter = filters_.emplace_back();
    filter.lines.resize(facts * kBitsAFact / (8 * sizeof(Line)));
    filter.room = facts;
  }
  Filter& filter = filters_.back();
  Line& line = filter.lines[LineOf(filter, fact)];
  const Line bits = BitsOf(fact);
  for (size_t i = 0; i < std::size(bits.words); ++i) line.words[i] |= bits.words[i];
  --filter.room;
}

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
