#pragma once

// Whose a figure is: ids as tables and links hold them, after spreadsheets had them too.

#include <optional>
#include <string>
#include <string_view>

#include "ingest/adapter.h"

namespace pagepulse {

// 1.22158E+17
bool IsRounded(std::string_view id);
// So or, where the link does not hold it, written out with zeros behind the 15th digit, which is as
// many as a spreadsheet keeps.
bool IsRounded(std::string_view id, std::string_view link);
// The id of a post by its cell; the one in its link, where that is a post's and the cell is empty
// or rounded. kBadPost: neither has one. kRuinedId: it is rounded for good, or the link is that of
// another post.
RejectCode ReadPostId(std::string_view cell, std::string_view link, std::string_view* id);
// A post's name where the page is known by its number, as Facebook's webhook names it.
std::string PostOf(std::string_view page, std::string_view post_id);

// Under --page all of a file counts for that page, so all of it has to be of one: the figures of
// two would become one history. Not thread-safe.
class OnePage {
 public:
  explicit OnePage(const ParseContext& context);
  // Whether what calls its page `own` may count: always without --page, else where the first that
  // was asked about called it the same.
  bool Takes(std::string_view own);

 private:
  const bool asked_;
  std::optional<std::string> first_;
};

}  // namespace pagepulse
