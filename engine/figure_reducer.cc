#include "engine/figure_reducer.h"

#include <cstdlib>

namespace pagepulse {

Figures::Outcome FigureReducer::Apply(const FigureKey& key, const Figure& figure,
                                      Stretch* stretch) {
  const Figures::Outcome outcome = figures_.Insert(key, figure, &growth_);
  if (outcome == Figures::Outcome::kTwice) return outcome;
  changed_.insert(key);
  const AuthoritySet set = figures_.authority(key.page);
  for (const Growth& growth : growth_) Count(key, growth, set, stretch);
  return outcome;
}

void FigureReducer::Withdraw(uint32_t job, uint64_t sequence, Stretch* stretch,
                             UndoCounts* counts) {
  UndoCounts done;
  figures_.Withdraw(job, sequence, [&](const Figures::Withdrawn& out) {
    changed_.insert(out.key);
    const AuthoritySet set = figures_.authority(out.key.page);
    for (const Growth& growth : out.growth) Count(out.key, growth, set, stretch);
    done.figures += out.counted;
    done.shared += out.counted && out.told_by_others;
  });
  if (counts == nullptr) return;
  counts->figures += done.figures;
  counts->shared += done.shared;
}

void FigureReducer::SetAuthority(uint32_t page, AuthoritySet set, Stretch* stretch) {
  const AuthoritySet before = figures_.authority(page);
  figures_.VisitGrowth(page, [&](const FigureKey& key, Growth growth) {
    Count(key, growth, static_cast<AuthoritySet>(set & ~before), stretch);
    growth.sign = -growth.sign;
    Count(key, growth, static_cast<AuthoritySet>(before & ~set), stretch);
  });
  figures_.SetAuthority(page, set);
  std::string& entry = stretch->journal[AuthorityJournalKey(page)];
  entry.assign(1, static_cast<char>(set));
}

void FigureReducer::Count(const FigureKey& key, const Growth& growth, AuthoritySet of,
                          Stretch* stretch) {
  if (of == 0 || growth.value == 0) return;
  const auto counted = CountedReport(names_.Report(key.metric), key.post != 0);
  if (!counted || !(of & AuthorityBit(counted->metric))) return;
  const bool fell = growth.value < 0;
  Delta delta;
  delta.page = key.page;
  delta.post = key.post;
  delta.source = growth.source;
  delta.minute = static_cast<uint32_t>(growth.as_of_ms / 60'000);
  delta.counter = static_cast<CounterId>(counted->counter + (counted->net && fell));
  delta.count = static_cast<uint32_t>(std::abs(growth.value));  // kMaxCountedReported
  const bool negative = (!counted->net && fell) != (growth.sign < 0);
  if (negative) delta.actor_and_flags = Delta::kNegative;
  stretch->Append(delta);
}

void FigureReducer::Flush(Stretch* stretch) {
  for (const FigureKey& key : changed_) {
    stretch->journal[FigureJournalKey(key)] = figures_.EncodeHistory(key);
  }
  changed_.clear();
}

}  // namespace pagepulse
