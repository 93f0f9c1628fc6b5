#!/usr/bin/env node
// Asks a running server for everything that recount_duckdb.mjs counted, and compares.
//
//   node compare.mjs --recount DIR [--server http://127.0.0.1:8080] [--token TOKEN]
//
// Additive metrics and rankings must be equal. People: equal where the set is small enough to be
// exact; elsewhere the errors, in standard errors as the answer states them, must be unbiased, at most
// 0.5 % beyond three, none beyond five. Exit code 1 when anything is not so.
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const PARALLEL = 4;
const SHOWN = 20;
// A set of at most this many people is exact (docs/storage_format.md, distinct sets of a page).
const EXACT_PEOPLE = 256;
const MAX_BIAS = 0.1;  // of a standard error: what the number of samples alone cannot explain away

const { values: options } = parseArgs({
  options: {
    recount: { type: 'string' },
    server: { type: 'string', default: 'http://127.0.0.1:8080' },
    token: { type: 'string' },
  },
});
if (!options.recount) {
  console.error('usage: compare.mjs --recount DIR [--server URL] [--token TOKEN]');
  process.exit(2);
}

const summary = JSON.parse(readFileSync(join(options.recount, 'summary.json'), 'utf8'));
const range = { from: summary.from, to: summary.to, tz: summary.tz };
let failures = 0;

function fail(message) {
  failures += 1;
  if (failures <= SHOWN) console.error(`  ${message}`);
  if (failures === SHOWN + 1) console.error('  … and more');
}

// Compares what the server says of one thing with what was recounted: absent is 0.
function expectEqual(what, actual, expected = 0) {
  if ((actual ?? 0) !== expected) fail(`${what}: ${actual} instead of ${expected}`);
}

