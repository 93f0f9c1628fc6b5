import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitionWords } from '../src/components/definitions.tsx';
import { postsQuery, reconcileQuery, reportedDaysQuery, sinceLastWeekQuery } from '../src/queries.ts';
import { byPage, pairOf, pairsOf, reportedDays, reportedOf, summarize, type Verdict } from '../src/reconcile.ts';
import { crossedBy, isPlatforms, isUnmeasured, type Meta, type Result, type Row } from '../src/types.ts';

const day = (n: number) => `2025-12-${String(n).padStart(2, '0')}T00:00:00+07:00`;
const row = (n: number, views: number, reported: number | null): Row => ({ time: day(n), views, 'reported.views': reported });

test('what a day says', () => {
  const days: [number, number | null, Verdict, number | null, number | null][] = [
    [0, 1, 'nothing', -1, -1],
    [0, 0, 'near', 0, null],
    [49, 100, 'short', -51, -0.51],
    [50, 100, 'near', -50, -0.5],
    [100, 100, 'near', 0, 0],
    [200, 100, 'near', 100, 1],
    [201, 100, 'over', 101, 1.01],
    [1, 10, 'near', -9, -0.9], // a few are no sign
    [1, 11, 'short', -10, -10 / 11],
    [12, 0, 'over', 12, null],
    [-3, 20, 'short', -23, -23 / 20], // more was withdrawn than added
    [7, null, 'unreported', null, null],
  ];
  for (const [ours, theirs, verdict, difference, part] of days) {
    assert.deepEqual(pairOf(row(1, ours, theirs), 'views'), { time: day(1), ours, theirs, difference, part, verdict }, `${ours} ${theirs}`);
  }
  assert.equal(pairOf(row(2, 7, null), 'views', new Set([day(2)])).verdict, 'partial');
});

test('days on end are one run; days of which nothing is reported do not end it', () => {
  const rows = [row(1, 90, 100), row(2, 0, 100), row(3, 5, null), row(4, 20, 100), row(5, 95, 100), row(6, 0, 80), row(7, 0, null)];
  assert.deepEqual(summarize(rows.map((one) => pairOf(one, 'views'))), {
    reported: 5,
    short: 3,
    silent: false,
    runs: [
      { from: day(2), to: day(4), days: 2, nothing: false },
      { from: day(6), to: day(6), days: 1, nothing: true },
    ],
  });
});

test('a few that are missing now and then are no silence; ten in one are', () => {
  const verdicts = (...days: [number, number | null][]) => pairsOf(days.map(([ours, theirs], i) => row(i + 1, ours, theirs)), 'views').map((pair) => pair.verdict);
  assert.deepEqual(verdicts([0, 2], [0, 2], [1, 2], [0, 9]), ['near', 'near', 'near', 'near']);
  assert.deepEqual(verdicts([0, 4], [0, null], [0, 0], [0, 6], [5, 5], [0, 9]), ['nothing', 'unreported', 'near', 'nothing', 'near', 'near']);
  assert.deepEqual(verdicts([0, 10]), ['nothing']);
  assert.deepEqual(verdicts([0, 5], [3, null], [0, 5]), ['near', 'unreported', 'near']);
});

test('of which days there are reports', () => {
  const metrics: Meta['metrics'] = { 'reported.views': { kind: 'reported', days: ['2025-11-10', '2025-11-19'] }, 'reported.reach': { kind: 'reported', days: ['2025-11-08', '2025-11-09'] } };
  assert.deepEqual(reportedDays({ metrics, tz: '', complete_until: '', partial: [], warnings: [] }), { first: '2025-11-08', last: '2025-11-19' });
  assert.equal(reportedDays({ metrics: {}, tz: '', complete_until: '', partial: [], warnings: [] }), null);
  assert.deepEqual(reportedDaysQuery({ page: '*', tz: 'UTC' }).by, ['page']);
});

test('days of which a nothing is reported do not end a run', () => {
  const { runs } = summarize(pairsOf([row(1, 0, 8), row(2, 0, 0), row(3, 0, 9), row(4, 9, 9)], 'views'));
  assert.deepEqual(runs, [{ from: day(1), to: day(3), days: 2, nothing: true }]);
});

