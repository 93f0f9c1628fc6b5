#pragma once

// What a query reads, without knowing the engine: names, and one cut of the data.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "rollup/delta.h"
#include "rollup/rollup_store.h"

namespace pagepulse {

// The store's dictionary. Ids start at 1. Thread-safe; a name once there stays.
class Catalog {
 public:
  virtual ~Catalog() = default;

  virtual std::optional<uint32_t> FindPage(std::string_view name) const = 0;
  virtual std::vector<uint32_t> AllPages() const = 0;  // ascending ids
  virtual std::string PageName(uint32_t page) const = 0;
  virtual std::string PageZone(uint32_t page) const = 0;  // IANA name
  virtual absl::TimeZone PageTimeZone(uint32_t page) const = 0;

  virtual std::optional<uint32_t> FindPost(uint32_t page, std::string_view name) const = 0;
  virtual std::string PostName(uint32_t post) const = 0;
  virtual std::optional<uint16_t> FindSource(std::string_view name) const = 0;
  virtual std::string SourceName(uint16_t source) const = 0;
  virtual std::vector<std::string> AllSources() const = 0;

  // Custom counters, by name and by kCustomFirst + n.
  virtual std::optional<CounterId> FindCustomCounter(std::string_view name) const = 0;
  virtual std::string CustomCounterName(CounterId counter) const = 0;
  virtual std::vector<std::string> AllCustomCounters() const = 0;
};

// Everything acknowledged up to one moment, and nothing twice: rows of the snapshot plus the deltas
// that are not in it. Valid while it lives; thread-safe.
class Cut {
 public:
  virtual ~Cut() = default;
  virtual const RollupSnapshot& rows() const = 0;
  // Deltas of these pages (empty: of all), in no order.
  virtual void VisitDeltas(absl::Span<const uint32_t> pages,
                           absl::FunctionRef<void(const Delta&)> visit) const = 0;
  // Rows of a level whose period ended (PeriodEndMinute) at or before this minute do not show. 0:
  // all show. As of the cut; rows().HorizonMinute() may have moved on since.
  virtual int64_t HorizonMinute(Level level) const = 0;
  // Everything acknowledged before this instant is in.
  virtual int64_t complete_until_ms() const = 0;
};

}  // namespace pagepulse
