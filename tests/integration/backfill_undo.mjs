// A backfill that can be trusted: its report, a dry run, the list of jobs, and an undo. Into a
// directory and through a server.
//
//   node tests/integration/backfill_undo.mjs

import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run, Server, temporaryDirectory } from './process.mjs';

const directory = temporaryDirectory();
const firstMs = Date.UTC(2025, 9, 1);
const view = (i, more = {}) =>
  JSON.stringify({ id: `v${i}`, ts: firstMs + i * 3600000, page: 'p', type: 'view', post: `post${i % 3}`, actor: `a${i}`, ...more });
const love = (i) =>
  JSON.stringify({ ts: firstMs + i * 60000, page: 'q', type: 'reaction', reaction: 'love', post: 'x', actor: `a${i}` });
const lines = (list) => list.map((line) => line + '\n').join('');
const upTo = (from, to, line) => Array.from({ length: to - from }, (_, i) => line(from + i));

// Everything additive that there is, as bytes.
async function figures(place) {
  let all = '';
  for (const by of ['time:day', 'time:hour', 'post', 'source', 'page']) {
    const { code, stdout, stderr } = await run(['query', ...place, '--format', 'csv',
      `page=* metrics=views,reactions,reactions.added,reactions.removed,interactions from=2025-10-01 to=2025-10-20 by=${by} tz=Asia/Ho_Chi_Minh`]);
    assert.strictEqual(code, 0, stderr);
    all += stdout;
  }
  return all;
}

async function command(args, { code = 0, out = /^/, err = /^$/, input } = {}) {
  const got = await run(args, { input });
  const all = `${args.join(' ')}: ${got.code}\n${got.stdout}\n${got.stderr}`;
  assert.strictEqual(got.code, code, all);
  assert.match(got.stdout, out, all);
  assert.match(got.stderr, err, all);
  return got.stdout;
}

const backfill = (place, job, list, expected) => {
  const file = join(directory, `${job}-${Math.random()}.ndjson`);
  writeFileSync(file, lines(list));
  return command(['backfill', ...place, '--job', job, file], expected);
};

// The names and bytes of a directory's files, without what a running server writes by itself.
function listing(path) {
  const files = {};
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true }).filter((e) => e.isFile())) {
    const file = join(entry.path ?? entry.parentPath, entry.name);
    files[file] = createHash('sha256').update(readFileSync(file)).digest('hex') + statSync(file).mtimeMs;
  }
  return files;
}

async function report(place) {
  await backfill(place, 'report', ['{', view(0), 'no', view(0), JSON.stringify({ ts: firstMs, page: 'p', type: 'views' })], {
    out: /^5 received: 1 accepted, 1 duplicate, 3 rejected; [^]*\n {2}2 bad_json: first at \S+:1, \S+:3\n {4}\S[^\n]+\n {2}1 reserved_type: first at \S+:5\n {4}\S[^\n]+\n$/,
    err: /:5: reserved_type/,
  });
}

async function jobs(place) {
  await backfill(place, 'one', [view(100)]);
  assert.match(await command(['inspect', ...place, 'jobs']),
    /^report: 1 files, 1 accepted, 1 duplicate, 3 rejected; last counted \d{4}-.*\none: 1 files, 1 accepted, 0 duplicate, 0 rejected/m);
}

async function undo(place) {
  const before = await figures(place);
  await backfill(place, 'year', [...upTo(200, 260, view), ...upTo(0, 40, love), 'broken'], { err: /bad_json/ });
  await backfill(place, 'other', [view(230, { count: 3, post: 'shared' }), love(5), view(270)]);
  assert.notStrictEqual(await figures(place), before);
  await command(['backfill', ...place, '--undo', 'year'], {
    out: /^100 events of job `year` taken out, 60 ids released\n2 of them another sender had told too; they count as it told them, among them:\n {2}\S+ {2}view of page `p`, post `shared`, told by job `other`\n {2}\S+ {2}reaction of page `q`, post `x`, told by job `other`\nnot undone: 100 of the events had put somebody into reach or engaged, where people stay\n$/,
  });
  const { stdout } = await run(['query', ...place, '--format', 'json', 'page=p metrics=views from=2025-10-01 to=2025-10-20 where=post=shared']);
  assert.strictEqual(JSON.parse(stdout).totals.views, 3, stdout);
  await command(['backfill', ...place, '--undo', 'year'], { out: /^job `year` has counted nothing, or was undone: nothing to do\n$/ });
  await command(['backfill', ...place, '--undo', 'other'], { out: /^3 events of job `other` taken out, 2 ids released\n/ });
  assert.strictEqual(await figures(place), before, 'as if neither had been loaded');
  await command(['backfill', ...place, '--undo', 'yaer'], { code: 1, err: /there is no job of this name\n {2}hint: did you mean `year`\?/ });
  assert.match(await command(['inspect', ...place, 'jobs']), /^year: 0 files.*; 100 events undone \d{4}-/m);
  // Ids are free, the file is read again from its beginning.
  await backfill(place, 'again', upTo(200, 203, view), { out: /^3 received: 3 accepted/ });
  await command(['backfill', ...place, '--undo', 'again'], { out: /^3 events/ });
  assert.strictEqual(await figures(place), before);
  await command(['backfill', ...place, '--undo', 'year', 'file'], { code: 2, err: /--undo/ });
  await command(['backfill', ...place], { code: 2, err: /files is required/ });
}

