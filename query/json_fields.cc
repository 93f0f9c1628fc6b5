#include "query/json_fields.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "base/error.h"
// Boost.JSON is compiled here and nowhere else.
#include "boost/json/basic_parser_impl.hpp"
#include "boost/json/src.hpp"

namespace pagepulse {
namespace {

namespace json = boost::json;

absl::Status BadJson(std::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "bad_json", why,
                   R"(send one object: {"page":["ID"],"metrics":["views"],"last":"30d"})");
}

// Takes the parser's events and keeps fields; `why` names the first thing that is not a query's.
class FieldHandler {
 public:
  static constexpr size_t max_object_size = std::numeric_limits<size_t>::max();
  static constexpr size_t max_array_size = std::numeric_limits<size_t>::max();
  static constexpr size_t max_key_size = std::numeric_limits<size_t>::max();
  static constexpr size_t max_string_size = std::numeric_limits<size_t>::max();

  using Error = json::error_code;
  using View = json::string_view;

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }

  bool on_object_begin(Error& error) {
    if (in_list_ || objects_ == 2) return Refuse("an object where a name is meant", error);
    ++objects_;
    keys_[objects_ - 1].clear();
    return true;
  }
  bool on_object_end(size_t, Error&) {
    if (objects_ == 2 && keys_[1].empty()) {
      path_[1].clear();
      StartField();
    }
    --objects_;
    return true;
  }
  bool on_array_begin(Error& error) {
    if (objects_ == 0) return Refuse("a list where an object is meant", error);
    if (in_list_) return Refuse("a list in a list", error);
    in_list_ = true;
    StartField();
    return true;
  }
  bool on_array_end(size_t, Error&) {
    in_list_ = false;
    return true;
  }

  bool on_key_part(View part, size_t, Error&) { return Append(part); }
  bool on_key(View part, size_t, Error& error) {
    Append(part);
    std::string key = std::exchange(text_, {});
    if (!keys_[objects_ - 1].insert(key).second) {
      return Refuse(fmt::format("the key `{}` is given twice", key), error);
    }
    path_[objects_ - 1] = std::move(key);
    return true;
  }
  bool on_string_part(View part, size_t, Error&) { return Append(part); }
  bool on_string(View part, size_t, Error& error) {
    Append(part);
    return Add({std::exchange(text_, {}), true}, error);
  }

  bool on_number_part(View part, Error&) { return Append(part); }
  bool on_int64(int64_t, View part, Error& error) { return AddNumber(part, error); }
  bool on_uint64(uint64_t, View part, Error& error) { return AddNumber(part, error); }
  bool on_double(double, View part, Error& error) { return AddNumber(part, error); }
  bool on_bool(bool value, Error& error) { return Add({value ? "true" : "false"}, error); }
  bool on_null(Error& error) { return Add({std::nullopt}, error); }
  bool on_comment_part(View, Error&) { return true; }
  bool on_comment(View, Error&) { return true; }

  std::vector<JsonField> fields;
  std::string why;

 private:
  bool Append(View part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool AddNumber(View part, Error& error) {
    Append(part);
    return Add({std::exchange(text_, {})}, error);
  }
  bool Add(JsonField::Item item, Error& error) {
    if (objects_ == 0) return Refuse("a value where an object is meant", error);
    if (!in_list_) StartField();
    fields.back().items.push_back(std::move(item));
    return true;
  }
  void StartField() {
    JsonField& field = fields.emplace_back();
    field.key = path_[0];
    field.is_list = in_list_;
    field.nested = objects_ == 2;
    if (field.nested) field.subkey = path_[1];
  }
  bool Refuse(std::string reason, Error& error) {
    why = std::move(reason);
    error = json::error::incomplete;  // any error ends the parse; `why` is what is told
    return false;
  }

  int objects_ = 0;  // open ones
  bool in_list_ = false;
  std::string text_;
  std::string path_[2];
  absl::flat_hash_set<std::string> keys_[2];
};

}  // namespace

absl::StatusOr<std::vector<JsonField>> ReadJsonFields(std::string_view text) {
  json::basic_parser<FieldHandler> parser{json::parse_options()};
  json::error_code error;
  const size_t used = parser.write_some(false, text.data(), text.size(), error);
  FieldHandler& handler = parser.handler();
  if (!handler.why.empty()) return BadJson(handler.why);
  if (error) {
    return BadJson(fmt::format("the body is not JSON ({} at byte {})", error.message(), used));
  }
  if (text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) {
    return BadJson(fmt::format("something follows the JSON object, at byte {}", used));
  }
  return std::move(handler.fields);
}

}  // namespace pagepulse
