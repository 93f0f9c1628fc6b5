// The envelope of a delivery from Meta, of a Facebook page or an Instagram account: JSON to
// changes, changes to events and figures. What a change counts is decided in facebook.cc,
// instagram.cc and instagram_insights.cc.

#include <simdjson.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "ingest/adapter.h"
#include "ingest/delivery.h"
#include "ingest/event_faults.h"
#include "ingest/event_identity.h"
#include "ingest/facebook.h"
#include "ingest/instagram.h"
#include "ingest/instagram_insights.h"

namespace pagepulse {
namespace {

namespace dom = simdjson::dom;

// A change's own keys; page and sent_ms are the entry's.
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
  change->published = FlagOf(value, "published") && FlagOf(value, "is_published");

  dom::object post;
  change->actor = TextOf(value, "from", "id", out);
  if (change->actor.empty()) change->actor = text("sender_id");
  if (change->actor.empty()) change->actor = text("user_id");
  if (value.at_key("post").get(post) == simdjson::SUCCESS) {
    change->post_permalink = TextOf(post, "permalink_url", out);
    change->post_published = FlagOf(post, "is_published");
  }
}

void ReadValue(const dom::object& value, InstagramChange* change, EventBatch* out) {
  const auto text = [&](std::string_view key) { return TextOf(value, key, out); };
  change->comment = text("id");
  if (change->comment.empty()) change->comment = text("comment_id");
  change->media = TextOf(value, "media", "id", out);
  if (change->media.empty()) change->media = text("media_id");
  change->media = Keep(change->media, out);
  change->actor = TextOf(value, "from", "id", out);
  change->by_account = !TextOf(value, "from", "self_ig_scoped_id", out).empty();
  change->created_ms = TimeOf(value, "created_time", out);
  if (change->created_ms == kNoTime) change->created_ms = TimeOf(value, "timestamp", out);
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
    const std::string_view of = TextOf(object, "object", &out_);
    const Of what = of == "page" ? Of::kPage : of == "instagram" ? Of::kInstagram : Of::kOther;
    for (const dom::element entry : entries) ReadEntry(entry, what);
    Emit();
  }

 private:
  enum class Of { kPage, kInstagram, kOther };

  struct Entry {
    Of of;
    std::string_view page;
    int64_t sent_ms;
  };

  struct Said {
    FacebookEvent event;
    bool has_details;
  };

  void ReadEntry(const dom::element& element, Of of) {
    dom::object entry;
    if (element.get(entry) != simdjson::SUCCESS) {
      ++out_.ignored;
      return;
    }
    Entry base = {of, Keep(TextOf(entry, "id", &out_), &out_), TimeOf(entry, "time", &out_)};
    if (base.page == "0") base.of = Of::kOther;  // the dashboard's test button
    size_t others = CountItems(entry, "messaging") + CountItems(entry, "standby") +
                    CountItems(entry, "changed_fields");
    bool any = others > 0;
    const auto read = [&](const dom::element& change) {
      any = true;
      ++line_;
      if (!ReadChange(change, base)) ++others;
    };
    dom::array changes;
    if (entry.at_key("changes").get(changes) == simdjson::SUCCESS) {
      for (const dom::element change : changes) read(change);
    }
    // Of apps with Instagram's own login the entry is the change.
    if (of == Of::kInstagram && entry.at_key("field").error() == simdjson::SUCCESS) read(element);
    out_.ignored += any ? others : 1;
  }

  // False where the change is ignored.
  bool ReadChange(const dom::element& element, const Entry& entry) {
    dom::object change, value;
    if (element.get(change) != simdjson::SUCCESS ||
        change.at_key("value").get(value) != simdjson::SUCCESS) {
      return false;
    }
    const std::string_view field = TextOf(change, "field", &out_);
    if (entry.of == Of::kPage && field == "feed") {
      FacebookChange said;
      said.page = entry.page;
      said.sent_ms = entry.sent_ms;
      ReadValue(value, &said, &out_);
      return Take(InterpretFacebookChange(said, context_), said.post, entry);
    }
    if (entry.of == Of::kInstagram && field == "story_insights") {
      return ReadStoryInsights(value, {entry.page, entry.sent_ms, line_}, context_, &out_);
    }
    if (entry.of == Of::kInstagram) {
      InstagramChange said;
      said.page = entry.page;
      said.sent_ms = entry.sent_ms;
      said.field = field;
      ReadValue(value, &said, &out_);
      return Take(InterpretInstagramChange(said, context_), said.media, entry);
    }
    return false;
  }

  bool Take(const FacebookFinding& finding, std::string_view post, const Entry& entry) {
    if (finding.fault != RejectCode::kNone) {
      out_.rejections.push_back(RejectionOf(chunk_, 0, chunk_.size, line_, finding.fault));
      if (IsPage(entry.page)) out_.rejections.back().page = entry.page;
    }
    const FacebookPostDetails& details = finding.details;
    if (!details.empty()) {
      out_.posts.push_back({entry.page, post, Keep(details.title, &out_), Keep(details.link, &out_),
                            details.published_ms, entry.sent_ms == kNoTime ? 0 : entry.sent_ms});
    }
    if (finding.event) {
      events_.push_back({*finding.event, !details.empty()});
      events_.back().event.event.line = line_;
    }
    return !finding.ignored();
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
    uint32_t line = 0;
    return ReadDeliveries(chunk, "Facebook", &line, out, [&](const dom::element& delivery) {
      Delivery(context, chunk, &line, out).Read(delivery);
    });
  }
};

}  // namespace

const Adapter& FacebookWebhook() {
  static const FacebookAdapter adapter;
  return adapter;
}

}  // namespace pagepulse
