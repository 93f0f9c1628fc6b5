#pragma once

// One reported figure -> what it changes, as Reducer is for events: shared by ingestion and replay.
// The sequencer's thread alone.

#include <set>
#include <vector>

#include "engine/figures.h"
#include "engine/names.h"
#include "engine/stretch.h"
#include "engine/undo_state.h"

namespace pagepulse {

class FigureReducer {
 public:
  FigureReducer(Figures* figures, const Names& names) : figures_(*figures), names_(names) {}

  // Takes a figure in; where its metric is the platform's, appends the deltas of what it grew.
  Figures::Outcome Apply(const FigureKey& key, const Figure& figure, Stretch* stretch);
  // Takes out what a job has told, in the group `sequence`; `counts` may be null.
  void Withdraw(uint32_t job, uint64_t sequence, Stretch* stretch, UndoCounts* counts);
  // From here on these metrics of the page are the platform's: counts what was reported of those
  // that were not, and takes back what was counted of those that no longer are.
  void SetAuthority(uint32_t page, AuthoritySet set, Stretch* stretch);
  // Puts the histories that changed into the stretch's journal. At the end of a group.
  void Flush(Stretch* stretch);

 private:
  void Count(const FigureKey& key, const Growth& growth, AuthoritySet of, Stretch* stretch);

  Figures& figures_;
  const Names& names_;
  std::set<FigureKey> changed_;
  std::vector<Growth> growth_;
};

}  // namespace pagepulse
