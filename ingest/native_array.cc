// The native format as one JSON array: docs/events.md.

#include "ingest/event_parser.h"
#include "ingest/json_elements.h"

namespace pagepulse {
namespace {

class NativeArrayAdapter final : public Adapter {
 public:
  std::string_view name() const override { return "native"; }
  Framing framing() const override { return Framing::kWhole; }

  absl::Status Parse(Chunk chunk, const Headers& headers, const ParseContext& context,
                     EventBatch* out) const override {
    EventParser parser(context, out);
    return ParseDocument(std::move(chunk), nullptr, &parser, out);
  }
};

}  // namespace

const Adapter& NativeArray() {
  static const NativeArrayAdapter adapter;
  return adapter;
}

}  // namespace pagepulse
