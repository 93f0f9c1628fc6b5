#pragma once

// One accepted event -> what it changes. Ingestion and replay share this code, so that a replay
// repeats what was done. The sequencer's thread alone.

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/names.h"
#include "engine/record.h"
#include "engine/stretch.h"
#include "storage/database.h"

namespace pagepulse {

class Reducer {
 public:
  Reducer(const Database& db, const Names& names) : db_(db), names_(names) {}

  // Brings these facts into the stretch's table: from the newest sealed stretch that has them,
  // else from the store, in one read.
  absl::Status LoadFacts(absl::Span<const Hash128> identities,
                         absl::Span<const std::shared_ptr<Stretch>> sealed, Stretch* stretch);

  // Whether the fact (loaded) can take this event.
  bool FactHasRoom(const Record& record, const Stretch& stretch) const;

  // Appends the record's deltas to the stretch and moves its fact, which must be loaded.
  void Apply(const Record& record, Stretch* stretch);

 private:
  void ApplyFact(const Record& record, Stretch* stretch);

  const Database& db_;
  const Names& names_;
  std::vector<Hash128> missing_;
  std::vector<std::string> values_;
};

FactEvent ToFactEvent(const Record& record);

}  // namespace pagepulse
