// Exports of Meta's, in English and in Vietnamese, through the real binary: which of two is loaded
// first, into a directory or through a server, killed or not, makes no difference; and what we
// counted stands beside what was reported.
//
//   node tests/integration/reports.mjs

import assert from 'node:assert';
import { writeFileSync } from 'node:fs';

import { run, Server, temporaryDirectory } from './process.mjs';

const directory = temporaryDirectory();
const page = '1001';

const english = ['Post ID', 'Page ID', 'Title', 'Publish time', 'Permalink', 'Date', 'Views',
  '"Reactions, Comments and Shares"', 'Reactions', 'Comments', 'Shares'];
const vietnamese = ['ID bài viết', 'Tên Trang', 'Tiêu đề', 'Thời gian đăng', 'Liên kết vĩnh viễn', 'Ngày', 'Lượt xem',
  '"Cảm xúc, bình luận và lượt chia sẻ"', 'Cảm xúc', 'Bình luận', 'Lượt chia sẻ'];

// [post, views, reactions, comments, shares] as they stood at the end of August and of September.
const august = [['51', 1000, 60, 10, 5], ['52', 300, 8, 0, 0]];
const september = [['51', 1450, 59, 12, 5], ['52', 300, 8, 1, 0], ['53', 70, 0, 0, 0]];

function content(name, header, rows) {
  const second = header === english ? page : 'Phường';
  const lines = rows.map(([post, views, r, c, s]) =>
    [post, second, `"Bài, ${post}"`, '08/05/2025 18:30', `https://www.facebook.com/${page}/posts/${post}`,
      'Lifetime', views, r + c + s, r, c, s].join(','));
  const path = `${directory}/${name}`;
  writeFileSync(path, '\uFEFF' + [header.join(','), ...lines].join('\r\n') + '\r\n');
  return path;
}

function series(name, title, days) {
  const lines = ['sep=,', `"${title}"`, '"Date","Primary"', ...days.map(([day, n]) => `"${day}T00:00:00","${n}"`)];
  const path = `${directory}/${name}`;
  writeFileSync(path, Buffer.from('\uFEFF' + lines.join('\r\n') + '\r\n', 'utf16le'));
  return path;
}

const config = `${directory}/config.toml`;
writeFileSync(config, `[pages."${page}".authority]\nviews = "platform"\nreactions = "platform"\ncomments = "platform"\n`);

async function backfill(place, args, { code = 0, out } = {}) {
  const result = await run(['backfill', '--config', config, ...place, ...args]);
  assert.strictEqual(result.code, code, JSON.stringify(result));
  if (out) assert.match(result.stdout, out);
  return result;
}

async function ask(place, words, command = 'query') {
  const { code, stdout, stderr } = await run([command, '--config', config, ...place, '--format', 'json', words]);
  assert.strictEqual(code, 0, stderr);
  return JSON.parse(stdout);
}

const range = `page=${page} from=2025-08-01 to=2025-10-31`;
const loadOf = (file) => ['--format', 'meta-content', '--page', page, '--tz', 'Asia/Ho_Chi_Minh', file];

// What both languages must give, from the tables above.
async function check(place) {
  const { totals } = await ask(place, `${range} metrics=views,reactions,comments,shares,reactions.added,reactions.removed`);
  assert.deepStrictEqual(totals, { views: 1820, reactions: 67, comments: 13, shares: 0, 'reactions.added': 68, 'reactions.removed': 1 });
  const { rows } = await ask(place, `${range} metrics=views,comments by=time:day fill=none`);
  assert.deepStrictEqual(rows, [
    { time: '2025-08-31T00:00:00+07:00', views: 1300, comments: 10 },
    { time: '2025-09-30T00:00:00+07:00', views: 520, comments: 3 },
  ]);
  const posts = await ask(place, `${range} metrics=views,reported.views,reported.shares by=post order=-views`);
  assert.deepStrictEqual(posts.rows, [
    { post: '1001_51', views: 1450, 'reported.views': 1450, 'reported.shares': 5 },
    { post: '1001_52', views: 300, 'reported.views': 300, 'reported.shares': 0 },
    { post: '1001_53', views: 70, 'reported.views': 70, 'reported.shares': 0 },
  ]);
  assert.strictEqual(posts.totals['reported.views'], null);
}

