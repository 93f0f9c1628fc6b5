// A delivery of a Zalo Official Account: JSON to what it says. What that counts is decided in
// zalo.cc.

#include <simdjson.h>

#include <vector>

#include "ingest/adapter.h"
#include "ingest/delivery.h"
#include "ingest/event_identity.h"
#include "ingest/zalo.h"

namespace pagepulse {
namespace {

namespace dom = simdjson::dom;

void ReadMessage(const dom::object& message, ZaloDelivery* said, EventBatch* out) {
  said->message = TextOf(message, "msg_id", out);
  said->has_icon = message.at_key("react_icon").get(said->icon) == simdjson::SUCCESS;
  dom::array seen;
  if (message.at_key("msg_ids").get(seen) != simdjson::SUCCESS) return;
  for (const dom::element id : seen) {
    std::string_view text;
    if (id.get(text) == simdjson::SUCCESS && !text.empty()) said->seen.push_back(text);
  }
}

ZaloDelivery Read(const dom::object& object, EventBatch* out) {
  ZaloDelivery said;
  said.event_name = TextOf(object, "event_name", out);
  said.app = TextOf(object, "app_id", out);
  said.account = TextOf(object, "oa_id", out);
  if (said.account.empty()) said.account = TextOf(object, "oaId", out);
  said.sender = TextOf(object, "sender", "id", out);
  said.recipient = TextOf(object, "recipient", "id", out);
  said.follower = TextOf(object, "follower", "id", out);
  said.user = TextOf(object, "user_id", out);
  said.ts_ms = TimeOf(object, "timestamp", out);
  dom::object message;
  if (object.at_key("message").get(message) == simdjson::SUCCESS) ReadMessage(message, &said, out);
  if (said.message.empty()) said.message = TextOf(object, "msg_id", out);
  return said;
}

class ZaloAdapter final : public Adapter {
 public:
  std::string_view name() const override { return "zalo"; }
  Framing framing() const override { return Framing::kWhole; }

  absl::Status Parse(Chunk chunk, const Headers&, const ParseContext& context,
                     EventBatch* out) const override {
    uint32_t line = 0;
    return ReadDeliveries(chunk, "Zalo", &line, out, [&](const dom::element& delivery) {
      Take(delivery, chunk, context, ++line, out);
    });
  }

 private:
  static void Take(const dom::element& delivery, const Chunk& chunk, const ParseContext& context,
                   uint32_t line, EventBatch* out) {
    dom::object object;
    std::vector<ZaloEvent> events;
    if (delivery.get(object) == simdjson::SUCCESS) {
      events = InterpretZaloDelivery(Read(object, out), context);
    }
    if (events.empty()) ++out->ignored;
    for (ZaloEvent& said : events) {
      if (said.fault != RejectCode::kNone) {
        out->rejections.push_back(RejectionOf(chunk, 0, chunk.size, line, said.fault));
        out->rejections.back().page = Keep(said.event.page, out);
        continue;
      }
      Event& event = said.event;
      if (!CanBeFollowed(event, said.parts)) said.parts.id = said.id;
      event.page = Keep(event.page, out);
      event.line = line;
      FinishEvent(*context.key, said.parts, &event);
      out->events.push_back(event);
    }
  }
};

}  // namespace

const Adapter& ZaloWebhook() {
  static const ZaloAdapter adapter;
  return adapter;
}

}  // namespace pagepulse
