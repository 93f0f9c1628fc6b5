#pragma once

// What a foreign JSON event means, as an operator writes it in the configuration: docs/mappings.md.

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pagepulse {

struct MappingSpec {
  // A JSON Pointer to the array of events in a document. Not set: NDJSON, or an array.
  std::optional<std::string> items;
  // By a native event's key, where its value comes from: the first of these that there is.
  std::map<std::string, std::vector<std::string>> fields;
  // What the events' names are; empty: a name is the type itself.
  std::map<std::string, std::string> types;

  bool operator==(const MappingSpec&) const = default;
};

using MappingSpecs = std::map<std::string, MappingSpec>;  // by the name of the format

}  // namespace pagepulse
