// Runs every system of bench/peers in turn, checks that all did the same work, and prints the table.
// Called by bench/peers/run.
//
// A run is a process from start to end, its start-up and its reading of the file included, kept to
// its cores by taskset and measured by GNU time: what the kernel accounts to it (wait4), in the same
// way for every system.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const BATCH = 5000;
const names = ['pagepulse', 'dir', 'events', 'batch-events', 'rounds'];
const { values: options } = parseArgs({
  options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});
const pagepulse = resolve(options.pagepulse);
const dir = resolve(options.dir);
const events = Number(options.events);
const batchEvents = Number(options['batch-events']);
const stream = join(dir, `mix-${events}-1.ndjson`);

const scratch = mkdtempSync(join(dir, 'peers-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
const batches = join(scratch, 'batches');

function fail(message) {
  console.error(message);
  process.exit(1);
}

function tryOutput(command, ...args) {
  const child = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 30 });
  return child.status === 0 ? { text: child.stdout } : { error: `${child.error ?? ''}${child.stderr ?? ''}`.trim() };
}

function output(command, ...args) {
  const { text, error } = tryOutput(command, ...args);
  return text ?? fail(`failed: ${command} ${args.join(' ')}\n${error}`);
}

function bytesOf(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

// --- Are they the same answers?

const agreed = {};
function agree(about, name, value) {
  const text = JSON.stringify(value);
  const first = (agreed[about] ??= { name, text });
  if (first.text !== text) fail(`WRONG: ${name} and ${first.name} differ in the ${about}`);
}

// The people of each page and day are estimates of two kinds: their sum is compared, in which the
// errors cancel out.
let people;
function agreeInPeople(name, sum) {
  people ??= { name, sum };
  if (Math.abs(sum / people.sum - 1) > 0.03) {
    fail(`WRONG: ${name} counts ${sum} people of days, ${people.name} ${people.sum}`);
  }
}

function checkKept(name, answer, count) {
  for (const n of [answer.hours[1], answer.posts[1], answer.raw?.[0] ?? count]) {
    if (n !== count) fail(`WRONG: ${name} holds ${n} events, not ${count}`);
  }
  agree(`rows of ${count} events`, name, [answer.hours[0], answer.posts[0]]);
  agree(`views and clicks of ${count} events`, name, answer.views.sort());
  if (!answer.people) return;
  agree('rows of people', name, answer.people[0]);
  agreeInPeople(name, answer.people[1]);
}

function checkRemoved(name, answer) {
  agree('rows without duplicates', name, [answer.hours, answer.posts, answer.people[0]]);
  agree('views and clicks without duplicates', name, answer.views.sort());
  agreeInPeople(name, answer.people[1]);
}

// Views and clicks by page and day: in them nothing is changed or withdrawn, so that every system
// means the same.
function checkPagepulse(name, data) {
  const rows = output(pagepulse, 'query', '--data', data, '--format', 'ndjson', 'page=* metrics=views,clicks ' +
    'by=page,time:day from=2025-06-30 to=2025-12-31 tz=Asia/Ho_Chi_Minh limit=1000000').trimEnd().split('\n');
  const views = rows.map((row) => JSON.parse(row)).filter(({ views, clicks }) => views || clicks)
    .map(({ page, time, views, clicks }) => `${page} ${time.slice(0, 10)} ${views} ${clicks}`);
  agree('views and clicks without duplicates', name, views.sort());
}

// --- The systems

const program = (file, ...args) => ['node', fileURLToPath(new URL(file, import.meta.url)), ...args];

function versionOf(file) {
  const { text, error } = tryOutput(...program(file, 'version'));
  if (!text) console.error(`${file} cannot run and is left out: ${error.match(/^\w*Error.*$/m)?.[0] ?? error}`);
  return text?.trim().replace(/^v/, '');
}
const versions = {
  pagepulse: output(pagepulse, '--version').trim().split(' ').pop(),
  DuckDB: versionOf('duckdb.mjs'),
  ClickHouse: versionOf('clickhouse.mjs'),
};

// A system that is a process making a store at `path`.
function loading(name, count, command, check) {
  const measure = (cores) => {
    const store = join(scratch, 'store');
    const path = join(store, 'data');
    const usage = join(scratch, 'usage');
    mkdirSync(store);
    output('sync');  // nobody pays for what another one wrote
    output('time', '-q', '-o', usage, '-f', '%e %U %S %M',
      'taskset', '-c', cores === 1 ? '0' : '0,1', ...command(cores, path));
    const [wall, user, system, kib] = readFileSync(usage, 'utf8').trim().split(' ').map(Number);
    const cost = { wall, cpu: ((user + system) * 1e9) / count, rss: kib / 1024, disk: bytesOf(store) / 2 ** 20 };
    check(name, path);
    rmSync(store, { recursive: true });
    return cost;
  };
  return { name, measure };
}

function peer(what, job, count, source, check) {
  const [system] = what.split(',');
  if (!versions[system]) return [];
  const file = `${system.toLowerCase()}.mjs`;
  const command = (cores, path) => program(file, job, String(cores), source, path);
  return [loading(what, count, command, (name, path) =>
    check(name, JSON.parse(output(...program(file, 'answer', path))), count))];
}

// Its own report, since its process also takes the yardstick and checks the answers.
function oneAtATime() {
  const option = '--one-at-a-time';
  if (!output(pagepulse, 'bench', '--help').includes(option)) {
    console.error(`this pagepulse has no bench ${option}: it is left out`);
    return [];
  }
  const measure = (cores) => {
    output('sync');
    const report = output(pagepulse, 'bench', option, '--events', String(batchEvents), '--dir', dir,
      '--cores', String(cores));
    const number = (pattern) => Number((report.match(pattern) ?? fail(`no ${pattern} in\n${report}`))[1]);
    return {
      wall: number(/^rate .*; ([\d.]+) s$/m),
      cpu: number(/^CPU +(\d+) ns/m),
      rss: number(/(\d+) MiB resident/),
      disk: (number(/store (\d+)/) * batchEvents) / 2 ** 20,
    };
  };
  return [{ name: `pagepulse, bench ${option}`, measure }];
}

const backfill = loading('pagepulse, backfill', events, (_, path) => [pagepulse, 'backfill', '--data', path, stream],
  checkPagepulse);
const durable = oneAtATime();
const sections = [
  {
    title: `${events} events, duplicates removed`,
    count: events,
    base: backfill,
    systems: [backfill, ...peer('DuckDB, first told of an id', 'first-told', events, stream, checkRemoved)],
  },
  {
    title: `${events} events, duplicates kept (beside pagepulse's backfill, which removes them)`,
    count: events,
    base: backfill,
    systems: [
      ...peer('DuckDB, from the file (3 passes)', 'from-file', events, stream, checkKept),
      ...peer('DuckDB, by a temporary table', 'temp-table', events, stream, checkKept),
      ...peer('ClickHouse, Null table and 3 views', 'views', events, stream, checkKept),
    ],
  },
  {
    title: `${batchEvents} events, ${BATCH} at a time, each batch durable before the next`,
    count: batchEvents,
    base: durable[0],
    systems: [
      ...durable,
      ...peer('DuckDB, events; 2 counts by MERGE', 'merge', batchEvents, batches, checkKept),
      ...peer('DuckDB, events; 2 counts by ON CONFLICT', 'on-conflict', batchEvents, batches, checkKept),
    ],
  },
];

// --- Rounds, and the table

mkdirSync(batches);
output('split', '-l', String(BATCH), '-a', '6', '-d', join(dir, `mix-${batchEvents}-1.ndjson`), `${batches}/`);

// Every other round runs backwards, so that no system always follows the same one.
const onCores = (systems) => systems.flatMap((system) => [2, 1].map((cores) => ({ system, cores })));
const runs = onCores(sections.flatMap(({ systems }) => systems));
const rounds = Array.from({ length: Number(options.rounds) }, (_, round) => {
  const costs = new Map();
  for (const { system, cores } of round % 2 ? [...runs].reverse() : runs) {
    process.stderr.write(`round ${round + 1}: ${system.name}; cores: ${cores}\n`);
    costs.set(`${system.name} ${cores}`, system.measure(cores));
  }
  return costs;
});

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
const MEASURES = ['wall', 'cpu', 'rss', 'disk'];
const cells = (texts) => texts.map((text, i) => (i === 0 ? text.padEnd(41) : text.padStart(10))).join('');
const times = (ratio) => (Number.isFinite(ratio) ? `${ratio.toFixed(ratio < 10 ? 2 : 1)}x` : '');

console.log(Object.entries(versions).filter(([, version]) => version).map((entry) => entry.join(' ')).join(', ') +
  `; medians of ${rounds.length} rounds; on the right the ratios to pagepulse on as many cores`);
console.log(cells(['', 'cores', 'wall s', 'M ev/s', 'CPU ns/ev', 'peak MiB', 'disk MiB',
  'wall', 'CPU', 'peak', 'disk']));
const spreads = [];
for (const { title, count, base, systems } of sections) {
  console.log(`\n${title}`);
  for (const { system, cores } of onCores(systems)) {
    const cost = (measure, { name }) => rounds.map((costs) => costs.get(`${name} ${cores}`)[measure]);
    const [wall, cpu, rss, disk] = MEASURES.map((measure) => median(cost(measure, system)));
    const ratios = MEASURES.map((measure) => {
      if (!base) return NaN;
      const own = cost(measure, base);
      const ratios = cost(measure, system).map((value, round) => value / own[round]);
      if (system !== base && measure === 'cpu') spreads.push(...ratios.map((ratio) => ratio / median(ratios) - 1));
      return median(ratios);
    });
    console.log(cells([system.name, `${cores}`, wall.toFixed(2), (count / wall / 1e6).toPrecision(3), cpu.toFixed(0),
      rss.toFixed(0), disk.toFixed(0), ...ratios.map(times)]));
  }
}
if (rounds.length > 1 && spreads.length > 0) {
  const percent = (ratio) => `${(100 * ratio).toFixed(0)} %`;
  const range = `${percent(Math.min(...spreads))} to +${percent(Math.max(...spreads))}`;
  console.log(`\nratios of CPU in single rounds: ${range} of these`);
}
console.log('all agree: rows, events, people; views and clicks of every page and day');
