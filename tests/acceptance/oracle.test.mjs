// The recounts themselves, against answers worked out by hand.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { walk } from './facts.mjs';

// Walks 'op:kind@post/source' at times 1, 2, … and tells the moves as 'time:±kind@post/source'.
function moves(...events) {
  const history = events.map((event, index) => {
    const [, op, kind = '', post = '', source = ''] =
      /^(\w+)(?::(\w*))?(?:@(\w*))?(?:\/(\w*))?$/.exec(event);
    return { ts: index + 1, op, kind, post, source };
  });
  return walk(history)
    .map(({ ts, n, kind, post, source }) => `${ts}:${n > 0 ? '+' : '-'}${kind}@${post}/${source}`)
    .join(' ');
}

test('a fact counts when it becomes present and when it ceases to be', () => {
  const cases = [
    [['add:love@p/web'], '1:+love@p/web'],
    [['add:love', 'add:love'], '1:+love@/'],
    [['add:love', 'add:wow'], '1:+love@/ 2:-love@/ 2:+wow@/'],
    [['add:love', 'edit:wow'], '1:+love@/ 2:-love@/ 2:+wow@/'],
    [['add:love', 'edit:love'], '1:+love@/'],
    [['edit:wow', 'hide', 'unhide', 'remove'], ''],
    [['edit:wow', 'add:love'], '2:+love@/'],
    [['add:love', 'remove', 'remove'], '1:+love@/ 2:-love@/'],
    [['add:love', 'remove:wow'], '1:+love@/ 2:-love@/'],
    [['add:love', 'hide', 'edit:wow', 'unhide'], '1:+love@/ 2:-love@/ 4:+wow@/'],
    [['add:love', 'hide', 'hide', 'remove', 'unhide'], '1:+love@/ 2:-love@/'],
    [['add:love', 'hide', 'add:wow'], '1:+love@/ 2:-love@/ 3:+wow@/'],
    // Post and source are those of the add that last brought it out of absence.
    [['add:love@a/x', 'add:wow@b/y', 'remove@c/z'], '1:+love@a/x 2:-love@a/x 2:+wow@a/x 3:-wow@a/x'],
    [['add:love@a/x', 'hide', 'add:love@b/y'], '1:+love@a/x 2:-love@a/x 3:+love@a/x'],
    [['add:love@a/x', 'remove', 'add:love@b/y'], '1:+love@a/x 2:-love@a/x 3:+love@b/y'],
  ];
  for (const [events, expected] of cases) assert.equal(moves(...events), expected, events.join(' '));
});

test('the same event told again is one event', () => {
  const add = { ts: 1, op: 'add', kind: '', post: '', source: '' };
  const remove = { ...add, op: 'remove' };
  assert.equal(walk([add, add, remove, remove]).length, 2);
});

