// Files as they are found: half written, grown, cut short, broken, with a line of megabytes. Into a
// directory and through a server.
//
//   node tests/integration/backfill_files.mjs

import assert from 'node:assert';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';

import { run, Server, temporaryDirectory } from './process.mjs';

const directory = temporaryDirectory();
const firstMs = Date.UTC(2025, 9, 1);
const line = (i) => JSON.stringify({ ts: firstMs + i * 60000, page: 'p', type: 'view', post: 'q', actor: `a${i}` });
const lines = (from, to) => Array.from({ length: to - from }, (_, i) => line(from + i) + '\n').join('');

let number = 0;
const fresh = (name) => `${directory}/${number++}-${name}`;

async function views(place) {
  const { code, stdout, stderr } = await run(['query', ...place, '--format', 'json',
    'page=p metrics=views from=2025-10-01 to=2026-10-01']);
  assert.strictEqual(code, 0, stderr);
  return JSON.parse(stdout).totals.views;
}


async function backfill(place, path, { code = 0, out, err, input }) {
  const result = await run(['backfill', ...place, path], { input });
  const all = `${path}: ${result.code} ${result.stdout} ${result.stderr}`;
  assert.strictEqual(result.code, code, all);
  if (out !== undefined) assert.match(result.stdout, out, all);
  if (err !== undefined) assert.match(result.stderr, err, all);
  return result;
}

// A last line without an end: left while it is half written, counted once it is whole, and its
// line end belongs to it when it comes.
async function lastLine(place) {
  const file = fresh('growing');
  const before = await views(place).catch(() => 0);
  writeFileSync(file, lines(0, 3) + line(3).slice(0, 20));
  await backfill(place, file, { out: /^3 received: 3 accepted/, err: /its last line is not complete; it will be read again/ });
  appendFileSync(file, line(3).slice(20, -1));
  await backfill(place, file, { out: /^0 received/, err: /its last line is not complete/ });
  appendFileSync(file, line(3).slice(-1));
  const whole = await backfill(place, file, { out: /^1 received: 1 accepted/ });
  assert.doesNotMatch(whole.stderr, /not complete/);
  await backfill(place, file, { out: /^0 received/, err: /nothing to do/ });
  appendFileSync(file, '\nbroken\n');
  await backfill(place, file, { out: /^1 received: 0 accepted, 0 duplicate, 1 rejected/, err: /:5: bad_json/, code: 1 });
  appendFileSync(file, lines(4, 5));
  await backfill(place, file, { out: /^1 received: 1 accepted/ });
  assert.strictEqual((await views(place)) - before, 5);
}

// A line longer than a step is rejected once, and what follows it is counted; also where the file
// ends inside it and grows later. Its tail would be an event of its own if it were cut.
async function longLine(place) {
  const file = fresh('long');
  const before = await views(place);
  writeFileSync(file, lines(10, 13) + 'x'.repeat(5 << 20));
  await backfill(place, file, { out: /^4 received: 3 accepted, 0 duplicate, 1 rejected/, err: /:4: too_long/ });
  await backfill(place, file, { out: /^0 received/, err: /nothing to do/ });
  appendFileSync(file, line(13) + '\n' + lines(14, 16) + 'broken\n');
  await backfill(place, file, { out: /^3 received: 2 accepted, 0 duplicate, 1 rejected/, err: /:7: bad_json/ });
  assert.strictEqual((await views(place)) - before, 5);
  // At once, and with an end of 70 KB that is too long by itself.
  const other = fresh('long');
  writeFileSync(other, lines(20, 21) + 'y'.repeat(3 << 20) + '\n' + lines(21, 22) + 'z'.repeat(70000));
  await backfill(place, other, { out: /^4 received: 2 accepted, 0 duplicate, 2 rejected/, err: /:2: too_long[^]*:4: too_long/ });
  appendFileSync(other, line(22) + '\n' + lines(23, 24));
  await backfill(place, other, { out: /^1 received: 1 accepted/ });
}

