#pragma once

// One accepted event -> what it changes. Ingestion and replay share this code, so that a replay
// repeats what was done. The sequencer's thread alone.

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/fact_filter.h"
#include "engine/names.h"
#include "engine/record.h"
#include "engine/stretch.h"
#include "storage/database.h"

namespace pagepulse {

class Reducer {
 public:
  Reducer(const Database& db, const Names& names) : db_(db), names_(names), filter_(db) {}

  // Brings these facts into the stretch's table: from the newest sealed stretch that has them,
  // else from the store, in one read. *facts has one for each, valid until the next call.
  absl::Status LoadFacts(absl::Span<const Hash128> identities,
                         absl::Span<const std::shared_ptr<Stretch>> sealed, Stretch* stretch,
                         std::vector<Fact*>* facts);

  // Whether the fact can take this event.
  static bool FactHasRoom(const Record& record, const Fact& fact);

  // Appends the record's deltas to the stretch and moves its fact; nullptr where none is followed.
  // False where the fact's history had the event (or was full), so that nothing moved.
  bool Apply(const Record& record, Fact* fact, Stretch* stretch);
  // Takes back what Apply counted of a record that it moved. People stay: a sketch forgets nobody.
  void Withdraw(const Record& record, Fact* fact, Stretch* stretch);

 private:
  bool ApplyFact(const Record& record, Fact* fact, Stretch* stretch);

  const Database& db_;
  const Names& names_;
  FactFilter filter_;
  std::vector<Hash128> missing_;
  std::vector<Fact*> missing_facts_;
  std::vector<std::string> values_;
};

// Whether the record's actor went into `reach` or `engaged`.
bool CountsPerson(const Record& record);

FactEvent ToFactEvent(const Record& record);

}  // namespace pagepulse
