#include "tests/generate/recount.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace pagepulse {
namespace {

constexpr int64_t kZoneMs = 7 * 3'600'000, kDayMs = 86'400'000;

using Days = std::chrono::sys_days;

std::string MonthOf(int64_t ts_ms) {
  const std::chrono::year_month_day date(Days(std::chrono::days((ts_ms + kZoneMs) / kDayMs)));
  const unsigned month = static_cast<unsigned>(date.month());
  return std::to_string(static_cast<int>(date.year())) + (month < 10 ? "-0" : "-") +
         std::to_string(month);
}

// "2025-07-01T00:00:27.710+07:00" alone.
bool ParseTime(std::string_view text, int64_t* ts_ms) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd.ddd+07:00";
  if (text.size() != kShape.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return false;
  }
  const auto number = [&](size_t begin, size_t digits) {
    int n = 0;
    for (const char c : text.substr(begin, digits)) n = n * 10 + (c - '0');
    return n;
  };
  const auto date = std::chrono::year(number(0, 4)) / number(5, 2) / number(8, 2);
  if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return false;
  const int64_t seconds = number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2);
  *ts_ms =
      Days(date).time_since_epoch().count() * kDayMs - kZoneMs + seconds * 1000 + number(20, 3);
  return true;
}

constexpr std::array<std::string_view, 5> kOps = {"add", "edit", "hide", "unhide", "remove"};
constexpr std::array<std::string_view, 7> kReactions = {"like", "love", "care", "haha",
                                                        "wow",  "sad",  "angry"};
constexpr std::array<std::string_view, 7> kTypes = {"view",    "click", "message", "reaction",
                                                    "comment", "share", "follow"};

template <size_t N>
int IndexOf(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto it = std::find(names.begin(), names.end(), name);
  return it == names.end() ? -1 : static_cast<int>(it - names.begin());
}

}  // namespace

bool Recount::Fail(std::string_view why, std::string_view line) {
  error_ = std::string(why) + ": " + std::string(line);
  return false;
}

// Every value within the limits of product.md, and no key that it does not name.
bool Recount::Read(std::string_view line, Fields* fields) {
  struct Key {
    std::string_view name;
    size_t limit;
    std::string_view* text;
  };
  const Key keys[] = {{"id", 64, &fields->id},          {"page", 128, &fields->page},
                      {"post", 128, &fields->post},     {"actor", 128, &fields->actor},
                      {"type", 32, &fields->type},      {"op", 6, &fields->op},
                      {"object", 128, &fields->object}, {"reaction", 5, &fields->reaction},
                      {"source", 32, &fields->source}};
  simdjson::dom::object object;
  if (parser_.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS) {
    return Fail("not a JSON object", line);
  }
  bool has_time = false;
  for (const auto field : object) {
    std::string_view text;
    if (field.key == "ts") {
      if (has_time) return Fail("a key given twice", line);
      has_time = field.value.get(text) == simdjson::SUCCESS
                     ? ParseTime(text, &fields->ts_ms)
                     : field.value.get(fields->ts_ms) == simdjson::SUCCESS &&
                           fields->ts_ms > 100'000'000'000;
      continue;
    }
    const Key* key = std::find_if(std::begin(keys), std::end(keys),
                                  [&](const Key& k) { return k.name == field.key; });
    if (key == std::end(keys)) return Fail("an unknown key", line);
    if (!key->text->empty()) return Fail("a key given twice", line);
    if (field.value.get(text) != simdjson::SUCCESS || text.empty() || text.size() > key->limit) {
      return Fail("outside the limits", line);
    }
    *key->text = text;
  }
  const bool must_react = fields->type == "reaction" &&
                          (fields->op.empty() || fields->op == "add" || fields->op == "edit");
  const bool good_reaction =
      fields->reaction.empty()
          ? !must_react
          : fields->type == "reaction" && IndexOf(kReactions, fields->reaction) >= 0;
  const bool good_op =
      fields->op.empty() || (IndexOf(kOps, fields->op) >= 0 && IndexOf(kTypes, fields->type) >= 3);
  if (has_time && !fields->page.empty() && IndexOf(kTypes, fields->type) >= 0 && good_reaction &&
      good_op) {
    return true;
  }
  return Fail("not an event", line);
}

bool Recount::Add(std::string_view line) {
  Fields e;
  if (!Read(line, &e)) return false;
  const std::string page(e.page), type(e.type);
  const bool named_by_id = type == "share" && e.object.empty();
  if (!e.id.empty() && !named_by_id && !ids_.insert(page + "\n" + std::string(e.id)).second) {
    ++duplicates_;
    return true;
  }
  if (IndexOf(kTypes, type) >= 3) {
    std::string identity(e.object);
    if (type == "reaction") identity = std::string(e.actor) + "\n" + std::string(e.post);
    if (type == "follow") identity = e.actor;
    if (named_by_id) identity = "id\n" + std::string(e.id);
    Fact& fact = facts_[page + "\n" + type + "\n" + identity];
    fact.page = page;
    fact.type = type;
    const int op = e.op.empty() ? 0 : IndexOf(kOps, e.op);
    fact.said.insert(
        {e.ts_ms, op, std::string(e.reaction), std::string(e.post), std::string(e.source)});
    return true;
  }
  size_t person = 0;
  if (!e.actor.empty()) {
    person = people_.emplace(std::string(e.actor), people_.size()).first->second;
  }
  std::map<std::string, Totals>& months = pages_[page];
  for (const std::string& month : {std::string(), MonthOf(e.ts_ms)}) {
    Totals& totals = months[month];
    totals.views += type == "view";
    totals.clicks += type == "click";
    totals.messages += type == "message";
    if (type != "view" || e.actor.empty()) continue;
    if (totals.viewers.size() <= person) totals.viewers.resize(person + 1);
    totals.viewers[person] = true;
  }
  return true;
}

void Recount::CountFact(const Fact& fact) {
  bool exists = false, hidden = false;
  for (const Said& said : fact.said) {
    const bool shown_before = exists && !hidden;
    switch (said.op) {
      case 0:
        exists = true;
        hidden = false;
        break;
      case 2:
        hidden = exists;
        break;
      case 3:
        hidden = false;
        break;
      case 4:
        exists = hidden = false;
        break;
    }
    const int change = static_cast<int>(exists && !hidden) - static_cast<int>(shown_before);
    for (const std::string& month : {std::string(), MonthOf(said.ts_ms)}) {
      Totals& totals = pages_[fact.page][month];
      if (fact.type == "reaction") totals.reactions += change;
      if (fact.type == "comment") totals.comments += change;
      if (fact.type == "share") totals.shares += change;
      if (fact.type == "follow") totals.follows += change;
    }
  }
}

void Recount::Finish() {
  for (const auto& [key, fact] : facts_) CountFact(fact);
  facts_.clear();
}

}  // namespace pagepulse