// What can be read of a broken file is counted, and the message says how much that is.
async function brokenFile(place) {
  const file = fresh('cut.gz');
  const before = await views(place);
  const text = lines(30, 30030);
  const packed = gzipSync(text);
  writeFileSync(file, packed.subarray(0, packed.length - 2000));
  const { stderr } = await backfill(place, file, { code: 1, out: /^\d+ received/, err: /gzip stream ends too early; its first \d+ bytes, \d+ lines, have been counted/ });
  const [, bytes, count] = stderr.match(/first (\d+) bytes, (\d+) lines/).map(Number);
  assert.ok(count > 20000 && count < 30000, stderr);
  assert.strictEqual(text.slice(0, bytes).split('\n').length - 1, count);
  assert.strictEqual((await views(place)) - before, count);
  const again = await backfill(place, file, { code: 1, err: new RegExp(`first ${bytes} bytes, ${count} lines`) });
  assert.strictEqual(again.stdout, '', 'sums of nothing');
  writeFileSync(file, packed);
  await backfill(place, file, { out: new RegExp(`^${30000 - count} received: ${30000 - count} accepted`) });
  assert.strictEqual((await views(place)) - before, 30000);
}

// Wrong data is a failure (1), not wrong usage (2).
async function exitCodes(place) {
  const rejected = fresh('rejected');
  writeFileSync(rejected, 'a\nb\n');
  await backfill(place, rejected, { code: 1, out: /^2 received/, err: /every event was rejected/ });
  const array = fresh('array');
  writeFileSync(array, `[${line(0)},`);
  const bad = await backfill(place, array, { code: 1, err: /JSON/ });
  assert.strictEqual(bad.stdout, '');
  const missing = await backfill(place, directory + '/none', { code: 1, err: /No such file/ });
  assert.strictEqual(missing.stdout, '');
  assert.strictEqual((await run(['backfill', ...place, '--format', 'other', rejected])).code, 2);
}

async function lookAlike(place) {
  const [one, other] = [fresh('one'), fresh('other')];
  writeFileSync(one, lines(50000, 50003));
  writeFileSync(other, lines(50000, 50001) + lines(50007, 50010));
  const first = await backfill(place, one, { out: /^3 received/ });
  assert.doesNotMatch(first.stderr, /begins like/);
  await backfill(place, other, { out: /^4 received/, err: /begins like a file that job `default` has counted/ });
  const known = await backfill(place, other, { out: /^0 received/ });
  assert.doesNotMatch(known.stderr, /begins like/);
}

// A bomb: half a megabyte that becomes 512 MiB, all of it one line.
async function bomb(place) {
  const file = fresh('bomb.gz');
  writeFileSync(file, Buffer.concat([gzipSync(lines(60000, 60001)), ...Array(8).fill(gzipSync(Buffer.alloc(64 << 20, 'x'))),
    gzipSync('\n' + lines(60001, 60002))]));
  await backfill(place, file, { out: /^3 received: 2 accepted, 0 duplicate, 1 rejected/, err: /:2: too_long/ });
}

// Between the client and the server: 503 is tried again, and an answer that is lost is asked for.
async function lostAnswers(server) {
  let posts = 0;
  const between = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const post = request.method === 'POST' ? ++posts : 0;
    if (post === 1) return response.writeHead(503).end('{}');
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => /^pagepulse|^content-type/.test(name)));
    const answer = await fetch(server.url + request.url, { method: request.method, headers, body: post ? Buffer.concat(parts) : undefined });
    const body = await answer.text();
    // The server has counted it; the client hears that it is unavailable, and is refused next time.
    if (post === 2) return response.writeHead(503).end('{}');
    response.writeHead(answer.status, { 'Content-Length': Buffer.byteLength(body) }).end(body);
  });
  await new Promise((resolve) => between.listen(0, '127.0.0.1', resolve));
  const file = fresh('lost');
  writeFileSync(file, lines(70000, 90000));
  const place = ['--server', `http://127.0.0.1:${between.address().port}`];
  const own = ['--server', server.url];
  const before = await views(own);
  await backfill(place, file, { err: /were counted, but the answer was lost/ });
  assert.strictEqual((await views(own)) - before, 20000);
  assert.ok(posts > 3, `${posts} posts`);
  await backfill(own, file, { out: /^0 received/, err: /nothing to do/ });
  between.close();
}

async function everything(place) {
  for (const test of [lastLine, longLine, brokenFile, exitCodes, lookAlike, bomb]) {
    await test(place);
    console.log(`${test.name} ${place[0]}: ok`);
  }
}

await everything(['--data', directory + '/data']);
const server = new Server(directory + '/served');
assert.ok(await server.start(), server.log);
await everything(['--server', server.url]);
await lostAnswers(server);
console.log('lostAnswers: ok');
await server.kill('SIGTERM');
process.exit(0);
