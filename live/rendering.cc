#include "live/rendering.h"

#include "query/json_writer.h"
#include "query/query.h"

namespace pagepulse {

Rendering Render(const QueryResult& result) {
  const JsonWriter writer(result);
  Rendering rendering;
  rendering.query = QueryJson(result.query);
  rendering.rows.resize(result.rows.size());
  for (size_t i = 0; i < result.rows.size(); ++i) {
    writer.AppendKey(result.rows[i], &rendering.rows[i].key);
    writer.AppendRow(result.rows[i], &rendering.rows[i].json);
  }
  writer.AppendTotals(&rendering.totals);
  writer.AppendMeta(JsonWriter::kWithCompleteUntil, &rendering.meta);
  writer.AppendMeta(JsonWriter::kWithoutCompleteUntil, &rendering.lasting_meta);
  return rendering;
}

}  // namespace pagepulse
