#pragma once

// How a result is written. FormatResult (query/query.h) is the way in.

#include <string>
#include <vector>

#include "query/result.h"

namespace pagepulse {

std::string FormatJson(const QueryResult& result);
std::string FormatNdjson(const QueryResult& result);  // rows alone, one a line
std::string FormatCsv(const QueryResult& result, bool bom);
std::string FormatTable(const QueryResult& result);

// The columns of a row, in the order in which every format writes them: groupings, metrics, and
// with a comparison `compare.time` (where there is a time) and `compare.<metric>`.
std::vector<std::string> ColumnNames(const QueryResult& result);
bool HasCompareTime(const QueryResult& result);

// A number as every format writes it; "" for null.
std::string NumberText(const Value& value);

// What a reader must know beside the numbers, as sentences: truncation, partial buckets, warnings.
std::vector<std::string> Notes(const QueryResult& result);
std::string TruncationNote(const QueryResult& result);  // empty: all rows are there

}  // namespace pagepulse
