// The envelope of a Facebook Page delivery: JSON to changes, changes to events. What a change
// counts is decided in facebook.cc.

#include <simdjson.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/error.h"
#include "ingest/adapter.h"
#include "ingest/event_identity.h"
#include "ingest/facebook.h"
#include "ingest/timestamp.h"

namespace pagepulse {
namespace {

namespace dom = simdjson::dom;
static_assert(kPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// The text that events view outlives the parser in the batch.
std::string_view Keep(std::string_view text, EventBatch* out) {
  if (text.empty()) return {};
  out->strings.push_back(std::make_unique<std::string>(text));
  return *out->strings.back();
}

// A string, or an integer as its digits; "" for anything else.
std::string_view TextOf(const dom::object& object, std::string_view key, EventBatch* out) {
  dom::element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS) return {};
  std::string_view text;
  int64_t integer = 0;
  uint64_t large = 0;
  if (value.get(text) == simdjson::SUCCESS) return text;
  if (value.get(integer) == simdjson::SUCCESS) return Keep(std::to_string(integer), out);
  if (value.get(large) == simdjson::SUCCESS) return Keep(std::to_string(large), out);
  return {};
}

// kNoTime where the key is absent, null or 0.
int64_t TimeOf(const dom::object& object, std::string_view key, EventBatch* out) {
  dom::element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS || value.is_null()) return kNoTime;
  const std::string_view text = TextOf(object, key, out);
  int64_t millis = kBadTime;
  TimestampReader reader;
  if (!ReadEpoch(text, &millis)) reader.Read(text, &millis);
  return millis;
}

// Whether the key does not say 0 or false.
bool IsPublished(const dom::object& object, std::string_view key) {
  dom::element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS) return true;
  bool flag = true;
  int64_t number = 1;
  if (value.get(flag) == simdjson::SUCCESS) return flag;
  if (value.get(number) == simdjson::SUCCESS) return number != 0;
  return true;
}

size_t CountItems(const dom::object& object, std::string_view key) {
  dom::array items;
  if (object.at_key(key).get(items) != simdjson::SUCCESS) return 0;
  size_t count = 0;  // size() stops at 2^24
  for ([[maybe_unused]] const dom::element item : items) ++count;
  return count;
}

// The change's own keys; page and sent_ms are the entry's.
void ReadValue(const dom::object& value, FacebookChange* change, EventBatch* out) {
  const auto text = [&](std::string_view key) { return TextOf(value, key, out); };
  change->item = text("item");
  change->verb = text("verb");
  change->post = Keep(text("post_id"), out);
  change->comment = text("comment_id");
  change->parent = text("parent_id");
  change->share = text("share_id");
  change->reaction_type = text("reaction_type");
  change->message = text("message");
  change->title = text("title");
  change->permalink = text("permalink_url");
  change->link = text("link");
  change->created_ms = TimeOf(value, "created_time", out);
  change->published = IsPublished(value, "published") && IsPublished(value, "is_published");

  dom::object from, post;
  if (value.at_key("from").get(from) == simdjson::SUCCESS) change->actor = TextOf(from, "id", out);
  if (change->actor.empty()) change->actor = text("sender_id");
  if (change->actor.empty()) change->actor = text("user_id");
  if (value.at_key("post").get(post) == simdjson::SUCCESS) {
    change->post_permalink = TextOf(post, "permalink_url", out);
    change->post_published = IsPublished(post, "is_published");
  }
}

// One delivery: first all that it says, then what of it counts, since a like is dropped where its
// twin stands anywhere beside it.
class Delivery {
 public:
  Delivery(const ParseContext& context, const Chunk& chunk, uint32_t* line, EventBatch* out)
      : context_(context), chunk_(chunk), line_(*line), out_(*out) {}

  void Read(const dom::element& delivery) {
    dom::object object;
    dom::array entries;
    if (delivery.get(object) != simdjson::SUCCESS ||
        object.at_key("entry").get(entries) != simdjson::SUCCESS || entries.size() == 0) {
      ++out_.ignored;
      return;
    }
    const bool of_a_page = TextOf(object, "object", &out_) == "page";
    for (const dom::element entry : entries) ReadEntry(entry, of_a_page);
    Emit();
  }

 private:
  struct Said {
    FacebookEvent event;
    bool has_details;
  };