for (const [language, header] of Object.entries({ english, vietnamese })) {
  const first = content('Aug-01-2025_Aug-31-2025_111.csv', header, august);
  const second = content('Sep-01-2025_Sep-30-2025_222.csv', header, september);
  for (const [order, files] of Object.entries({ forward: [first, second], backward: [second, first] })) {
    const place = ['--data', `${directory}/${language}-${order}`];
    for (const file of files) await backfill(place, loadOf(file), { out: /^\d+ received: \d+ accepted, 0 duplicate, 0 rejected/ });
    await check(place);
    // Again, under another job: nothing new.
    await backfill(place, ['--job', 'again', ...loadOf(first)], { out: /^10 received: 0 accepted, 10 duplicate/ });
    await check(place);
  }
}

// Undone, what one job alone had told is gone; what another had told too is that one's.
async function undo(place) {
  const first = content('Aug-01-2025_Aug-31-2025_111.csv', english, august);
  const second = content('Sep-01-2025_Sep-30-2025_222.csv', english, september);
  const copy = content('Sep-01-2025_Sep-30-2025_333.csv', vietnamese, september);
  const takeOut = (job, out) => backfill(place, ['--undo', job], { out });
  const totals = async () => (await ask(place, `${range} metrics=views,reactions,comments`)).totals;
  for (const [job, file] of [['august', first], ['september', second], ['copy', copy]]) {
    await backfill(place, ['--job', job, ...loadOf(file)]);
  }
  // Five figures of each of three posts, all told by the copy too.
  await takeOut('september', /^0 events of job `september` taken out.*\n15 reported figures taken out\n15 of them another sender had told too/);
  await check(place);
  await takeOut('copy', /\n15 reported figures taken out\n$/);
  assert.deepStrictEqual(await totals(), { views: 1300, reactions: 68, comments: 10 });
  const posts = await ask(place, `${range} metrics=views,reported.views by=post order=-views`);
  assert.deepStrictEqual(posts.rows, [
    { post: '1001_51', views: 1000, 'reported.views': 1000 },
    { post: '1001_52', views: 300, 'reported.views': 300 },
  ]);
  await takeOut('august', /\n10 reported figures taken out\n$/);
  assert.deepStrictEqual(await totals(), { views: 0, reactions: 0, comments: 0 });
  await takeOut('august', /nothing to do/);
  for (const [job, file] of [['copy', copy], ['august', first]]) await backfill(place, ['--job', job, ...loadOf(file)]);
  await check(place);
}
await undo(['--data', `${directory}/undone`]);
{
  const server = new Server(`${directory}/undone-served`, ['--config', config]);
  assert(await server.start(), server.log);
  await undo(['--server', server.url]);
  await server.kill();
  assert(await server.start(), server.log);
  await check(['--server', server.url]);
  await server.kill('SIGTERM');
}

// Through a server, killed between the two and after them.
const server = new Server(`${directory}/served`, ['--config', config]);
assert(await server.start(), server.log);
const there = () => ['--server', server.url];
await backfill(there(), loadOf(content('Sep-01-2025_Sep-30-2025_222.csv', vietnamese, september)));
await server.kill();
assert(await server.start(), server.log);
await backfill(there(), loadOf(content('Aug-01-2025_Aug-31-2025_111.csv', english, august)));
await server.kill();
assert(await server.start(), server.log);
await check(there());

// Events of ours are not counted beside them, and the answer says so.
const events = ['view', 'click', 'view'].map((type, i) =>
  JSON.stringify({ id: `e${i}`, ts: Date.UTC(2025, 9, 2), page, type })).join('\n');
const sent = await server.request('/v1/events', { method: 'POST', body: events });
assert.deepStrictEqual(JSON.parse(sent.text), { received: 1, accepted: 1, duplicate: 0, rejected: 0, errors: [], ignored: 2, overruled: 2 });
await check(there());
assert.match((await server.request('/metrics')).text, /^pagepulse_overruled_total 2$/m);

// A daily series beside what we counted: the days on which our feed stood still are named. (Of the
// other page, since the platform's totals are no count of ours.)
const counted = '1002';
const view = (id, day) => JSON.stringify({ id, ts: `2025-${day}T12:00:00+07:00`, page: counted, type: 'view', count: 520 });
await server.request('/v1/events', { method: 'POST', body: view('own', '09-30') });
await backfill(there(), ['--format', 'meta-series', '--page', page,
  series('luot_click.csv', 'Facebook link clicks', [['2025-10-01', 4]])]);
