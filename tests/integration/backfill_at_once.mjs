// Several files at once: plain and compressed, some that begin alike, one named twice, killed and run
// again, one of them broken. Lines without ids, so that only positions keep them from counting twice.
//
//   node tests/integration/backfill_at_once.mjs

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { attempt, binary, run, temporaryDirectory } from './process.mjs';

const directory = temporaryDirectory();
const data = directory + '/data';
const firstMs = Date.UTC(2025, 6, 1);
const linesAFile = 30000;
const line = (i) =>
  JSON.stringify({ ts: firstMs + (i % 200000) * 60000, page: 'p', type: 'view', post: `post${i % 20}`, actor: `a${i % 200}` }) + '\n';

const files = [];
let views = 0;
for (let n = 0; n < 12; ++n) {
  // Every third begins with the same line as the others of its kind, and then differs.
  let text = n % 3 === 0 ? line(0) : line(1000 + n);
  for (let i = 1; i < linesAFile; ++i) text += line(n * linesAFile + i);
  const file = `${directory}/part${n}${n % 2 ? '.ndjson.gz' : '.ndjson'}`;
  writeFileSync(file, n % 2 ? gzipSync(text) : text);
  files.push(file);
  views += linesAFile;
}
files.push(files[1]);  // counted once

const args = (atOnce) => ['backfill', '--data', data, '--at-once', String(atOnce),
  '--set', 'store.checkpoint=1s', '--set', 'store.stretch_deltas=20000', ...files];
async function total() {
  const { code, stdout } = await run(['query', '--data', data, '--format', 'json',
    'page=p metrics=views from=2025-07-01 to=2026-06-30']);
  return code === 0 ? JSON.parse(stdout).totals.views : 0;  // nothing was there yet
}

// Named points come first: whatever the machine's speed, each is passed while there is work left. Where
// the kills by time fall, and whether any does, is up to the machine.
const points = ['after_log_write:2', 'after_publish:2', 'before_ingest:2', 'after_ingest:1', 'after_checkpoint:1', 'before_checkpoint:2'];
let seen = 0, kills = 0, done = false;
for (let wait = 30; !done; wait *= 1.2) {
  const point = points.shift();
  const kill = point ? { env: { PAGEPULSE_CRASH_AT: point } } : { killAfterMs: wait * (0.5 + Math.random()) };
  done = (await attempt(args(4), kill)).code === 0;
  assert.ok(!point || !done, `${point} was never passed`);
  const now = await total();
  assert.ok(now >= seen && now <= views, `${now} after ${seen}, of ${views}`);
  console.log(`${point ?? 'by time'}: ${now} of ${views}`);
  seen = now;
  kills += !done;
}
assert.strictEqual(seen, views);
const again = await run(args(5));
assert.strictEqual(again.code, 0, again.stderr);
assert.match(again.stdout, /^0 received/);

// Pipes cannot be opened again: they are read one after the other, and one that begins like another is
// refused as it is without the option.
const piped = await new Promise((resolve) => {
  const child = spawn('bash', ['-c', '"$0" backfill --data "$1" --job pipes --at-once 2 <(cat "$2") <(cat "$3")',
    binary, data, files[0], files[6]], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  child.on('close', (code) => resolve({ code, output }));
});
assert.strictEqual(piped.code, 1, piped.output);
assert.match(piped.output, new RegExp(`another_stream|begins like a file`), piped.output);
assert.strictEqual(await total(), (views += linesAFile));

// One breaks off: it is named, what came before it counts, and it goes on once it is mended.
const broken = directory + '/broken.ndjson.gz';
const more = Array.from({ length: linesAFile }, (_, i) => line(500000 + i)).join('');
const whole = gzipSync(more);
writeFileSync(broken, whole.subarray(0, whole.length / 2));
files.push(broken);
const fault = await run(args(3));
assert.strictEqual(fault.code, 1, fault.stderr);
assert.match(fault.stderr, /broken\.ndjson\.gz.*its first \d+ bytes, \d+ lines, have been counted/s);
writeFileSync(broken, whole);
const mended = await run(args(3));
assert.strictEqual(mended.code, 0, mended.stderr);
assert.strictEqual(await total(), views + linesAFile);
console.log(`ok: ${views + linesAFile} lines of ${files.length - 1} files, each once through ${kills} kills`);
process.exit(0);
