// A backfill killed at random moments and at every named point, and run again until it ends: every
// line is counted once, also those without an id; running it once more does nothing. A file that was
// read to its end grows, so that every kill meets work.
//
//   node tests/integration/backfill_kill.mjs [--random N] [--lines N]   (lines by which the file grows)

import assert from 'node:assert';
import { appendFileSync, createWriteStream, copyFileSync } from 'node:fs';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { readFileSync, writeFileSync } from 'node:fs';

import { attempt, run, temporaryDirectory } from './process.mjs';

const option = (name, value) => {
  const i = process.argv.indexOf('--' + name);
  return i < 0 ? value : Number(process.argv[i + 1]);
};
const randomKills = option('random', 6);
const growth = option('lines', 200000);
let lines = 0;  // of the file, the broken ones not counted
const directory = temporaryDirectory();
const file = directory + '/events.ndjson';
const data = directory + '/data';
const firstMs = Date.UTC(2025, 9, 1);

// No ids at all: only positions keep these lines from counting twice.
const line = (i) =>
  JSON.stringify({ ts: firstMs + (i % 11000) * 60000, page: 'p', type: 'view', post: `post${i % 20}`, actor: `a${i % 150}` });
async function grow() {
  const out = createWriteStream(file, { flags: 'a' });
  for (const end = lines + growth; lines < end; ++lines) {
    if (!out.write(line(lines) + '\n')) await once(out, 'drain');
    if (lines % 50000 === 7) out.write('this line is broken\n');
  }
  out.end();
  await once(out, 'finish');
}
await grow();

const args = ['backfill', '--data', data, '--set', 'store.checkpoint=1s', '--set', 'store.stretch_deltas=20000', file];

async function totals() {
  const { code, stdout, stderr } = await run(['query', '--data', data, '--format', 'json',
    'page=p metrics=views,reach from=2025-10-01 to=2025-10-09']);
  assert.strictEqual(code, 0, stderr);
  return JSON.parse(stdout).totals;
}

const points = ['before_checkpoint', 'after_stage', 'before_ingest', 'after_ingest', 'after_checkpoint',
  'after_claim', 'before_log_write', 'after_log_write', 'after_publish', 'after_reply'];
let seen = 0;
let done = false;
const attempts = [
  ...points.map((point) => [point, { PAGEPULSE_CRASH_AT: `${point}:1` }]),
  ...Array.from({ length: randomKills }, (_, i) => [`random ${i}`, {}]),
];
// Kills fall within this time, which follows the machine: most come after the store is open.
let windowMs = 400;
let met = 0;  // kills between which the job went on
for (const [name, env] of attempts) {
  if (done || lines - seen < growth / 2) await grow();
  const killAfterMs = name.startsWith('random') ? 20 + Math.random() * windowMs : undefined;
  const { code, signal } = await attempt(args, { env, killAfterMs });
  if (!name.startsWith('random')) assert.strictEqual(signal, 'SIGKILL', `${name} was never passed`);
  done = code === 0;
  const views = signal === 'SIGKILL' && seen === 0 ? await totals().then((t) => t.views, () => 0) : (await totals()).views;
  assert.ok(views >= seen && views <= lines, `${name}: ${views} views after ${seen}, of ${lines}`);
  console.log(`${name}: ${views} of ${lines}${done ? ', ran to its end' : ''}`);
  const wentOn = views > seen && !done;
  met += wentOn;
  windowMs = Math.min(Math.max(windowMs * (wentOn || done ? 0.9 : 1.3), 100), 20000);
  seen = views;
}
while (!done) done = (await attempt(args)).code === 0;
assert.deepStrictEqual(await totals(), { views: lines, reach: 150 });

// Again, renamed, compressed, from a pipe: nothing.
copyFileSync(file, directory + '/renamed.ndjson');
writeFileSync(directory + '/packed.gz', gzipSync(readFileSync(file)));
for (const [path, input] of [[file], [directory + '/renamed.ndjson'], [directory + '/packed.gz'], ['-', readFileSync(file)]]) {
  const { code, stdout, stderr } = await run(['backfill', '--data', data, path], { input });
  assert.strictEqual(code, 0, stderr);
  assert.match(stdout, /^0 received/, `${path}: ${stdout} ${stderr}`);
}
// Grown: only what is new.
appendFileSync(directory + '/renamed.ndjson', line(lines) + '\n' + line(lines + 1) + '\n');
const grown = await run(['backfill', '--data', data, directory + '/renamed.ndjson']);
assert.match(grown.stdout, /^2 received: 2 accepted/, grown.stdout + grown.stderr);
assert.strictEqual((await totals()).views, lines + 2);
console.log(`ok: ${lines} lines without ids, each counted once through ${attempts.length} kills, ${met} of them further on than the last`);
process.exit(0);