  void ReadEntry(const dom::element& element, bool of_a_page) {
    dom::object entry;
    if (element.get(entry) != simdjson::SUCCESS) {
      ++out_.ignored;
      return;
    }
    FacebookChange base;
    base.page = Keep(TextOf(entry, "id", &out_), &out_);
    base.sent_ms = TimeOf(entry, "time", &out_);
    const bool ours = of_a_page && base.page != "0";  // "0": the dashboard's test button
    size_t others = CountItems(entry, "messaging") + CountItems(entry, "standby") +
                    CountItems(entry, "changed_fields");
    dom::array changes;
    bool any = others > 0;
    if (entry.at_key("changes").get(changes) == simdjson::SUCCESS) {
      for (const dom::element change : changes) {
        any = true;
        ++line_;
        if (!ours || !ReadChange(change, base)) ++others;
      }
    }
    out_.ignored += any ? others : 1;
  }

  // False where the change is ignored.
  bool ReadChange(const dom::element& element, const FacebookChange& base) {
    dom::object change, value;
    if (element.get(change) != simdjson::SUCCESS || TextOf(change, "field", &out_) != "feed" ||
        change.at_key("value").get(value) != simdjson::SUCCESS) {
      return false;
    }
    FacebookChange said = base;
    ReadValue(value, &said, &out_);
    FacebookFinding finding = InterpretFacebookChange(said, context_);
    if (finding.fault != RejectCode::kNone) Reject(finding.fault);
    const FacebookPostDetails& details = finding.details;
    if (!details.empty()) {
      out_.posts.push_back({said.page, said.post, Keep(details.title, &out_),
                            Keep(details.link, &out_), details.published_ms,
                            said.sent_ms == kNoTime ? 0 : said.sent_ms});
    }
    if (finding.event) {
      finding.event->event.line = line_;
      events_.push_back({*finding.event, !details.empty()});
    }
    return !finding.ignored();
  }

  void Reject(RejectCode code) {
    const size_t length = std::min<size_t>(chunk_.size, std::numeric_limits<uint32_t>::max());
    Rejection rejection;
    rejection.line = line_;
    rejection.offset = chunk_.offset;
    rejection.length = static_cast<uint32_t>(length);
    rejection.code = code;
    out_.rejections.push_back(rejection);
  }

  void Emit() {
    const absl::flat_hash_set<std::string> taps = ReactionTaps();
    absl::flat_hash_map<std::string, uint32_t> told;  // ids without a rank: how often
    for (Said& said : events_) {
      if (said.event.is_like && taps.contains(FacebookTapKey(said.event, said.event.has_created))) {
        if (!said.has_details) ++out_.ignored;
        continue;
      }
      Event& event = said.event.event;
      EventParts& parts = said.event.parts;
      std::string id;
      if (!CanBeFollowed(event, parts)) {
        id = FacebookEventId(said.event, told[FacebookEventId(said.event, 0)]++);
        parts.id = id;
      }
      FinishEvent(*context_.key, parts, &event);
      out_.events.push_back(event);
    }
  }

  // Every reaction of the delivery, with its time and without.
  absl::flat_hash_set<std::string> ReactionTaps() const {
    absl::flat_hash_set<std::string> taps;
    for (const Said& said : events_) {
      if (said.event.event.type != EventType::kReaction || said.event.is_like) continue;
      taps.insert(FacebookTapKey(said.event, true));
      taps.insert(FacebookTapKey(said.event, false));
    }
    return taps;
  }

  const ParseContext& context_;
  const Chunk& chunk_;
  uint32_t& line_;
  EventBatch& out_;
  std::vector<Said> events_;
};

class FacebookAdapter final : public Adapter {
 public:
  std::string_view name() const override { return "facebook"; }
  Framing framing() const override { return Framing::kWhole; }

  absl::Status Parse(Chunk chunk, const Headers&, const ParseContext& context,
                     EventBatch* out) const override {
    const size_t skip =
        chunk.text().substr(0, kByteOrderMark.size()) == kByteOrderMark ? kByteOrderMark.size() : 0;
    dom::parser parser;
    dom::element document;
    if (chunk.size == skip ||
        parser.parse(chunk.block.get() + skip, chunk.size - skip, false).get(document) !=
            simdjson::SUCCESS) {
      return MakeError(absl::StatusCode::kInvalidArgument, "bad_json", "This is not JSON in UTF-8.",
                       "Send the delivery's bytes as they came from Facebook.");
    }
    uint32_t line = 0;
    dom::array deliveries;
    if (document.get(deliveries) != simdjson::SUCCESS) {
      Delivery(context, chunk, &line, out).Read(document);
    } else {
      for (const dom::element delivery : deliveries) {
        Delivery(context, chunk, &line, out).Read(delivery);
      }
    }
    return absl::OkStatus();
  }
};

}  // namespace

const Adapter& FacebookWebhook() {
  static const FacebookAdapter adapter;
  return adapter;
}

}  // namespace pagepulse
