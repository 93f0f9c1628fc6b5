// The Facebook webhook from outside: captured deliveries, signed, through a socket of the real binary,
// against a count of tests/ingest/facebook_expected.tsv that shares nothing with the engine.
//
//   PAGEPULSE=build/dev/tools/pagepulse node tests/acceptance/facebook.test.mjs [--seed S]
//
// Exit code 77: the captures are not here.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { Server, temporaryDirectory } from '../integration/process.mjs';
import { MADE_UP_PAGE, MADE_UP_REJECTIONS, madeUpDeliveries } from './facebook_made_up.mjs';
import { OPS, walk } from './facts.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const FIXTURES = at('../../../shared/fixtures');
const EXPECTED = at('../ingest/facebook_expected.tsv');
if (!existsSync(join(FIXTURES, 'facebook'))) {
  console.log(`no ${FIXTURES}/facebook: skipped`);
  process.exit(77);
}

const HOOK = '/hooks/facebook';
const VECTORS = JSON.parse(readFileSync(join(FIXTURES, 'facebook/hub_signatures.open.json'), 'utf8'));
const SECRET = VECTORS.secret;
const VERIFY_TOKEN = 'verify me & mine';
const PARALLEL = 8;
const ORDERS = 5;
const KILLS = 3;

const seedAt = process.argv.indexOf('--seed');
const seed = seedAt < 0 ? Date.now() % 1e6 : Number(process.argv[seedAt + 1]);
console.log(`seed ${seed}`);
let state = seed >>> 0;
function random(n) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
}
function shuffled(list) {
  const result = [...list];
  for (let i = result.length - 1; i > 0; --i) {
    const j = random(i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

// --- Deliveries: {name, body, events}, an event being a row `type op kind page post object actor ts`.

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesOf(path) : [path];
  }).sort();
}

function readFolder(name) {
  const folder = join(FIXTURES, name);
  return filesOf(folder).filter((path) => !path.endsWith('hub_signatures.open.json'))
    .map((path) => ({ name: relative(folder, path), body: readFileSync(path), events: [] }));
}

