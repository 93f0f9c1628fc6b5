// The native format as NDJSON: docs/events.md.

#include "ingest/event_parser.h"
#include "ingest/json_lines.h"

namespace pagepulse {
namespace {

class NativeLinesAdapter final : public Adapter {
 public:
  std::string_view name() const override { return "native"; }
  Framing framing() const override { return Framing::kLines; }
  const Adapter* document() const override { return &NativeArray(); }

  absl::Status Parse(Chunk chunk, const Headers& headers, const ParseContext& context,
                     EventBatch* out) const override {
    EventParser parser(context, out);
    return ParseLines(std::move(chunk), &parser, out);
  }
};

}  // namespace

const Adapter& NativeLines() {
  static const NativeLinesAdapter adapter;
  return adapter;
}

}  // namespace pagepulse
