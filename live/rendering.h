#pragma once

// A result as text, in the parts that change on their own. What a viewer is told is decided by
// comparing these: what reads the same is the same.

#include <string>
#include <vector>

#include "query/result.h"

namespace pagepulse {

struct Rendering {
  struct Row {
    std::string key;   // the object of its groupings
    std::string json;  // the whole row
  };
  std::string query;  // as resolved
  std::vector<Row> rows;
  std::string totals;
  std::string meta;
  std::string lasting_meta;  // without what moves though nothing happened
};

Rendering Render(const QueryResult& result);

}  // namespace pagepulse