// Days change at 17:00 UTC. Each line tells what it adds to the day it falls on.
const LINES = `
{"id":1,"ts":"2025-07-01T16:59:59.999Z","page":"a","actor":"u1","type":"view","count":3,"post":"p1","source":"web"}
{"id":"1","ts":"2025-07-05T00:00:00Z","page":"a","actor":"u9","type":"click"}
{"id":1,"ts":1751389200,"page":"b","actor":"u1","type":"view"}
{"id":2,"ts":1751389200000,"page":"a","actor":"u1","type":"view","post":"p1"}
{"ts":"2025-07-02T00:00:00+07:00","page":"a","actor":5,"type":"view"}
{"ts":"2025-07-02T00:00:00+07:00","page":"a","actor":"5","type":"view"}
{"ts":"2025-07-02T01:00:00Z","page":"a","actor":"u2","type":"reaction","reaction":"wow","op":"edit","post":"p1"}
{"ts":"2025-07-01T01:00:00Z","page":"a","actor":"u2","type":"reaction","reaction":"love","post":"p1","source":"web"}
{"ts":"2025-07-01T01:00:00Z","page":"a","actor":"u2","type":"reaction","reaction":"love","post":"p1","source":"web"}
{"ts":"2025-08-03T01:00:00Z","page":"a","actor":"u2","type":"reaction","op":"remove","post":"p1"}
{"ts":"2025-07-02T02:00:00Z","page":"a","actor":"u3","type":"reaction","reaction":"sorry","post":"p2"}
{"ts":"2025-07-02T02:00:00Z","page":"a","actor":"u3","type":"reaction","reaction":"sad","object":"c1","post":"p2"}
{"ts":"2025-07-02T02:00:00Z","page":"a","type":"reaction","reaction":"like","count":7,"post":"p2"}
{"ts":"2025-07-02T02:00:00Z","page":"a","type":"reaction","op":"remove","count":2,"post":"p2"}
{"id":"c1","ts":"2025-07-02T03:00:00Z","page":"a","actor":"u3","type":"comment","object":"c1","post":"p1"}
{"id":"c2","ts":"2025-07-02T04:00:00Z","page":"a","type":"comment","op":"hide","object":"c1","post":"p1"}
{"id":"s1","ts":"2025-07-02T05:00:00Z","page":"a","actor":"u4","type":"share","post":"p2"}
{"id":"s1","ts":"2025-07-02T06:00:00Z","page":"a","actor":"u4","type":"share","op":"remove","post":"p2"}
{"id":"s1","ts":"2025-07-02T07:00:00Z","page":"a","actor":"u5","type":"share","op":"add","post":"p1"}
{"ts":"2025-07-02T05:00:00Z","page":"a","actor":"u6","type":"follow"}
{"ts":"2025-07-02T05:00:00Z","page":"a","actor":"u6","type":"poll.vote","count":2}
{"ts":"2025-07-02T05:00:00Z","page":"a","actor":"u7","type":"click"}
`;

const expected = {
  additive: [
    // 2025-07-01: the first view (three of them), and u2's love.
    ['a', '2025-07-01', 'interactions', 1], ['a', '2025-07-01', 'interactions.added', 1],
    ['a', '2025-07-01', 'reactions', 1], ['a', '2025-07-01', 'reactions.added', 1],
    ['a', '2025-07-01', 'reactions.love', 1], ['a', '2025-07-01', 'reactions.love.added', 1],
    ['a', '2025-07-01', 'views', 3],
    // 2025-07-02: views of id 2 and of "5", twice; clicks: u7 (id "1" is id 1 told again).
    ['a', '2025-07-02', 'clicks', 1], ['a', '2025-07-02', 'poll.vote', 2],
    ['a', '2025-07-02', 'follows', 1], ['a', '2025-07-02', 'follows.added', 1],
    ['a', '2025-07-02', 'views', 3],
    // u3's two sads (another object is another fact), seven likes; love became wow; two unknown left.
    ['a', '2025-07-02', 'reactions.like', 7], ['a', '2025-07-02', 'reactions.like.added', 7],
    ['a', '2025-07-02', 'reactions.sad', 2], ['a', '2025-07-02', 'reactions.sad.added', 2],
    ['a', '2025-07-02', 'reactions.love', -1], ['a', '2025-07-02', 'reactions.love.removed', 1],
    ['a', '2025-07-02', 'reactions.wow', 1], ['a', '2025-07-02', 'reactions.wow.added', 1],
    ['a', '2025-07-02', 'reactions', 7], ['a', '2025-07-02', 'reactions.added', 10],
    ['a', '2025-07-02', 'reactions.removed', 3],
    // The comment came and was hidden; the share came, went, and came again on p1.
    ['a', '2025-07-02', 'comments.added', 1], ['a', '2025-07-02', 'comments.removed', 1],
    ['a', '2025-07-02', 'shares', 1], ['a', '2025-07-02', 'shares.added', 2],
    ['a', '2025-07-02', 'shares.removed', 1],
    ['a', '2025-07-02', 'interactions', 8], ['a', '2025-07-02', 'interactions.added', 13],
    ['a', '2025-07-02', 'interactions.removed', 5],
    // 2025-08-03: the wow went.
    ['a', '2025-08-03', 'interactions', -1], ['a', '2025-08-03', 'interactions.removed', 1],
    ['a', '2025-08-03', 'reactions', -1], ['a', '2025-08-03', 'reactions.removed', 1],
    ['a', '2025-08-03', 'reactions.wow', -1], ['a', '2025-08-03', 'reactions.wow.removed', 1],
    ['b', '2025-07-02', 'views', 1],
  ],
  // p1 in July: love, then wow for it (web's), a comment that was hidden, a share: 2. p2: sad, sad,
  // seven likes less two, a share that came and went: 7.
  topPosts: [{
    page: 'a', month: '2025-07',
    posts: [{ post: 'p2', interactions: 7 }, { post: 'p1', interactions: 2 }],
  }],
  distinct: [
    // reach: u1 on the 1st; u1 and 5 on the 2nd. engaged: u2; then u3, u4, u5, u7. u2's edit is none.
    ['a', 'day', '2025-07-01', 'engaged', 1], ['a', 'day', '2025-07-01', 'reach', 1],
    ['a', 'day', '2025-07-02', 'engaged', 4], ['a', 'day', '2025-07-02', 'reach', 2],
    ['a', 'month', '2025-07', 'engaged', 5], ['a', 'month', '2025-07', 'reach', 2],
    ['a', 'total', '', 'engaged', 5], ['a', 'total', '', 'reach', 2],
    ['b', 'day', '2025-07-02', 'reach', 1], ['b', 'month', '2025-07', 'reach', 1],
    ['b', 'total', '', 'reach', 1],
    // u1 saw both pages and is one.
    ['a,b', 'day', '2025-07-01', 'engaged', 1], ['a,b', 'day', '2025-07-01', 'reach', 1],
    ['a,b', 'day', '2025-07-02', 'engaged', 4], ['a,b', 'day', '2025-07-02', 'reach', 2],
    ['a,b', 'month', '2025-07', 'engaged', 5], ['a,b', 'month', '2025-07', 'reach', 2],
    ['a,b', 'total', '', 'engaged', 5], ['a,b', 'total', '', 'reach', 2],
  ],
};

