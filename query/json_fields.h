#pragma once

// A JSON body as a query may have it: an object of scalars, lists of scalars, and one level of
// objects that hold the same. Anything deeper is refused, and so is a key given twice.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace pagepulse {

struct JsonField {
  struct Item {
    std::optional<std::string> text;  // numbers and booleans as written; nullopt: null
    bool is_string = false;
  };
  std::string key;
  std::string subkey;   // of an object within; may be empty
  bool nested = false;  // the value is an object, and this is one of its fields
  bool is_list = false;
  std::vector<Item> items;  // one unless is_list
};

// The fields in the order written. INVALID_ARGUMENT `bad_json`.
absl::StatusOr<std::vector<JsonField>> ReadJsonFields(std::string_view json);

}  // namespace pagepulse
