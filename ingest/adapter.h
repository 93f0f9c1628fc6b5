#pragma once

// The one interface between a feed and the engine: bytes and headers in, events out. An adapter is
// pure: no I/O, no clock of its own, no state between calls; so any number of threads may call one.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "ingest/chunk.h"
#include "model/event.h"

namespace pagepulse {

// A platform's own id of an account -> the page it counts for.
using AccountPages = std::map<std::string, std::string, std::less<>>;

// What an import is told beside the bytes: options of `backfill`, or headers.
struct ImportOptions {
  std::string page;                    // of figures that do not name theirs
  std::optional<absl::TimeZone> zone;  // of times and days that do not name theirs
  std::string exported;                // when the platform said so: a day or an instant, RFC 3339
  std::string file_name;               // without its folders
};
// As the options of a command that would read a file so: `--format meta-content --tz UTC`.
std::string OptionsText(std::string_view format, const ImportOptions& import);

struct ParseContext {
  const HashKey* key = nullptr;
  const AccountPages* accounts = nullptr;  // one that is not there is its own page
  const ImportOptions* import = nullptr;   // null: none given
  int64_t now_ms = 0;                      // events more than 5 minutes ahead of it are `future`
  int64_t oldest_ms = 0;                   // events before it are `too_old`; 0: no retention
  // The page of whoever sends, where that is one alone: for mappings that ask for it. Else empty.
  std::string_view own_page;
};

struct Headers {
  std::vector<std::pair<std::string, std::string>> fields;       // names in lower case
  std::string_view Get(std::string_view lower_case_name) const;  // empty: absent
};

enum class Framing {
  kLines,  // NDJSON: may be parsed chunk by chunk, in parallel
  kWhole,  // one document: the whole body is one chunk
};

class Adapter {
 public:
  virtual ~Adapter() = default;
  virtual std::string_view name() const = 0;
  virtual Framing framing() const = 0;
  // Of one that reads lines: what reads the same events as one JSON document. nullptr: nothing
  // does.
  virtual const Adapter* document() const { return nullptr; }
  // Appends to *out, which takes the chunk's memory. A fault of one event is a Rejection; an error
  // status refuses the whole input (nothing of *out may then be used). INVALID_ARGUMENT: it is not
  // what this adapter reads.
  virtual absl::Status Parse(Chunk chunk, const Headers& headers, const ParseContext& context,
                             EventBatch* out) const = 0;
};

// The native format: NDJSON or a JSON array.
const Adapter& NativeLines();
const Adapter& NativeArray();
// Which adapter of a format reads an input that begins so, by the first byte that is not white
// space nor of a byte-order mark: the document's where it is a bracket, else `format` itself.
// nullptr: it is not known yet, there is no such byte in `head`.
const Adapter* ByFirstByte(const Adapter& format, std::string_view head);
// Webhook deliveries; the signature is checked before, over the raw bytes. Meta's, of Facebook
// pages and of Instagram accounts:
const Adapter& FacebookWebhook();
// and those of Zalo Official Accounts.
const Adapter& ZaloWebhook();
// What Meta reports: docs/reported.md.
const Adapter& MetaContent();
const Adapter& MetaSeries();
const Adapter& GraphInsights();
const Adapter& GraphTable();

}  // namespace pagepulse