test('a metric that never comes is told from one that stopped', () => {
  const of = (...rows: Row[]) => summarize(rows.map((one) => pairOf(one, 'views')));
  assert.equal(of(row(1, 0, 50), row(2, 0, 0), row(3, 0, 60)).silent, true);
  assert.equal(of(row(1, 3, 50), row(2, 0, 60)).silent, false);
  assert.equal(of(row(1, 0, 50)).silent, false);
  assert.deepEqual(of(row(1, 5, null)), { reported: 0, short: 0, silent: false, runs: [] });
});

test('what is asked, and of what something is reported', () => {
  const scope = { page: ['p'], tz: 'Asia/Ho_Chi_Minh' };
  const range = { from: '2025-12-01', to: '2025-12-07' };
  const metrics = ['views', 'reach', 'interactions', 'reactions', 'comments', 'shares', 'follows'];
  assert.deepEqual(reconcileQuery(scope, range, false), { ...scope, ...range, metrics, by: ['time:day'] });
  assert.deepEqual(reconcileQuery({ ...scope, page: '*' }, range, true).by, ['page', 'time:day']);
  assert.deepEqual(reportedOf([row(1, 5, null), row(2, 5, 0)], ['reach', 'views']), ['views']);
  const pages = byPage([{ page: 'b', time: day(1) }, { page: 'a', time: day(1) }, { page: 'b', time: day(2) }]);
  assert.deepEqual([...pages].map(([page, rows]) => [page, rows.length]), [['b', 2], ['a', 1]]);
});

test('a metric that the platform’s reports make, or leave unmeasured, is no count of ours', () => {
  const metrics: Meta['metrics'] = {
    views: { kind: 'additive', platform: ['p', 'q'] },
    reach: { kind: 'distinct', unmeasured: ['p', 'q'] },
    comments: { kind: 'net' },
  };
  const meta: Meta = { metrics, tz: 'UTC', complete_until: '', partial: [], warnings: [] };
  assert.deepEqual(['views', 'reach', 'comments', 'shares'].filter((metric) => isPlatforms(meta, metric, 'p')), ['views', 'reach']);
  assert.equal(isPlatforms(meta, 'views', 'r'), false);
  // Where another page is measured there is a number all the same.
  const of = (reach: number | null): Result => ({ meta, rows: [], totals: { views: 0, reach }, query: { page: ['p'], from: '', to: '', tz: '' } });
  assert.deepEqual([isUnmeasured(of(null), 'reach'), isUnmeasured(of(0), 'reach'), isUnmeasured(of(null), 'views')], [true, false, false]);
});

test('posts that are asked for by name', () => {
  const scope = { page: ['p'], tz: 'UTC' };
  assert.deepEqual(postsQuery(scope, { from: '2025-12-01' }, 'views', ['a,b', 'c']).where, { post: ['a,b', 'c'] });
  assert.equal(postsQuery(scope, { from: '2025-12-01' }, 'views').where, undefined);
});

test('a changed definition is said of its metric, in both languages', () => {
  const crossed = { metric: 'views', report: 'views', since: '2025-11-15' };
  const meta = { metrics: {}, tz: 'UTC', complete_until: '', partial: [], warnings: [], definitions: [crossed] };
  assert.deepEqual(crossedBy(meta, 'views'), [crossed]);
  assert.deepEqual(crossedBy(meta, 'reach'), []);
  assert.deepEqual(crossedBy({ ...meta, definitions: undefined }, 'views'), []);
  assert.equal(
    definitionWords(crossed, 'vi'),
    'Từ 15/11/2025, Meta đếm lượt xem, trước đó là lượt hiển thị. Số trước ngày đó và từ ngày đó không so sánh với nhau được.',
  );
  assert.equal(
    definitionWords(crossed, 'en'),
    'Since 15/11/2025 Meta counts views, before it was impressions. What lies before that day and what lies from it on do not compare.',
  );
  // One that this board does not know yet.
  assert.match(definitionWords({ ...crossed, report: 'saves' }, 'en'), /^Since 15\/11\/2025 the platform counts saves in another way\./);
  // The weekday before and today are asked apart; this spans both.
  assert.equal(sinceLastWeekQuery({ page: '*', tz: 'UTC' }, '2025-11-18').from, '2025-11-11');
});
