// A result and what changed of it give the result that is now.

import type { Change, Result, Row } from './types.ts';

const groupings = ['time', 'page', 'post', 'source', 'reaction'];

const keyOf = (row: Row) => JSON.stringify(groupings.map((name) => row[name]));

// New rows come behind the others: what would not give the right order comes as a whole result.
export function applyChange(result: Result, change: Change): Result {
  const rows = new Map(result.rows.map((row) => [keyOf(row), row]));
  for (const row of change.removed) rows.delete(keyOf(row));
  for (const row of change.rows) rows.set(keyOf(row), row);
  const { totals, meta, query = result.query } = change;
  return { query, rows: [...rows.values()], totals, meta };
}
