#pragma once

// What the names of foreign events mean: docs/mappings.md, "Names". Immutable once built.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

namespace pagepulse {

// The native words that a name stands for.
struct TypeMeaning {
  enum Action : uint8_t {
    kIs,       // of this type, and this op and reaction where they are not empty
    kIgnored,  // it counts nothing
    kItself,   // its type is the name, as TypeFromName makes one of it
  };
  Action action = kIs;
  std::string type, op, reaction;
};

class TypeTable {
 public:
  // By name, "prefix*", "*.suffix" or "*"; the meanings as "view", "reaction love", "comment
  // remove",
  // "-", "*". No entries: every name is itself. INVALID_ARGUMENT: which of them is none, and why.
  static absl::StatusOr<TypeTable> Make(const std::map<std::string, std::string>& entries);

  // Of the exact name, else of one that differs in case and punctuation, else of the longest
  // suffix, else of the longest prefix. A name that nothing fits is ignored.
  const TypeMeaning& Find(std::string_view name) const;

 private:
  absl::flat_hash_map<std::string, TypeMeaning> names_;        // as written, and as NameKey
  absl::flat_hash_map<std::string, TypeMeaning> suffixes_;     // without "*."; as NameKey
  std::vector<std::pair<std::string, TypeMeaning>> prefixes_;  // the longest first
  TypeMeaning other_;
};

// "view", "reaction love remove", "-", "*".
absl::StatusOr<TypeMeaning> ParseTypeMeaning(std::string_view words);

// By what names are compared: lower case, each run of anything but letters and digits one `_`, and
// none at the ends. "Reaction Added" and "$reaction.added" are one name.
std::string NameKey(std::string_view name);

// The custom type that a name makes: as NameKey, but a dot stays. May be longer than a type can be.
std::string TypeFromName(std::string_view name);

}  // namespace pagepulse
