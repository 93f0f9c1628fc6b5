#pragma once

// Reads one TOML table key by key. A reader remembers the keys it was asked for, so that Finish()
// can name what is left over. The first error stays; later calls then do nothing.

#include <toml++/toml.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace pagepulse {

class TomlReader {
 public:
  // `section` as written between brackets, for messages; empty: the top of the file. Both pointers
  // outlive the reader. *error is shared by the readers of a file.
  TomlReader(const toml::table& table, std::string section, std::string_view file,
             absl::Status* error);

  // Each leaves *out alone where the key is absent.
  void String(std::string_view key, std::string* out);
  void Strings(std::string_view key, std::vector<std::string>* out);
  // A string, or a list of them.
  void StringOrStrings(std::string_view key, std::vector<std::string>* out);
  // A table of strings, under keys of any name.
  void StringTable(std::string_view key, std::map<std::string, std::string>* out);
  void Bool(std::string_view key, bool* out);
  void Unsigned(std::string_view key, uint64_t low, uint64_t high, uint64_t* out);
  void Bytes(std::string_view key, uint64_t low, uint64_t high, uint64_t* out);
  // A span of time ("48h"), stored as whole `unit_seconds`; with_forever: 0 and "forever" are 0.
  void Span(std::string_view key, int64_t unit_seconds, bool with_forever, int64_t* out);
  // A string handed to `parse`, whose error gets the place.
  void Parsed(std::string_view key, const std::function<absl::Status(std::string_view)>& parse);

  // A sub-table, a table of tables by name, an array of tables; visited where present.
  void Table(std::string_view key, const std::function<void(TomlReader&)>& visit);
  void Tables(std::string_view key,
              const std::function<void(const std::string& name, TomlReader&)>& visit);
  void TableArray(std::string_view key, const std::function<void(TomlReader&)>& visit);

  // An error of this table as a whole.
  void Fail(std::string_view message, std::string_view hint = "");
  // Refuses the keys that nobody asked for.
  void Finish();

 private:
  const toml::node* Find(std::string_view key);
  void FailAt(const toml::source_region& where, std::string_view message, std::string_view hint);
  void FailType(const toml::node& node, std::string_view key, std::string_view wanted);

  const toml::table& table_;
  std::string section_;
  std::string_view file_;
  absl::Status* error_;
  std::vector<std::string> known_;
};

}  // namespace pagepulse
