import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyChange } from '../src/merge.ts';
import { EventReader } from '../src/sse.ts';
import { fold, searchBy } from '../src/fold.ts';
import type { Result } from '../src/types.ts';

test('a stream is read the same in any pieces', () => {
  const text = 'retry: 2000\n\nevent: result\nid: 7-1\ndata: {"a":\r\ndata: "ữ"}\r\n\r\n: heartbeat\n\nevent: change\nid: 7-2\ndata: {}\n\n';
  const whole = new EventReader().push(text);
  assert.deepEqual(whole, [
    { event: 'result', data: '{"a":\n"ữ"}', id: '7-1' },
    { event: 'change', data: '{}', id: '7-2' },
  ]);
  for (let size = 1; size < 12; ++size) {
    const reader = new EventReader();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...reader.push(text.slice(at, at + size)));
    assert.deepEqual(events, whole);
  }
});

const meta = { metrics: {}, tz: 'UTC', complete_until: 'a', partial: [], warnings: [] };

test('a change is laid over the result', () => {
  const query = { page: ['p'], from: 'f', to: 't', by: ['time:minute'], tz: 'UTC' };
  const at = (minute: number, views: number) => ({ time: `2025-12-18T00:0${minute}:00+00:00`, views });
  const result: Result = { query, rows: [at(1, 5), at(2, 6), at(3, 7)], totals: { views: 18 }, meta };
  const next = applyChange(result, {
    rows: [at(2, 9), at(4, 1)],
    removed: [{ time: at(1, 0).time }, { time: at(0, 0).time }],
    totals: { views: 17 },
    meta: { ...meta, complete_until: 'b' },
    query: { ...query, from: 'g' },
  });
  assert.deepEqual(next.rows, [at(2, 9), at(3, 7), at(4, 1)]);
  assert.deepEqual(next.totals, { views: 17 });
  assert.equal(next.meta.complete_until, 'b');
  assert.equal(next.query.from, 'g');
  assert.equal(result.rows.length, 3);
});

test('rows of groups are told apart by all that groups them', () => {
  const query = { page: ['p', 'q'], from: 'f', to: 't', by: ['post'], tz: 'UTC' };
  const rows = [{ page: 'p', post: '1', views: 1 }, { page: 'q', post: '1', views: 2 }];
  const change = { rows: [{ page: 'q', post: '1', views: 3 }], removed: [], totals: {}, meta };
  const next = applyChange({ query, rows, totals: {}, meta }, change);
  assert.deepEqual(next.rows, [{ page: 'p', post: '1', views: 1 }, { page: 'q', post: '1', views: 3 }]);
  assert.equal(next.query, query);
});

test('a group without a name is a group', () => {
  const query = { page: ['p'], from: 'f', to: 't', by: ['source'], tz: 'UTC' };
  const rows = [{ source: null, views: 1 }, { source: 'web', views: 2 }];
  const change = { rows: [{ source: null, views: 5 }], removed: [{ source: 'web' }], totals: {}, meta };
  assert.deepEqual(applyChange({ query, rows, totals: {}, meta }, change).rows, [{ source: null, views: 5 }]);
});

test('duong finds Đường, as typed comes first', () => {
  assert.equal(fold('Đường Thống Nhất'), 'duong thong nhat');
  const names = ['Bình Dương', 'Chợ Đường', 'Đường Láng', 'duong-pho'];
  const search = (text: string) => searchBy(names, text, (name) => [name]);
  assert.deepEqual(search('duong'), ['duong-pho', 'Đường Láng', 'Bình Dương', 'Chợ Đường']);
  assert.deepEqual(search('đường').slice(0, 2), ['Đường Láng', 'Chợ Đường']);
  assert.deepEqual(search('xyz'), []);
  assert.deepEqual(search(' '), names);
});
