#include "tests/support/reference_model.h"

#include <algorithm>

namespace pagepulse::testing {
namespace {

bool IsFactType(const std::string& type) {
  return type == "reaction" || type == "comment" || type == "share" || type == "follow";
}

// "" where the fact cannot be followed.
std::string Identity(const SentEvent& e) {
  if (e.type == "reaction") {
    if (e.actor.empty() || (e.object.empty() && e.post.empty())) return "";
    return e.actor + "\n" + (e.object.empty() ? "post\n" + e.post : "object\n" + e.object);
  }
  if (e.type == "comment") return e.object;
  if (e.type == "share")
    return e.object.empty() ? (e.id.empty() ? "" : "id\n" + e.id) : "object\n" + e.object;
  return e.actor;
}

int Rank(const std::string& op) {
  const std::vector<std::string> order = {"add", "edit", "hide", "unhide", "remove"};
  return static_cast<int>(std::find(order.begin(), order.end(), op) - order.begin());
}

auto Place(const SentEvent& e) {
  return std::make_tuple(e.ts_ms, Rank(e.op), e.reaction, e.post, e.source);
}

std::string Plural(const SentEvent& e) {
  if (e.type == "reaction") return "reactions." + e.reaction;
  if (e.type == "view" || e.type == "click" || e.type == "message" || IsFactType(e.type)) {
    return e.type + "s";
  }
  return e.type;
}

int64_t DayOf(int64_t ts_ms) { return (ts_ms + 7 * 3'600'000) / 86'400'000; }

bool Starts(const std::string& text, const std::string& head) { return text.rfind(head, 0) == 0; }

bool Ends(const std::string& text, const std::string& tail) {
  return text.size() >= tail.size() &&
         text.compare(text.size() - tail.size(), tail.size(), tail) == 0;
}

}  // namespace

std::string SentEvent::ToJson() const {
  std::string json =
      "{\"ts\":" + std::to_string(ts_ms) + ",\"page\":\"" + page + "\",\"type\":\"" + type + "\"";
  const auto put = [&](const char* key, const std::string& value) {
    if (!value.empty()) json += std::string(",\"") + key + "\":\"" + value + "\"";
  };
  put("id", id);
  put("post", post);
  put("actor", actor);
  put("reaction", reaction);
  put("object", object);
  put("source", source);
  if (op != "add") put("op", op);
  if (count != 1) json += ",\"count\":" + std::to_string(count);
  return json + "}";
}

void ReferenceModel::Add(const SentEvent& e) {
  const bool fact = IsFactType(e.type);
  const std::string identity = fact ? Identity(e) : "";
  const bool id_names_share = e.type == "share" && e.object.empty();
  if (!e.id.empty() && !id_names_share && !ids_.emplace(e.page, e.id).second) {
    ++duplicate_;
    return;
  }
  ++accepted_;
  if (!e.actor.empty() && e.op == "add") people_.push_back(e);
  if (!fact) {
    occurrences_.push_back({e.ts_ms, e.page, e.post, e.source, Plural(e), e.count});
  } else if (identity.empty()) {
    const bool removed = e.op == "remove" || e.op == "hide";
    if (e.op != "edit") {
      occurrences_.push_back({e.ts_ms, e.page, e.post, e.source,
                              Plural(e) + (removed ? ".removed" : ".added"), e.count});
    }
  } else {
    facts_[{e.page, e.type, identity}].push_back(e);
  }
}

std::vector<ReferenceModel::Change> ReferenceModel::Changes() const {
  std::vector<Change> changes = occurrences_;
  for (const auto& [key, told] : facts_) {
    std::vector<SentEvent> events = told;
    std::sort(events.begin(), events.end(),
              [](const SentEvent& a, const SentEvent& b) { return Place(a) < Place(b); });
    enum { kAbsent, kPresent, kHidden } state = kAbsent;
    SentEvent held;  // its kind, post and source
    const auto count = [&](const SentEvent& at, const char* side) {
      changes.push_back({at.ts_ms, held.page, held.post, held.source, Plural(held) + side, 1});
    };
    const SentEvent* last = nullptr;
    for (const SentEvent& e : events) {
      if (last != nullptr && Place(*last) == Place(e)) continue;  // told again
      last = &e;
      if (e.op == "add") {
        if (state == kAbsent) held = e;
        if (state == kPresent && held.reaction == e.reaction) continue;
        if (state == kPresent) count(e, ".removed");
        held.reaction = e.reaction;
        count(e, ".added");
        state = kPresent;
      } else if (e.op == "edit" && state != kAbsent && e.type == "reaction") {
        if (state == kPresent && held.reaction != e.reaction) {
          count(e, ".removed");
          held.reaction = e.reaction;
          count(e, ".added");
        }
        held.reaction = e.reaction;
      } else if (e.op == "hide" && state == kPresent) {
        count(e, ".removed");
        state = kHidden;
      } else if (e.op == "unhide" && state == kHidden) {
        count(e, ".added");
        state = kPresent;
      } else if (e.op == "remove" && state != kAbsent) {
        if (state == kPresent) count(e, ".removed");
        state = kAbsent;
      }
    }
  }
  return changes;
}

int64_t ReferenceModel::Count(const std::string& metric, const Selection& selection) const {
  const auto selected = [&](const auto& e) {
    return (selection.page.empty() || e.page == selection.page) &&
           (!selection.post || e.post == *selection.post) &&
           (!selection.source || e.source == *selection.source) &&
           (!selection.day || DayOf(e.ts_ms) == *selection.day);
  };
  if (metric == "reach" || metric == "engaged") {
    std::set<std::string> people;
    for (const SentEvent& e : people_) {
      const bool counts = metric == "reach" ? e.type == "view"
                                            : e.type == "click" || e.type == "reaction" ||
                                                  e.type == "comment" || e.type == "share";
      if (counts && selected(e)) people.insert(e.actor);
    }
    return static_cast<int64_t>(people.size());
  }
  std::string name = metric;
  int added = 1, removed = -1;
  if (Ends(name, ".added")) {
    name.resize(name.size() - 6);
    removed = 0;
  } else if (Ends(name, ".removed")) {
    name.resize(name.size() - 8);
    added = 0;
    removed = 1;
  }
  int64_t total = 0;
  for (const Change& change : Changes()) {
    if (!selected(change)) continue;
    std::string counter = change.counter;
    int sign = 1;
    if (Ends(counter, ".added")) {
      counter.resize(counter.size() - 6);
      sign = added;
    } else if (Ends(counter, ".removed")) {
      counter.resize(counter.size() - 8);
      sign = removed;
    }
    const bool matches =
        counter == name || (name == "reactions" && Starts(counter, "reactions.")) ||
        (name == "interactions" &&
         (Starts(counter, "reactions.") || counter == "comments" || counter == "shares"));
    if (matches) total += sign * change.value;
  }
  return total;
}

}  // namespace pagepulse::testing
