#pragma once

// A client of the stream, written from docs/live.md alone: keeps the answer that the events add up
// to.

#include <boost/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace pagepulse::testing {

struct SseEvent {
  std::string type, id, data;
};

// The events of a stream's text, which ends with one; comments and `retry` are passed over.
inline std::vector<SseEvent> ParseEvents(std::string_view text) {
  std::vector<SseEvent> events;
  SseEvent event;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) throw std::runtime_error("half a line");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto field = [&](std::string_view name, std::string* value) {
      if (line.starts_with(name)) *value = std::string(line.substr(name.size()));
    };
    field("event: ", &event.type);
    field("id: ", &event.id);
    field("data: ", &event.data);
    if (line.empty() && !event.data.empty()) events.push_back(std::exchange(event, {}));
  }
  return events;
}

class SseClient {
 public:
  void Apply(const SseEvent& event) {
    const boost::json::object data = boost::json::parse(event.data).as_object();
    if (event.type == "result") {
      answer = data;
    } else if (event.type == "change") {
      Change(data);
    } else {
      throw std::runtime_error("event " + event.type);
    }
    id = event.id;
  }

  boost::json::object answer;  // as of /v1/query
  std::string id;

 private:
  // A row's key: what is not of a metric.
  bool HasKey(const boost::json::object& row, const boost::json::object& key) const {
    for (const auto& [name, value] : key) {
      const boost::json::value* its = row.if_contains(name);
      if (its == nullptr || *its != value) return false;
    }
    return true;
  }
  boost::json::object KeyOf(const boost::json::object& row) const {
    boost::json::object key;
    for (const char* name : {"time", "page", "post", "source", "reaction"}) {
      if (const auto* value = row.if_contains(name)) key[name] = *value;
    }
    return key;
  }

  void Change(const boost::json::object& change) {
    boost::json::array& rows = answer.at("rows").as_array();
    for (const auto& key : change.at("removed").as_array()) {
      for (size_t i = rows.size(); i > 0; --i) {
        if (HasKey(rows[i - 1].as_object(), key.as_object())) rows.erase(rows.begin() + i - 1);
      }
    }
    for (const auto& row : change.at("rows").as_array()) {
      const boost::json::object key = KeyOf(row.as_object());
      bool found = false;
      for (auto& mine : rows) {
        if (!HasKey(mine.as_object(), key)) continue;
        mine = row;
        found = true;
      }
      if (!found) rows.push_back(row);
    }
    answer["totals"] = change.at("totals");
    answer["meta"] = change.at("meta");
    if (const auto* query = change.if_contains("query")) answer["query"] = *query;
  }
};

}  // namespace pagepulse::testing
