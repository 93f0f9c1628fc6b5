// A result and what changed of it give the result that is now.

import type { Change, Result, Row } from './types.ts';

const groupings = ['time', 'page', 'post', 'source', 'reaction'];

const keyOf = (row: Row, names: string[]) => JSON.stringify(names.map((name) => row[name] ?? null));

// Rows keep their order, new ones go where their time says: an ordered answer comes whole instead.
export function applyChange(result: Result, change: Change): Result {
  const by = (result.query.by ?? []).map((name) => name.split(':')[0]!);
  const names = groupings.filter((name) => by.includes(name) || (name === 'page' && by.includes('post')));
  const rows = new Map(result.rows.map((row) => [keyOf(row, names), row]));
  for (const row of change.removed ?? []) rows.delete(keyOf(row, names));
  for (const row of change.rows ?? []) rows.set(keyOf(row, names), row);
  const list = [...rows.values()];
  if (by[0] === 'time') list.sort((a, b) => Date.parse(String(a.time)) - Date.parse(String(b.time)));
  return {
    query: result.query,
    rows: list,
    totals: change.totals ?? result.totals,
    meta: change.meta ?? result.meta,
  };
}