const folder = fileURLToPath(new URL('.', import.meta.url));
const skip = existsSync(join(folder, 'node_modules/@duckdb/node-api')) ? false :
  'npm install in tests/acceptance brings DuckDB';

test('a small file, counted by hand', { skip }, () => {
  const out = mkdtempSync(join(tmpdir(), 'oracle-'));
  try {
    writeFileSync(join(out, 'events.ndjson'), LINES.trimStart());
    const summary = execFileSync(process.execPath,
      [join(folder, 'recount_duckdb.mjs'), '--out', out, join(out, 'events.ndjson')],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    assert.deepEqual(JSON.parse(summary), {
      tz: 'Asia/Ho_Chi_Minh', from: '2025-07-01', to: '2025-08-03',
      lines: 22, counted: 21, duplicates: 1, facts: 6,
    });
    const read = (name) => readFileSync(join(out, name), 'utf8').split('\n').filter(Boolean)
      .map((line) => JSON.parse(line));
    const sorted = (list) => list.map((row) => row.join(' ')).sort();
    assert.deepEqual(
      sorted(read('additive.ndjson').map(({ page, day, metric, value }) => [page, day, metric, value])),
      sorted(expected.additive));
    assert.deepEqual(read('top_posts.ndjson'), expected.topPosts);
    const people = read('distinct.ndjson')
      .map(({ pages, step, time, metric, value }) => [pages.join(','), step, time, metric, value]);
    assert.deepEqual([...new Set(sorted(people))], sorted(expected.distinct));
    // Source: the love and the wow that it became were web's, and so was the removal.
    const web = read('sources.ndjson').filter(({ source }) => source === 'web');
    assert.deepEqual(sorted(web.map(({ metric, value }) => [metric, value])), sorted([
      ['views', 3], ['reactions.added', 2], ['reactions.removed', 2], ['interactions.added', 2],
      ['interactions.removed', 2], ['reactions.love.added', 1], ['reactions.love.removed', 1],
      ['reactions.wow.added', 1], ['reactions.wow.removed', 1],
    ]));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