async function ask(query) {
  const headers = { 'content-type': 'application/json' };
  if (options.token) headers.authorization = `Bearer ${options.token}`;
  const response = await fetch(new URL('/v1/query', options.server), {
    method: 'POST', headers, body: JSON.stringify({ ...range, ...query }),
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`${JSON.stringify(query)}: ${response.status} ${body}`);
  return JSON.parse(body);
}

async function* lines(name) {
  const input = createReadStream(join(options.recount, name));
  for await (const line of createInterface({ input })) yield JSON.parse(line);
}

// Calls visit(group) for every group of neighbouring lines with one key, a few at a time.
async function forGroups(name, key, visit) {
  const running = new Set();
  const start = async (group) => {
    if (group.length === 0) return;
    const task = visit(group).finally(() => running.delete(task));
    running.add(task);
    if (running.size >= PARALLEL) await Promise.race(running);
  };
  let group = [];
  for await (const row of lines(name)) {
    if (group.length > 0 && key(group[0]) !== key(row)) {
      await start(group);
      group = [];
    }
    group.push(row);
  }
  await start(group);
  await Promise.all(running);
}

// {time or name: {metric: value}}
function table(rows, label) {
  const result = new Map();
  for (const row of rows) {
    const name = label(row);
    if (!result.has(name)) result.set(name, {});
    result.get(name)[row.metric] = row.value;
  }
  return result;
}

async function metricNames() {
  const names = new Set();
  for await (const row of lines('additive.ndjson')) names.add(row.metric);
  return [...names].sort();
}

function compareTable(what, answer, expected, label, metrics) {
  let values = 0;
  const seen = new Set();
  for (const row of answer.rows) {
    const name = label(row);
    seen.add(name);
    for (const metric of metrics) {
      expectEqual(`${what} ${name} ${metric}`, row[metric], expected.get(name)?.[metric]);
      values += 1;
    }
  }
  for (const name of expected.keys()) {
    if (!seen.has(name)) fail(`${what} ${name}: no row`);
  }
  return values;
}

async function compareAdditive(metrics) {
  let values = 0;
  await forGroups('additive.ndjson', (row) => row.page, async (rows) => {
    const { page } = rows[0];
    const answer = await ask({ page: [page], metrics, by: ['time:day'] });
    values += compareTable(page, answer, table(rows, (row) => row.day), dayOf, metrics);
    const totals = {};
    for (const row of rows) totals[row.metric] = (totals[row.metric] ?? 0) + row.value;
    for (const metric of metrics) {
      expectEqual(`${page} in all, ${metric}`, answer.totals[metric], totals[metric]);
    }
  });
  console.log(`additive: ${values} values by page, day and metric`);
}

async function compareSources(metrics) {
  let values = 0;
  await forGroups('sources.ndjson', (row) => row.page, async (rows) => {
    const { page } = rows[0];
    const answer = await ask({ page: [page], metrics, by: ['source'] });
    const expected = table(rows, (row) => row.source);
    values += compareTable(`${page} source`, answer, expected, (row) => row.source ?? null, metrics);
  });
  console.log(`sources: ${values} values by page, source and metric`);
}

async function compareTopPosts() {
  let rankings = 0;
  for await (const { page, month, posts } of lines('top_posts.ndjson')) {
    const answer = await ask({
      page: [page], metrics: ['interactions'], by: ['post'], order: ['-interactions'], limit: 10,
      from: later(`${month}-01`, summary.from), to: earlier(lastDay(month), summary.to),
    });
    const ranked = answer.rows.filter((row) => row.interactions > 0)
      .map((row) => `${row.post} ${row.interactions}`).join(', ');
    const expected = posts.map((row) => `${row.post} ${row.interactions}`).join(', ');
    if (ranked !== expected) fail(`posts of ${page} in ${month}: ${ranked} instead of ${expected}`);
    rankings += 1;
  }
  console.log(`top posts: ${rankings} rankings by page and month`);
}

async function comparePeople() {
  const samples = [];
  let exact = 0;
  const key = (row) => JSON.stringify([row.pages, row.step]);
  await forGroups('distinct.ndjson', key, async (rows) => {
    const { pages, step } = rows[0];
    const answer = await ask({ page: pages, metrics: ['reach', 'engaged'], by: [`time:${step}`] });
    const label = { day: dayOf, month: (row) => dayOf(row).slice(0, 7), total: () => '' }[step];
    const actual = new Map(answer.rows.map((row) => [label(row), row]));
    for (const { time, metric, value } of rows) {
      const what = `${pages.length > 3 ? `${pages.length} pages` : pages} ${step} ${time} ${metric}`;
      const estimate = actual.get(time)?.[metric] ?? 0;
      if (value <= EXACT_PEOPLE) {
        expectEqual(what, estimate, value);
        exact += 1;
        continue;
      }
      const error = answer.meta.metrics[metric].relative_standard_error;
      if (!(error > 0)) {
        fail(`${what}: no standard error in meta`);
        continue;
      }
      samples.push({
        kind: pages.length > 1 ? 'unions' : 'pages', cluster: pages[0], step, metric, what,
        z: (estimate - value) / value / error,
      });
    }
  });
  console.log(`people: ${exact} exact values, ${samples.length} estimates`);
  judge(samples);
}

function judge(samples) {
  for (const [name, members] of groupBy(samples, groupOf)) {
    const { mean, deviation } = moments(members.map(({ z }) => z));
    console.log(`  ${name.padEnd(22)} ${String(members.length).padStart(6)} estimates, error in ` +
      `standard errors: mean ${mean.toFixed(3)}, deviation ${deviation.toFixed(3)}`);
  }
  if (samples.length === 0) return;
  const beyond = (limit) => samples.filter(({ z }) => Math.abs(z) > limit);
  // Estimates of one page share people, so they err together: a page is one sample of the bias.
  const pages = [...groupBy(samples.filter(({ kind }) => kind === 'pages'), ({ cluster }) => cluster)]
    .map(([, members]) => moments(members.map(({ z }) => z)).mean);
  const bias = moments(pages);
  const tolerance = Math.max(MAX_BIAS, 3 * bias.deviation / Math.sqrt(Math.max(pages.length, 1)));
  const share = beyond(3).length / samples.length;
  console.log(`  bias ${bias.mean.toFixed(3)} (tolerated ${tolerance.toFixed(3)}), ` +
    `beyond 3: ${(share * 100).toFixed(3)} %, beyond 5: ${beyond(5).length}`);
  if (Math.abs(bias.mean) > tolerance) fail(`estimates are biased by ${bias.mean} standard errors`);
  if (share > 0.005) fail(`${(share * 100).toFixed(2)} % of the estimates are beyond 3 standard errors`);
  for (const { what, z } of beyond(5)) fail(`${what}: off by ${z.toFixed(1)} standard errors`);
}

const groupOf = ({ kind, step, metric }) => `${kind} ${step} ${metric}`;

function groupBy(list, key) {
  const result = new Map();
  for (const item of list) {
    const name = key(item);
    if (!result.has(name)) result.set(name, []);
    result.get(name).push(item);
  }
  return result;
}

function moments(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(values.length - 1, 1)) };
}

const dayOf = (row) => row.time.slice(0, 10);
const later = (a, b) => (a > b ? a : b);
const earlier = (a, b) => (a < b ? a : b);

function lastDay(month) {
  const [year, number] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}

const metrics = await metricNames();
await compareAdditive(metrics);
await compareSources(metrics);
await compareTopPosts();
await comparePeople();
console.log(failures === 0 ? 'all equal' : `${failures} differences`);
process.exit(failures === 0 ? 0 : 1);