await backfill(there(), ['--format', 'meta-series', '--page', counted,
  series('Views.csv', 'Views', [['2025-10-01', 40], ['2025-10-02', 30]])]);
// Exported anew with a day more: all of it is read, though it begins as it did.
await backfill(there(), ['--format', 'meta-series', '--page', counted, '--exported', '2025-10-04',
  series('reach.csv', 'Viewers', [['2025-10-01', 4]])], { out: /^1 received: 1 accepted/ });
await backfill(there(), ['--format', 'meta-series', '--page', counted, '--exported', '2025-10-04',
  series('reach.csv', 'Viewers', [['2025-10-01', 4], ['2025-10-02', 5]])], { out: /^2 received: 1 accepted, 1 duplicate/ });
const beside = await ask(there(), `page=${counted} metrics=views from=2025-09-30 to=2025-10-02`, 'reconcile');
assert.deepStrictEqual(beside.rows, [
  { time: '2025-09-30T00:00:00+07:00', views: 520, 'reported.views': null, 'difference.views': null },
  { time: '2025-10-01T00:00:00+07:00', views: 0, 'reported.views': 40, 'difference.views': -40 },
  { time: '2025-10-02T00:00:00+07:00', views: 0, 'reported.views': 30, 'difference.views': -30 },
]);
assert(beside.meta.warnings.some((text) => text.startsWith('views of page `1002`: nothing was counted in 2 of the buckets')), beside.meta.warnings);
assert.deepStrictEqual(beside.query.metrics, ['views']);
assert.match((await server.request('/v1/pages')).text, /"page":"1001",[^}]*"authority":\{"views":"platform","reactions":"platform","comments":"platform"\}/);
const theirs = await ask(there(), `page=${page} metrics=views from=2025-09-30 to=2025-10-02`, 'reconcile');
assert(theirs.meta.warnings.some((text) => text.startsWith('views of page `1001` is counted from the platform')), theirs.meta.warnings);
const byUrl = await server.request(`/v1/reconcile?page=${page}&from=2025-10-01&to=2025-10-02`);
assert.strictEqual(byUrl.status, 200, byUrl.text);
assert.deepStrictEqual(Object.keys(JSON.parse(byUrl.text).rows[0]), ['time',
  'views', 'reported.views', 'difference.views', 'reach', 'reported.reach', 'difference.reach',
  'interactions', 'reported.interactions', 'difference.interactions']);
for (const [metrics, code] of [['messages', 'unsupported'], ['veiws', 'unsupported']]) {
  const refused = await server.request(`/v1/reconcile?page=${page}&metrics=${metrics}&last=7d`);
  assert.strictEqual(refused.status, 400);
  assert.strictEqual(JSON.parse(refused.text).error.code, code);
}

// What cannot be read says what is missing.
for (const [args, message] of [
  [['--format', 'meta-content', '--page', page, `${directory}/Views.csv`], /--tz/],
  [['--format', 'meta-series', `${directory}/Views.csv`], /--page ID/],
  [['--format', 'graph-insights', `${directory}/Views.csv`], /not JSON/],
  [loadOf(`${directory}/Views.csv`), /Views\.csv: Nothing says when .*--exported/s],
]) {
  for (const place of [there(), ['--data', `${directory}/refused`]]) {
    const result = await backfill(place, ['--job', 'refused', ...args], { code: 1 });
    assert.match(result.stderr, message);
  }
}
// What was counted by other options is not passed over as done.
for (const place of [there(), ['--data', `${directory}/english-forward`]]) {
  const file = content('Aug-01-2025_Aug-31-2025_111.csv', english, august);
  const { stderr } = await backfill(place, ['--exported', '2025-08-30', ...loadOf(file)], { code: 1 });
  const options = '`--format meta-content --page 1001 --tz Asia/Ho_Chi_Minh';
  assert(stderr.includes(`111.csv: job \`default\` has counted it with ${options}\``), stderr);
  assert(stderr.includes(`with ${options} --exported 2025-08-30\``), stderr);
}
await backfill(there(), ['--tz', 'Mars/Olympus', ...loadOf(`${directory}/Views.csv`).slice(0, 4), 'x'], { code: 2 });

// Another authority for what was counted: refused.
await server.kill('SIGTERM');
const changed = await run(['serve', '--data', `${directory}/served`, '--listen', '127.0.0.1:0']);
assert.strictEqual(changed.code, 1);
assert.match(changed.stderr, /were counted from the platform's reports/);
console.log('ok');
