// What people meet at the command line: errors in one form, exit codes, one look for one thing
// whether a server holds the store or not.
//
//   node tests/integration/command_line.mjs

import assert from 'node:assert';
import { join } from 'node:path';

import { run, Server, temporaryDirectory } from './process.mjs';

const data = join(temporaryDirectory(), 'data');

async function expect(args, code, stderr, input) {
  const got = await run(args, { input });
  assert.strictEqual(got.code, code, `${args.join(' ')}: ${got.stderr}`);
  assert.match(got.stderr, stderr, args.join(' '));
  return got.stdout;
}

async function wrongUsage() {
  const form = (message, hint) => new RegExp(`^pagepulse: ${message}\n  hint: ${hint}\n$`);
  await expect([], 2, form('a command is missing', 'see `pagepulse --help`'));
  await expect(['querry', 'page=p'], 2, form('`pagepulse` has no command `querry`', 'did you mean `query`\\?'));
  await expect(['nosuch', '--help'], 2, form('`pagepulse` has no command `nosuch`', '.*'));
  await expect(['serve', '--lisen=:1'], 2, form('`pagepulse serve` has no option `--lisen`', 'did you mean `--listen`\\?'));
  await expect(['serve', 'now'], 2, form('`pagepulse serve` has no argument `now`', 'see `pagepulse serve --help`'));
  await expect(['query'], 2, form('`pagepulse query`: words is required', 'see `pagepulse query --help`'));
  await expect(['query', 'page=p metrics=views last=never'], 2, /hint: /);
  assert.match(await expect(['--help'], 0, /^$/), /Exit codes: 0 done, 1 failed, 2 wrong usage/);
  await expect(['query', '--help'], 0, /^$/);
  await expect(['--version'], 0, /^$/);
}

// One page of the year 2025, and a line that is rejected.
async function load() {
  const event = (ts) => `{"ts":"${ts}T08:00:00+07:00","page":"tan-dinh","type":"view"}\n`;
  const input = event('2025-07-01') + 'broken\n' + event('2025-12-18');
  await expect(['backfill', '--data', data, '--job', 'year', '-'], 0, /^-:2: bad_json\n$/, input);
}

async function query() {
  const ask = (words) => ['query', '--data', data, '--format', 'table', `metrics=views ${words}`];
  await expect(ask('page=tan last=1d'), 1, /hint: did you mean `tan-dinh`\?/);
  await expect(ask('page=wholly-other last=1d'), 1, /hint: page=\*/);
  const elsewhere = /there are some from 2025-07-01 to 2025-12-18/;
  assert.match(await expect(ask('page=tan-dinh last=30d'), 0, /^$/), elsewhere);
  assert.match(await expect(ask('page=* from=2025-06-01 to=2025-06-30'), 0, /^$/), elsewhere);
  for (const day of ['2025-07-01', '2025-09-01', '2025-12-18']) {
    assert.doesNotMatch(await expect(ask(`page=tan-dinh from=${day} to=${day}`), 0, /^$/), elsewhere);
  }
}

async function inspect() {
  const ask = async (place) => {
    const shown = [];
    for (const what of [['job', 'year'], ['job', 'none'], ['rejected']]) {
      shown.push(await expect(['inspect', ...place, ...what], 0, /^$/));
    }
    return shown;
  };
  const keys = async (...what) => expect(['inspect', '--data', data, 'keys', ...what], 0, /^$/);
  // 2025-07-01 and 2025-12-18 are days 20270 and 20440, their months 666 and 671.
  const entry = ' entry, no post, no source\n  01:00      views 1\n';
  const quarter = (hex, day) =>
    `${hex}02040000000100000000  row of detail: page \`tan-dinh\`, 15min cells of ${day} UTC\n${entry}`;
  assert.strictEqual(await keys('quarters'), quarter('00004f2e', '2025-07-01') + quarter('00004fd8', '2025-12-18'));
  assert.strictEqual(await keys('quarters', '00004fd8'), quarter('00004fd8', '2025-12-18'));
  assert.strictEqual(await keys('minutes'), '');
  assert.match(await keys('days', '0000029f0301'), /^\S+ {2}row of page: page `tan-dinh`, day cells of 2025-12\n {2}day 18     views 1\n$/);
  assert.strictEqual((await keys('days')).match(/^\S+ {2}row of/gm).length, 2 * 2 * 2); // day, month; page, no source
  assert.match(await keys('records'), /log entry 1, [^]* {2}2025-07-01T01:00:00.000Z {2}add view, page `tan-dinh`\n/);
  await expect(['inspect', '--data', data, 'keys', 'rollups'], 2, /rollups/);
  const offline = await ask(['--data', data]);
  assert.match(offline[0], /: counted up to byte \d+, line 3: 2 accepted, 0 duplicate, 1 rejected\n$/);
  assert.match(offline[2], /Z {2}year, format `native`, line 2, offset \d+, \d+ bytes: bad_json\n$/);
  const server = new Server(data);
  assert.ok(await server.start());
  assert.deepStrictEqual(await ask(['--server', server.url]), offline);
  await server.kill('SIGTERM');
}

// The mappings that are shipped, into a directory and through a server: lines, and a document.
async function formats() {
  const config = new URL('../../docs/mappings.example.toml', import.meta.url).pathname;
  await expect(['backfill', '--data', data, '--format', 'citizens', '-'], 2, /unknown format `citizens`\n {2}hint: there is native, facebook, /);
  const lines = [1, 2, 3].map((n) => `{"uuid":"${n}","at":"2025-07-01T08:00:0${n}+07:00","what":"${n > 2 ? 'Debugging' : 'Article Opened'}"}\n`).join('') + '{}\n';
  const alerts = JSON.stringify({ alerts: [{ id: 1, state: 'raised', ward: 'w', created_at: 1751331590.25 }, { id: 2, state: 'test', created_at: 1 }] }, null, 1);
  const places = [['--data', join(temporaryDirectory(), 'data')], ['--server', '']];
  const server = new Server(join(temporaryDirectory(), 'data'), ['--config', config]);
  assert.ok(await server.start());
  places[1][1] = server.url;
  for (const place of places) {
    const send = (format, job, input, stderr) => expect(['backfill', ...place, '--config', config, '--format', format, '--job', job, '-'], 0, stderr, input);
    const fault = /^-:4: missing_ts\n$/;
    assert.match(await send('citizen', 'a', lines, fault), /^3 received: 2 accepted, 0 duplicate, 1 rejected, 1 others ignored; /);
    assert.match(await send('citizen', 'b', lines, fault), /^3 received: 0 accepted, 2 duplicate, 1 rejected, 1 others ignored; /);
    assert.match(await send('sos', 'c', alerts, /^$/), /^1 received: 1 accepted, 0 duplicate, 0 rejected, 1 others ignored; /);
    const words = 'page=* metrics=views,sos.raised by=page from=2025-07-01 to=2025-07-01';
    const { rows } = JSON.parse(await expect(['query', ...place, '--format', 'json', words], 0, /^$/));
    assert.deepStrictEqual(rows, [{ page: 'tan-dinh-app', views: 2, 'sos.raised': 0 }, { page: 'w', views: 0, 'sos.raised': 1 }]);
  }
  await server.kill('SIGTERM');
}

await wrongUsage();
await load();
await query();
await inspect();
await formats();
console.log('ok');
