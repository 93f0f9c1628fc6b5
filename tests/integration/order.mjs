// Order does not matter: generated events shuffled, told three times, cut into random batches and
// sent through HTTP and by backfill side by side give the same bytes as the sorted run.
//
//   node tests/integration/order.mjs [--events N] [--seeds N]

import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';

import { binary, run, Server, temporaryDirectory } from './process.mjs';

const option = (name, value) => {
  const i = process.argv.indexOf('--' + name);
  return i < 0 ? value : Number(process.argv[i + 1]);
};
const events = option('events', 20000);
const seeds = option('seeds', 2);
const directory = temporaryDirectory();

// Stores with one key have equal sketches.
const key = '0123456789abcdef'.repeat(24);
const env = { PAGEPULSE_HASH_KEY: key };

let state = 1;
const random = (n) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};
function shuffle(list) {
  for (let i = list.length - 1; i > 0; --i) {
    const j = random(i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
}

function generate(seed) {
  const made = spawnSync(binary, ['generate', '--events', String(events), '--seed', String(seed)], { maxBuffer: 1 << 30 });
  assert.strictEqual(made.status, 0);
  return made.stdout.toString().split('\n').filter(Boolean);
}

const metrics = 'views,reach,clicks,engaged,reactions,reactions.love,reactions.wow,comments,shares,interactions,reactions.added,comments.removed';
const range = 'from=2025-07-01 to=2026-01-02';
const questions = [
  `page=* metrics=${metrics} ${range} by=page`,
  `page=* metrics=${metrics} ${range} by=time:day`,
  `page=* metrics=${metrics} ${range} by=time:month,page`,
  `page=* metrics=${metrics} ${range} by=page,source`,
  `page=* metrics=${metrics} ${range} by=time:month,post order=-interactions limit=500`,
];

async function answers(server) {
  const all = [];
  for (const question of questions) {
    const { code, stdout, stderr } = await run(['query', '--server', server.url, '--format', 'csv', question]);
    assert.strictEqual(code, 0, stderr);
    all.push(stdout);
  }
  // The CSV has no totals; these are merged over everything.
  all.push(JSON.stringify((await server.query({ page: '*', metrics, from: '2025-07-01', to: '2026-01-02' })).totals));
  return all;
}

for (let seed = 1; seed <= seeds; ++seed) {
  state = seed;
  const lines = generate(seed);
  const at = (line) => Date.parse(JSON.parse(line).ts);
  const sorted = lines.map((line) => [at(line), line]).sort((a, b) => a[0] - b[0]).map(([, line]) => line);
  const one = new Server(`${directory}/sorted${seed}`, ['--set', 'log.level=error'], env);
  mkdirSync(`${directory}/files`, { recursive: true });
  const file = `${directory}/files/sorted${seed}.ndjson`;
  writeFileSync(file, sorted.join('\n') + '\n');
  const filled = await run(['backfill', '--data', one.data, file], { env });
  assert.strictEqual(filled.code, 0, filled.stderr);
  assert.ok(await one.start(), one.log);

  const two = new Server(`${directory}/shuffled${seed}`,
    ['--set', 'log.level=error', '--set', 'store.checkpoint=1s', '--set', 'store.stretch_deltas=50000'], env);
  assert.ok(await two.start(), two.log);
  const thrice = [...lines, ...lines, ...lines];
  shuffle(thrice);
  // Half through HTTP in random batches, half as files of a job, at the same time.
  const half = thrice.length >> 1;
  const viaHttp = async () => {
    for (let i = 0; i < half; ) {
      const n = Math.min(1 + random(3000), half - i);
      const { status, body } = await two.post(thrice.slice(i, i + n).join('\n'));
      assert.strictEqual(status, 200, JSON.stringify(body));
      assert.strictEqual(body.rejected, 0, JSON.stringify(body));
      i += n;
    }
  };
  const viaBackfill = async () => {
    const cut = half + ((thrice.length - half) >> 1);
    const parts = [thrice.slice(half, cut), thrice.slice(cut)];
    const files = parts.map((part, i) => {
      const path = `${directory}/files/shuffled${seed}-${i}.ndjson`;
      writeFileSync(path, part.join('\n') + '\n');
      return path;
    });
    const { code, stderr } = await run(['backfill', '--server', two.url, ...files]);
    assert.strictEqual(code, 0, stderr);
  };
  await Promise.all([viaHttp(), viaBackfill()]);
  const expected = await answers(one);
  const actual = await answers(two);
  for (let i = 0; i < expected.length; ++i) assert.ok(expected[i] === actual[i], `seed ${seed}: ${questions[i] ?? 'totals'}\n${expected[i].slice(0, 600)}\n---\n${actual[i].slice(0, 600)}`);
  console.log(`seed ${seed}: ${lines.length} events, ${expected.reduce((n, text) => n + text.length, 0)} bytes of answers equal`);
  await one.kill('SIGTERM');
  await two.kill('SIGTERM');
}
process.exit(0);