function captures() {
  const deliveries = readFolder('facebook');
  const byName = new Map(deliveries.map((delivery) => [delivery.name, delivery]));
  const inTable = new Set();
  for (const line of readFileSync(EXPECTED, 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [file, what, ...fields] = line.split('\t');
    inTable.add(file);
    if (what === 'event') byName.get(file).events.push(fields);
  }
  // A capture of which the table says nothing would be expected to count nothing.
  assert.deepEqual([...inTable].sort(), [...byName.keys()].sort());
  return deliveries;
}

const CAPTURES = captures();
const MADE_UP = madeUpDeliveries();
const ALL = [...CAPTURES, ...MADE_UP];
const IGNORED = readFolder('facebook_ignore');

// --- The recount.

const METRIC = { reaction: 'reactions', comment: 'comments', share: 'shares', follow: 'follows' };
const KINDS = ['like', 'love', 'care', 'haha', 'wow', 'sad', 'angry'];
const NETS = ['reactions', ...KINDS.map((kind) => `reactions.${kind}`), 'comments', 'shares', 'follows',
  'interactions'];
const sidesOf = (nets) => nets.flatMap((net) => [net, `${net}.added`, `${net}.removed`]);
const METRICS = ['views', 'clicks', 'messages', 'reach', 'engaged', ...sidesOf(NETS)];

// `by` as it is asked, and whether only some metrics or what is on a post can be seen in it.
const QUESTIONS = [
  { by: 'page' }, { by: 'page,source' }, { by: 'page,time:day' }, { by: 'page,time:month' },
  { by: 'page,post', onPost: true }, { by: 'page,post,time:day', onPost: true },
  { by: 'page,reaction', metrics: sidesOf(['reactions']) },
  { by: 'page,post,reaction', metrics: sidesOf(['reactions']), onPost: true },
  { by: 'page,time:day,reaction', metrics: sidesOf(['reactions']) },
];
// Days that never move, and days of 23 and 25 hours.
const ZONES = ['Asia/Ho_Chi_Minh', 'America/New_York'];

function toEvent(row) {
  const [type, op, kind, page, post, object, actor, ts] = row.map((field) => (field === '-' ? '' : field));
  return { type, op, kind, page, post, object, actor, ts: Number(ts), source: 'facebook' };
}

// What makes events one fact (docs/events.md); empty where it cannot be followed.
function factOf({ type, page, actor, object, post }) {
  const name = { reaction: actor && [actor, object || post], comment: object && [object],
    share: object && [object], follow: actor && [actor] }[type];
  return name ? JSON.stringify([type, page, ...name]) : '';
}

const byText = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const inOrder = (a, b) => a.ts - b.ts || OPS.indexOf(a.op) - OPS.indexOf(b.op) ||
  byText(a.kind, b.kind) || byText(a.post, b.post);

// All that counts of these deliveries told once: [{type, page, ts, kind, post, source, n}].
function movesOf(events) {
  const facts = new Map();
  const moves = [];
  for (const event of events) {
    const fact = factOf(event);
    if (fact) facts.set(fact, [...(facts.get(fact) ?? []), event]);
    else if (event.op !== 'edit') moves.push({ ...event, n: ['add', 'unhide'].includes(event.op) ? 1 : -1 });
  }
  for (const [fact, history] of facts) {
    const [type, page] = JSON.parse(fact);
    for (const move of walk(history.sort(inOrder))) moves.push({ ...move, type, page });
  }
  return moves;
}

function netsOf({ type, kind }) {
  const nets = [METRIC[type]];
  if (type === 'reaction' && kind) nets.push(`reactions.${kind}`);
  if (type !== 'follow') nets.push('interactions');
  return nets;
}

const civil = { year: 'numeric', month: '2-digit', day: '2-digit' };
const formats = new Map(ZONES.map((timeZone) =>
  [timeZone, new Intl.DateTimeFormat('en-US', { timeZone, ...civil })]));
const days = new Map();
function dayOf(ts, zone) {
  const key = `${zone} ${ts}`;
  if (!days.has(key)) {
    // By parts: how a locale puts them together differs between releases of Node.js.
    const parts = formats.get(zone).formatToParts(ts);
    const part = (type) => parts.find((p) => p.type === type).value;
    days.set(key, `${part('year')}-${part('month')}-${part('day')}`);
  }
  return days.get(key);
}

// The group that something is in, with the names that a row of the answer has.
function groupOf({ page, post, source, kind, ts }, by, zone) {
  const values = { page: () => page, post: () => post, source: () => source, reaction: () => kind || null,
    'time:day': () => dayOf(ts, zone), 'time:month': () => dayOf(ts, zone).slice(0, 7) + '-01' };
  return JSON.stringify(by.split(',').map((part) => values[part]()));
}

// What the engine must answer, one line for each value that is not zero.
function recount(deliveries) {
  const events = deliveries.flatMap((delivery) => delivery.events.map(toEvent));
  const moves = movesOf(events);
  const actors = events.filter(({ op, type, actor }) => op === 'add' && type !== 'follow' && actor !== '');
  return ZONES.flatMap((zone) => QUESTIONS.flatMap((question) => answerTo(question, zone, moves, actors)));
}

function answerTo({ by, metrics = METRICS, onPost }, zone, moves, actors) {
  const values = new Map();
  const groupsOf = (thing) => ['totals', groupOf(thing, by, zone)];
  const seen = (thing) => !onPost || thing.post !== '';
  for (const move of moves.filter(seen)) {
    for (const net of netsOf(move).filter((name) => metrics.includes(name))) {
      for (const group of groupsOf(move)) {
        const side = `${net}.${move.n > 0 ? 'added' : 'removed'}`;
        values.set(`${group} ${net}`, (values.get(`${group} ${net}`) ?? 0) + move.n);
        values.set(`${group} ${side}`, (values.get(`${group} ${side}`) ?? 0) + 1);
      }
    }
  }
  const people = new Map();
  for (const person of metrics.includes('engaged') ? actors.filter(seen) : []) {
    for (const group of groupsOf(person)) {
      const set = people.get(group) ?? new Set();
      people.set(group, set.add(person.actor));
      values.set(`${group} engaged`, set.size);
    }
  }
  return linesOf(`${zone} ${by}`, values);
}

const linesOf = (what, values) =>
  [...values].filter(([, value]) => value !== 0).map(([name, value]) => `${what} ${name} ${value}`).sort();

// --- The server.

// No server outlives what it is used for: a failed test would wait for it.
async function withServer(settings, use) {
  const set = [`facebook.app_secrets=["another secret","${SECRET}"]`,
    `facebook.verify_tokens=["${VERIFY_TOKEN}"]`, 'log.level=error', ...settings];
  const server = new Server(temporaryDirectory() + '/data', set.flatMap((setting) => ['--set', setting]));
  try {
    await start(server);
    await use(server);
  } finally {
    if (server.alive) await server.kill();
  }
}

async function start(server) {
  assert.ok(await server.start(), server.log);
}

async function stop(server) {
  const { code } = await server.kill('SIGTERM');
  assert.equal(code, 0, server.log);
}

// The same lines as recount(), as the server answers them.
async function answersOf(server) {
  const lines = [];
  for (const tz of ZONES) {
    for (const { by, metrics = METRICS } of QUESTIONS) {
      const { rows, totals } = await server.query({
        page: '*', metrics, by, tz, from: '2010-01-01', to: '2025-12-31', fill: 'none' });
      const values = new Map();
      const put = (group, row) => {
        for (const metric of metrics) values.set(`${group} ${metric}`, row[metric]);
      };
      put('totals', totals);
      for (const row of rows) {
        put(JSON.stringify(by.split(',').map((part) =>
          (part.startsWith('time:') ? row.time.slice(0, 10) : row[part]))), row);
      }
      lines.push(...linesOf(`${tz} ${by}`, values));
    }
  }
  return lines;
}

const json = async (server, path) => JSON.parse((await server.request(path)).text);
const pagesOf = async (server) => (await json(server, '/v1/pages')).pages.map(({ page }) => page);

// All that can be seen of what was counted, posts and their titles too.
async function everythingOf(server) {
  const posts = [];
  for (const page of await pagesOf(server)) posts.push(await json(server, `/v1/posts?page=${page}`));
  return { answers: await answersOf(server), posts, rejected: await json(server, '/v1/rejected'),
    outcomes: await outcomesOf(server) };
}

async function outcomesOf(server) {
  const outcome = (name) => counterOf(server, `pagepulse_events_total{outcome="${name}"}`);
  return { accepted: await outcome('accepted'), duplicate: await outcome('duplicate'),
    rejected: await outcome('rejected') };
}

async function counterOf(server, name) {
  const { text } = await server.request('/metrics');
  const line = text.split('\n').find((candidate) => candidate.startsWith(name + ' '));
  assert.ok(line, `no ${name} in /metrics`);
  return Number(line.slice(name.length));
}

const hmac = (algorithm, secret, body) => createHmac(algorithm, secret).update(body).digest('hex');
const signature = (body) => ({ 'X-Hub-Signature-256': 'sha256=' + hmac('sha256', SECRET, body) });
const deliver = (server, body, headers) => server.request(HOOK, { method: 'POST', body, headers });

// Sends them, some at once. With `killAt` the server is killed while that one is under way, and
// `unanswered` are those that it may or may not have counted.
async function deliverAll(server, deliveries, { killAt = -1 } = {}) {
  const answered = new Set();
  const unanswered = new Set();
  let next = 0;
  let killed = false;
  const kill = () => {
    killed = true;
    server.kill('SIGKILL');
  };
  const sender = async () => {
    while (next < deliveries.length && !killed) {
      // A delivery takes some milliseconds: the kill finds it anywhere between socket and answer.
      if (next === killAt) setTimeout(kill, random(8));
      const delivery = deliveries[next++];
      let answer;
      try {
        answer = await deliver(server, delivery.body, signature(delivery.body));
      } catch (error) {
        if (!killed) throw error;
        unanswered.add(delivery);
        return;
      }
      assert.equal(answer.status, 200, `${delivery.name}: ${answer.text}`);
      answered.add(delivery);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, sender));
  if (killAt >= 0) await server.exited;
  return { answered, unanswered: [...unanswered].filter((delivery) => !answered.has(delivery)) };
}

// --- The tests.

const WANTED = recount(ALL);

// The recount is a program too. These are counted by eye, from the table and the made-up history.
test('the recount is what the table comes to', () => {
  const figures = (page, ...values) => values.map((value) =>
    `Asia/Ho_Chi_Minh page ["${page}"] ${value}`);
  const added = (metric, n) => [`${metric} ${n}`, `${metric}.added ${n}`];
  assert.deepEqual(WANTED.filter((line) => /^Asia\S+ page \[/.test(line)), [
    ...figures('1234567890321', 'engaged 1', ...added('follows', 1), ...added('interactions', 1),
      ...added('reactions', 1), ...added('reactions.like', 1)),
    ...figures('137542570280222', ...added('comments', 2), 'engaged 2', ...added('interactions', 2)),
    ...figures(MADE_UP_PAGE, 'comments 1', 'comments.added 3', 'comments.removed 2', 'engaged 10',
      'follows 1', 'follows.added 2', 'follows.removed 1',
      'interactions 9', 'interactions.added 16', 'interactions.removed 7',
      'reactions 6', 'reactions.added 10', 'reactions.removed 4',
      'reactions.angry 1', 'reactions.angry.added 1', 'reactions.care 1', 'reactions.care.added 1',
      'reactions.haha.added 1', 'reactions.haha.removed 1',
      'reactions.like.added 1', 'reactions.like.removed 1',
      'reactions.love 3', 'reactions.love.added 4', 'reactions.love.removed 1',
      'reactions.sad 1', 'reactions.sad.added 1', 'reactions.wow 1', 'reactions.wow.added 1',
      'shares 2', 'shares.added 3', 'shares.removed 1'),
  ].sort());
});

test('our signatures are those of the captures', () => {
  for (const vector of VECTORS.vectors) {
    const body = readFileSync(join(FIXTURES, vector.file));
    assert.equal(signature(body)['X-Hub-Signature-256'], vector['X-Hub-Signature-256'], vector.file);
  }
});

// On one store, which must stay empty until the last part: what has been counted before would count
// nothing anyway, whatever its signature.
test('what must count nothing', (t) => withServer([], async (server) => {
  await t.test('the handshake', () => shakeHands(server));
  await t.test('no signature by the app secret: 403', () => forge(server));
  await t.test('not ours: 200', () => ignore(server));
  await stop(server);
}));

async function expectNothing(server) {
  assert.deepEqual(await pagesOf(server), []);
  assert.deepEqual(await outcomesOf(server), { accepted: 0, duplicate: 0, rejected: 0 });
}

async function shakeHands(server) {
  const ask = (params) => server.request(`${HOOK}?${new URLSearchParams(params)}`);
  const right = { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444', 'hub.verify_token': VERIFY_TOKEN };
  assert.deepEqual(await ask(right), { status: 200, text: '1158201444' });
  for (const token of ['verify me', VERIFY_TOKEN + ' ', '', SECRET]) {
    const { status, text } = await ask({ ...right, 'hub.verify_token': token });
    assert.equal(status, 403, token);
    assert.equal(JSON.parse(text).error.code, 'bad_verify_token', token);
  }
  assert.equal((await ask({})).status, 400);
}

const FORGERIES = [
  () => ({}),
  () => ({ 'X-Hub-Signature-256': '' }),
  () => ({ 'X-Hub-Signature-256': 'sha256=' }),
  (body) => ({ 'X-Hub-Signature-256': 'sha256=' + hmac('sha256', 'wrong', body) }),
  (body) => ({ 'X-Hub-Signature-256': 'sha256=' + hmac('sha256', '', body) }),
  (body) => ({ 'X-Hub-Signature-256': hmac('sha256', SECRET, body) }),
  (body) => ({ 'X-Hub-Signature-256': signature(body)['X-Hub-Signature-256'].slice(0, -1) }),
  (body) => ({ 'X-Hub-Signature-256': 'sha1=' + hmac('sha1', SECRET, body) }),
  (body) => ({ 'X-Hub-Signature': 'sha1=' + hmac('sha1', SECRET, body) }),
  (body) => signature(Buffer.concat([body, Buffer.from('\n')])),
];

async function forge(server) {
  // Those that count come first, so that each way is tried with some of them.
  const deliveries = [...ALL].sort((a, b) => b.events.length - a.events.length);
  for (const [i, { name, body }] of deliveries.entries()) {
    const headers = FORGERIES[i % FORGERIES.length](body);
    const { status, text } = await deliver(server, body, headers);
    assert.equal(status, 403, `${name} ${JSON.stringify(headers)}`);
    assert.equal(JSON.parse(text).error.code, 'bad_signature', `${name} ${JSON.stringify(headers)}`);
  }
  await expectNothing(server);
}

async function ignore(server) {
  await deliverAll(server, shuffled(IGNORED));
  await expectNothing(server);
  await deliverAll(server, shuffled(ALL));
  const before = await everythingOf(server);
  assert.deepEqual(before.answers, WANTED);
  await deliverAll(server, shuffled(IGNORED));
  assert.deepEqual(await everythingOf(server), before);
  console.log(`${IGNORED.length} deliveries that are not ours moved nothing`);
}

// An event that names its fact is accepted each time, another one is a duplicate when told again.
test('each delivery twice, in any order', async () => {
  const events = ALL.flatMap((delivery) => delivery.events.map(toEvent));
  const nameless = events.filter((event) => factOf(event) === '').length;
  const outcomes = { accepted: 2 * events.length - nameless, duplicate: nameless,
    rejected: 2 * MADE_UP_REJECTIONS };
  const orders = Array.from({ length: ORDERS }, () => shuffled([...ALL, ...ALL]));
  // Side by side: mostly they wait for their disk.
  await Promise.all(orders.map((order) => withServer([], async (server) => {
    await deliverAll(server, order);
    assert.deepEqual(await answersOf(server), WANTED);
    assert.deepEqual(await outcomesOf(server), outcomes);
  })));
  console.log(`${ORDERS} orders of 2 x ${ALL.length} deliveries (${events.length} events): ` +
    `${WANTED.length} values equal each time`);
});

test('kill -9 in the middle, and all of it again', async () => {
  for (let i = 0; i < KILLS; ++i) {
    await withServer(['store.checkpoint=1s'], (server) => killAndRetry(server, i % 2 === 1));
  }
});

// An answer of 200 is kept. What was not answered may have been counted, but then as a whole. What
// counts nothing would only make it rarer that something is under way when the kill comes.
async function killAndRetry(server, behindCheckpoint) {
  const counting = ALL.filter(({ events }) => events.length > 0);
  const order = shuffled([...counting, ...counting]);
  const first = order.splice(0, PARALLEL);
  await deliverAll(server, first);
  if (behindCheckpoint) await checkpointOf(server);
  const { answered, unanswered } = await deliverAll(server, order, { killAt: random(counting.length) });
  await start(server);
  const sure = new Set([...first, ...answered]);
  const unsure = unanswered.filter((delivery) => !sure.has(delivery));
  const found = await answersOf(server);
  assert.ok(isRecountOf(found, [...sure], unsure), `not what was answered, with or without ` +
    `${unsure.map(({ name }) => name)}:\n${found.join('\n')}`);
  await deliverAll(server, shuffled(ALL));
  assert.deepEqual(await answersOf(server), WANTED);
  console.log(`killed${behindCheckpoint ? ' behind a checkpoint' : ''}: ${sure.size} of the ` +
    `${counting.length} that count were answered, ${unsure.length} were under way; then all again`);
}

async function checkpointOf(server) {
  for (let i = 0; i < 1000; ++i) {
    if ((await counterOf(server, 'pagepulse_checkpoints_total')) > 0) return;
    await sleep(20);
  }
  assert.fail('no checkpoint');
}

// Whether the answers are those of `sure` and any of `unsure`.
function isRecountOf(answers, sure, unsure) {
  const wanted = answers.join('\n');
  for (let subset = 0; subset < 2 ** unsure.length; ++subset) {
    const counted = unsure.filter((_, i) => (subset >> i) & 1);
    if (recount([...sure, ...counted]).join('\n') === wanted) return true;
  }
  return false;
}