// What a dry run says is what the run then does; and it leaves no trace.
async function dryRun(data, held) {
  const place = ['--data', data];
  const file = join(directory, 'dry.ndjson');
  writeFileSync(file, lines([...upTo(300, 310, view), love(900), view(100)]));
  const count = async (server) => {
    const values = {};
    for (const page of ['p', 'q']) {
      const { stdout } = await run(['query', ...(server ? ['--server', server] : place), '--format', 'json',
        `page=${page} metrics=views,reactions.love,reach,engaged from=2025-10-01 to=2025-10-20 by=time:day`]);
      for (const row of JSON.parse(stdout).rows) {
        for (const metric of ['views', 'reactions.love', 'reach', 'engaged']) {
          if (row[metric]) values[`${row.time.slice(0, 10)} ${page} ${metric}`] = row[metric];
        }
      }
    }
    return values;
  };
  const before = await count(held);
  const files = held ? undefined : listing(data);
  const said = await command(['backfill', ...place, '--dry-run', '--job', 'dry', file], {
    out: /^12 received: 11 accepted, 1 duplicate, 0 rejected[^]*\na dry run: nothing was written\n$/,
  });
  if (held) {
    assert.deepStrictEqual(readdirSync(data).filter((name) => name.startsWith('dry-run')), []);
  } else {
    assert.deepStrictEqual(listing(data), files);
  }
  assert.deepStrictEqual(await count(held), before);
  const expected = { ...before };
  for (const [, day, page, metric, was, is, difference] of said.matchAll(/^(\S{10}) +([pq]) +(\S+) +(\d+) +(\d+) +([+-]\d+)$/gm)) {
    assert.strictEqual(before[`${day} ${page} ${metric}`] ?? 0, Number(was), said);
    assert.strictEqual(Number(is) - Number(was), Number(difference), said);
    expected[`${day} ${page} ${metric}`] = Number(is);
  }
  await command(['backfill', ...(held ? ['--server', held] : place), '--job', 'dry', file], { out: /^12 received: 11 accepted/ });
  assert.deepStrictEqual(await count(held), expected, said);
  await command(['backfill', ...place, '--dry-run', '--job', 'dry', file], { out: /^0 received[^]*no count would change\n$/, err: /nothing to do/ });
  await command(['backfill', ...place, '--dry-run', '--undo', 'dry'], { code: 2, err: /excludes/ });
}

// Of a store that is not there yet: from nothing, and nothing is made.
async function dryRunOfNone() {
  const parent = join(directory, 'none'), file = join(directory, 'none.ndjson');
  writeFileSync(file, lines(upTo(0, 3, view)));
  const temporary = () => readdirSync(tmpdir()).filter((name) => name.startsWith('pagepulse-dry-run'));
  const before = temporary();
  await command(['backfill', '--data', join(parent, 'data'), '--dry-run', file], {
    out: /^3 received: 3 accepted, [^]*\n2025-10-01 +p +views +0 +3 +\+3\na dry run: nothing was written\n$/,
    err: /^there is no store in \S+none\/data yet: the difference is from an empty one\n$/,
  });
  assert.ok(!existsSync(parent));
  assert.deepStrictEqual(temporary(), before);
}

async function everything(place) {
  for (const test of [report, jobs, undo]) {
    await test(place);
    console.log(`${test.name} ${place[0]}: ok`);
  }
}

await everything(['--data', directory + '/data']);
await dryRun(directory + '/data');
await dryRunOfNone();
console.log('dryRun --data: ok');
const server = new Server(directory + '/served');
assert.ok(await server.start(), server.log);
await everything(['--server', server.url]);
await dryRun(directory + '/served', server.url);
await command(['backfill', '--server', server.url, '--dry-run', directory + '/dry.ndjson'], { code: 1, err: /dry run reads the store's files/ });
console.log('dryRun of a store that a server holds: ok');
await server.kill('SIGTERM');
process.exit(0);
