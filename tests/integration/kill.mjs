// kill -9 under load, at random moments and at every named point. A client sends what was not
// acknowledged again; a reader beside it must never see a total fall, nor below what was
// acknowledged, nor above what was sent. At the end every event was counted once.
//
//   node tests/integration/kill.mjs [--random N] [--seed S]

import assert from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';

import { Server, temporaryDirectory } from './process.mjs';

const option = (name, value) => {
  const i = process.argv.indexOf('--' + name);
  return i < 0 ? value : Number(process.argv[i + 1]);
};
const randomKills = option('random', 8);
let state = option('seed', Date.now() % 1e6) >>> 0;
console.log(`seed ${state}`);
const random = (n) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};

const points = ['after_claim', 'before_log_write', 'after_log_write', 'after_publish', 'after_reply',
  'before_checkpoint', 'after_stage', 'before_ingest', 'after_ingest', 'after_checkpoint'];
const range = { page: 'p', from: '2025-10-01', to: '2025-10-09' };
const firstMs = Date.UTC(2025, 9, 1);

// Batch n: 40 views by people of its own, and one reaction that a later line of it changes.
function batchOf(n) {
  const lines = [];
  for (let i = 0; i < 40; ++i) {
    lines.push(JSON.stringify({
      id: `${n}-${i}`, ts: firstMs + ((n * 40 + i) % 11000) * 60000, page: 'p', type: 'view',
      post: `post${i % 3}`, actor: `a${(n * 7 + i) % 200}`, source: i % 2 ? 'web' : undefined,
    }));
  }
  const fact = { ts: firstMs + n * 1000, page: 'p', type: 'reaction', post: 'post1', actor: `fan${n}` };
  lines.push(JSON.stringify({ ...fact, reaction: 'love' }));
  lines.push(JSON.stringify({ ...fact, ts: fact.ts + 500, op: 'edit', reaction: 'wow' }));
  return lines.join('\n') + '\n';
}
const viewsABatch = 40;

const server = new Server(temporaryDirectory() + '/data', ['--set', 'store.checkpoint=1s', '--set', 'log.level=error']);
let next = 0;          // batches begun
let acknowledged = 0;  // batches
let stop = false;
let sendersMayRun = true;

async function sender() {
  while (!stop) {
    const n = next++;
    const headers = n % 3 === 0 ? { 'Idempotency-Key': `key-${n}` } : {};
    for (;;) {
      while (!sendersMayRun) await sleep(5);
      try {
        const { status, body } = await server.post(batchOf(n), headers);
        if (status === 200) {
          assert.strictEqual(body.received, 42);
          assert.strictEqual(body.rejected, 0);
          break;
        }
        assert.ok([409, 429, 503].includes(status), `status ${status} ${JSON.stringify(body)}`);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
      }
      await sleep(10);
    }
    ++acknowledged;
  }
}

let lastSeen = 0;
let reads = 0;
async function reader() {
  while (!stop) {
    const atLeast = acknowledged * viewsABatch;
    try {
      const answer = await server.query({ ...range, metrics: 'views,reactions,reactions.love,reactions.wow' });
      const { views, reactions } = answer.totals;
      const atMost = next * viewsABatch;
      assert.ok(views >= lastSeen, `total fell from ${lastSeen} to ${views}`);
      assert.ok(views >= atLeast, `${views} shown, ${atLeast} acknowledged`);
      assert.ok(views <= atMost, `${views} shown, ${atMost} sent`);
      assert.strictEqual(answer.totals['reactions.love'], 0);
      assert.strictEqual(answer.totals['reactions.wow'], reactions);
      lastSeen = views;
      ++reads;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      if (/unknown_page/.test(String(error))) continue;
    }
    await sleep(15);
  }
}

const work = [sender(), sender(), sender(), sender(), reader()];
for (const job of work) job.catch((error) => { console.error(error, server.log); process.exit(1); });

async function life(name, env, killAfterMs) {
  assert.ok(await server.start(env), `did not start (${name}): ${server.log}`);
  const before = acknowledged;
  sendersMayRun = true;
  const limit = killAfterMs ?? 8000;
  await Promise.race([server.exited, sleep(limit)]);
  const fired = !server.alive;
  if (server.alive) await server.kill();
  await server.exited;
  console.log(`${name}: ${acknowledged - before} batches acknowledged, ${reads} reads so far`);
  if (killAfterMs === undefined) assert.ok(fired, `${name} was never passed`);
}

for (let i = 0; i < randomKills; ++i) await life(`random ${i}`, {}, 30 + random(1500));
for (const point of points) {
  const deep = /checkpoint|stage|ingest/.test(point) ? 1 + random(2) : 1 + random(40);
  await life(point, { PAGEPULSE_CRASH_AT: `${point}:${deep}` });
}

assert.ok(await server.start());
await sleep(300);
stop = true;
await Promise.all(work);
const expected = next * viewsABatch;
const people = new Set();
for (let n = 0; n < next; ++n) for (let i = 0; i < 40; ++i) people.add(`a${(n * 7 + i) % 200}`);
for (const when of ['live', 'restarted']) {
  const { totals } = await server.query({ ...range, metrics: 'views,reach,reactions,reactions.wow,reactions.added,engaged' });
  assert.strictEqual(totals.views, expected);
  assert.strictEqual(totals.reach, people.size);
  assert.strictEqual(totals.reactions, next);
  assert.strictEqual(totals['reactions.wow'], next);
  assert.strictEqual(totals['reactions.added'], 2 * next);
  assert.ok(Math.abs(totals.engaged - next) <= 1 + 0.07 * next, `engaged ${totals.engaged} of ${next}`);
  if (when === 'live') {
    const { code } = await server.kill('SIGTERM');
    assert.strictEqual(code, 0);
    assert.ok(await server.start());
  }
}
await server.kill('SIGTERM');
console.log(`ok: ${next} batches, ${expected} views, each counted once; ${reads} reads never fell`);
process.exit(0);
