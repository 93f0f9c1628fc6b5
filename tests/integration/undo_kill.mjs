// An undo killed at random moments and at every named point, and run again until it ends: what is
// left is what the others told, to the byte. Run once more it does nothing.
//
//   node tests/integration/undo_kill.mjs [--random N] [--events N]

import assert from 'node:assert';
import { cpSync, rmSync, writeFileSync } from 'node:fs';

import { attempt, run, temporaryDirectory } from './process.mjs';

const option = (name, value) => {
  const i = process.argv.indexOf('--' + name);
  return i < 0 ? value : Number(process.argv[i + 1]);
};
const randomKills = option('random', 6);
const events = option('events', 60000);
const directory = temporaryDirectory();
const firstMs = Date.UTC(2025, 9, 1);

function line(i) {
  const event = { ts: firstMs + (i % 14000) * 60000, page: `p${i % 3}`, post: `post${i % 20}`, actor: `a${i % 900}` };
  if (i % 9 === 0) return JSON.stringify({ ...event, type: 'reaction', reaction: 'love' });
  if (i % 9 === 1) return JSON.stringify({ ...event, type: 'reaction', reaction: 'wow', op: i % 2 ? 'edit' : 'add' });
  return JSON.stringify({ ...event, type: 'view', id: i % 4 ? `v${i}` : undefined });
}
// The job tells all; the other one a part of it, some before and some after. What has neither an id
// nor a fact is counted as often as it is told, so that too must come out once.
const write = (name, wanted) => {
  let text = '';
  for (let i = 0; i < events; ++i) if (wanted(i)) text += line(i) + '\n';
  writeFileSync(`${directory}/${name}`, text);
};
write('before', (i) => i % 11 === 0);
write('job', () => true);
write('after', (i) => i % 7 === 0);

const settings = ['--set', 'store.checkpoint=1s', '--set', 'store.stretch_deltas=5000'];
const key = { PAGEPULSE_HASH_KEY: '07'.repeat(192) };
async function load(data, name) {
  const { code, stdout, stderr } = await run(['backfill', '--data', data, ...settings, '--job', name, `${directory}/${name}`], { env: key });
  assert.strictEqual(code, 0, stdout + stderr);
}
async function figures(data) {
  let all = '';
  for (const by of ['time:day', 'page', 'post', 'time:hour,page']) {
    const { code, stdout, stderr } = await run(['query', '--data', data, '--format', 'csv',
      `page=* metrics=views,reactions.love,reactions.wow,reactions.added,reactions.removed from=2025-10-01 to=2025-10-20 by=${by} tz=Asia/Ho_Chi_Minh`]);
    assert.strictEqual(code, 0, stderr);
    all += stdout;
  }
  return all;
}

await load(directory + '/never', 'before');
await load(directory + '/never', 'after');
const expected = await figures(directory + '/never');
const loaded = directory + '/loaded';
for (const name of ['before', 'job', 'after']) await load(loaded, name);
assert.notStrictEqual(await figures(loaded), expected);

const undo = (data, kill) => attempt(['backfill', '--data', data, ...settings, '--undo', 'job'], kill);

// One undo takes all the kills it can; where it ends before they do, another begins.
const points = ['after_claim', 'before_log_write', 'after_log_write', 'after_publish', 'after_reply',
  'before_checkpoint', 'after_stage', 'before_ingest', 'after_ingest', 'after_checkpoint'];
const kills = [
  ...points.flatMap((point) => [1, 3].map((nth) => ({ env: { PAGEPULSE_CRASH_AT: `${point}:${nth}` }, name: `${point}:${nth}` }))),
  ...Array.from({ length: randomKills }, (_, i) => ({ env: {}, name: `random ${i}` })),
];
let undos = 0, killed = 0, windowMs = 400;
const data = directory + '/data';
while (kills.length > 0) {
  rmSync(data, { recursive: true, force: true });
  cpSync(loaded, data, { recursive: true });
  for (let done = false; !done;) {
    const kill = kills.shift();
    const after = kill?.name.startsWith('random') ? 20 + Math.random() * windowMs : undefined;
    const { code, signal } = await undo(data, { env: kill?.env, killAfterMs: after });
    done = code === 0;
    killed += signal === 'SIGKILL';
    windowMs = Math.min(Math.max(windowMs * (done ? 0.8 : 1.2), 100), 20000);
    if (!done && kill !== undefined && kills.length % 5 === 0) {
      const { stdout } = await run(['inspect', '--data', data, 'jobs']);
      console.log(`${kill.name}: ${stdout.match(/^job: .*/m)[0]}`);
    }
  }
  ++undos;
  assert.strictEqual(await figures(data), expected);
  const again = await undo(data);
  assert.match(again.output, /nothing to do/);
  assert.strictEqual(await figures(data), expected);
}
assert.ok(killed > points.length, `${killed} kills`);
console.log(`ok: ${undos} undos of ${events} events through ${killed} kills, each as if the job had never been loaded`);
process.exit(0);
