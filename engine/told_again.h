#pragma once

// Events of which the engine had been told before: nothing of them counted, but should the job that
// told them first be undone, they are what counts in its place. Only what may have come from a job
// is kept. Layout: docs/storage_format.md, "Told again".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "engine/fact_history.h"
#include "engine/record.h"

namespace pagepulse {

struct ToldAgain {
  uint64_t sequence = 0;  // of the log entry in which it was told
  uint32_t job = 0;       // that told it; 0: none
  // The hour under which its id was claimed before; 0: of a fact whose history had the event.
  uint32_t claim_hour = 0;
  Record record;  // of a fact: without the id, which is its own

  bool operator==(const ToldAgain&) const = default;
};

void AppendToldAgain(const ToldAgain& told, std::string* out);
// The next of a stream of them; in.ok() is false where it is broken.
ToldAgain ReadToldAgain(Reader* in);
absl::Status VisitToldAgain(std::string_view bytes,
                            absl::FunctionRef<void(const ToldAgain&)> visit);

// By what they repeat; of equal ones the first that was added. Some 80 bytes each. Not thread-safe
// to add; any thread may look while nobody adds.
class ToldAgainIndex {
 public:
  void Add(const ToldAgain& told);
  // That had the id of this record, claimed under that hour.
  std::optional<ToldAgain> FindId(const Record& record, uint32_t claim_hour) const;
  // That told the fact's event of this record.
  std::optional<ToldAgain> FindFact(const Record& record) const;

 private:
  struct FactKey {
    Hash128 fact;
    FactEvent event;

    bool operator==(const FactKey&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const FactKey& key) {
      const FactEvent& e = key.event;
      return H::combine(std::move(h), key.fact, e.ts_ms, e.post, e.source, e.op, e.kind);
    }
  };
  static FactKey KeyOf(const Record& record);
  ToldAgain At(size_t offset) const;

  std::string bytes_;
  absl::flat_hash_map<std::pair<uint64_t, uint32_t>, size_t> ids_;  // -> where in bytes_
  absl::flat_hash_map<FactKey, size_t> facts_;
};

}  // namespace pagepulse
