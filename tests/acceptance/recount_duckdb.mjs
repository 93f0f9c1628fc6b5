#!/usr/bin/env node
// Recounts event files with the whole of product.md's rules, without the engine: DuckDB for ids,
// days and distinct people, facts.mjs for the histories of facts. For valid files alone: it rejects
// nothing, so a line that is not an event stops it.
//
//   node recount_duckdb.mjs --out DIR [--tz ZONE] [--memory 4GB] FILE...
//
// Writes, as NDJSON, values that are not 0:
//   additive.ndjson   {page, day, metric, value}            every additive and net metric
//   sources.ndjson    {page, source, metric, value}         the same over all days; source may be null
//   top_posts.ndjson  {page, month, posts: [{post, interactions}]}   the ten with the most
//   distinct.ndjson   {pages, step, time, metric, value}    reach and engaged: exact numbers of people
//   summary.json      {tz, from, to, lines, counted, duplicates, facts}
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { OPS, walk } from './facts.mjs';

const MAX_EVENTS_OF_A_FACT = 256;
const UNIONS = 20;

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    tz: { type: 'string', default: 'Asia/Ho_Chi_Minh' },
    memory: { type: 'string', default: '4GB' },
  },
});
if (!options.out || files.length === 0) {
  console.error('usage: recount_duckdb.mjs --out DIR [--tz ZONE] [--memory 4GB] FILE...');
  process.exit(2);
}

const text = (value) => `'${String(value).replaceAll("'", "''")}'`;
const log = (message) => console.error(`${(performance.now() / 1000).toFixed(1)} s  ${message}`);

mkdirSync(options.out, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'recount-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const database = await DuckDBInstance.create(join(scratch, 'recount.duckdb'), {
  memory_limit: options.memory,
  temp_directory: join(scratch, 'spill'),
});
const connection = await database.connect();
const run = (sql) => connection.run(sql);
const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS();
const one = async (sql) => Object.values((await rows(sql))[0])[0];
const write = (name, select) =>
  run(`COPY (${select}) TO ${text(join(options.out, name))} (FORMAT json)`);

await read();
await dropRepeatedIds();
const facts = await walkFacts();
await countByDay();
await writeAdditive();
await writeTopPosts();
await writeDistinct();
await writeSummary();

// Every line, numbered in the order of arrival.
async function read() {
  const keys = ['id', 'ts', 'page', 'post', 'actor', 'type', 'reaction', 'op', 'object', 'source'];
  const columns = keys.map((key) => `${key}: 'VARCHAR'`).join(', ');
  await run(`
    CREATE TABLE line AS
    SELECT row_number() OVER () AS line, * EXCLUDE (ts, op, reaction, count),
      coalesce(op, 'add') AS op,
      CASE reaction WHEN 'sorry' THEN 'sad' WHEN 'anger' THEN 'angry' ELSE reaction END AS kind,
      coalesce(count, 1) AS count,
      CASE WHEN regexp_full_match(ts, '-?[0-9]+')
        THEN CASE WHEN ts::BIGINT < 100000000000 THEN ts::BIGINT * 1000 ELSE ts::BIGINT END
        ELSE epoch_ms(ts::TIMESTAMPTZ) END AS ts
    FROM read_json([${files.map(text)}], format = 'newline_delimited',
      columns = {${columns}, count: 'BIGINT'})`);
  log(`${await one('SELECT count(*) FROM line')} lines`);
}

// The first arrival of an id within its page wins. A share without an object is named by its id:
// there the id tells which fact, not that the event was told before.
async function dropRepeatedIds() {
  const claims = `id IS NOT NULL AND NOT (type = 'share' AND object IS NULL)`;
  await run(`
    CREATE TABLE first AS SELECT min(line) AS line FROM line WHERE ${claims} GROUP BY page, id`);
  await run(`
    CREATE TABLE event AS
    SELECT *, CASE type
        WHEN 'reaction' THEN CASE
          WHEN actor IS NULL THEN NULL
          WHEN object IS NOT NULL THEN json_array(type, 'object', object, actor)
          WHEN post IS NOT NULL THEN json_array(type, 'post', post, actor) END
        WHEN 'comment' THEN CASE WHEN object IS NOT NULL THEN json_array(type, object) END
        WHEN 'share' THEN CASE
          WHEN object IS NOT NULL THEN json_array(type, 'object', object)
          WHEN id IS NOT NULL THEN json_array(type, 'id', id) END
        WHEN 'follow' THEN CASE WHEN actor IS NOT NULL THEN json_array(type, actor) END
      END::VARCHAR AS fact
    FROM line WHERE NOT coalesce(${claims}, false) OR line IN (SELECT line FROM first)`);
  await run('DROP TABLE first');
  log(`${await one('SELECT count(*) FROM event')} events once each`);
}

// Every change of a counter: occurrences and facts that cannot be followed as they are, followed
// facts as their histories come out.
async function walkFacts() {
  await run(`
    CREATE TABLE move AS
    SELECT page, post, source, ts, type, kind,
      CASE WHEN op IN ('add', 'unhide') THEN count ELSE 0 END AS added,
      CASE WHEN op IN ('remove', 'hide') THEN count ELSE 0 END AS removed
    FROM event WHERE fact IS NULL`);
  const writer = await database.connect();
  const appender = await writer.createAppender('move');
  const append = (value) => (value === '' ? appender.appendNull() : appender.appendVarchar(value));
  let facts = 0;
  let history = [];
  const finish = () => {
    if (history.length === 0) return;
    facts += 1;
    if (history.length > MAX_EVENTS_OF_A_FACT) {
      throw new Error(`a fact has ${history.length} events: arrival decides there, not the rules`);
    }
    for (const { ts, kind, post, source, n } of walk(history)) {
      appender.appendVarchar(history[0].page);
      append(post);
      append(source);
      appender.appendBigInt(ts);
      appender.appendVarchar(history[0].type);
      append(kind);
      appender.appendBigInt(n > 0 ? 1n : 0n);
      appender.appendBigInt(n > 0 ? 0n : 1n);
      appender.endRow();
    }
    history = [];
  };
  const ordered = await connection.stream(`
    SELECT page, fact, type, ts, op, coalesce(kind, ''), coalesce(post, ''), coalesce(source, '')
    FROM event WHERE fact IS NOT NULL
    ORDER BY page, fact, ts, list_position([${OPS.map(text)}], op), 6, 7, 8`);
  for await (const chunk of ordered.yieldRows()) {
    for (const [page, fact, type, ts, op, kind, post, source] of chunk) {
      if (history.length > 0 && (history[0].fact !== fact || history[0].page !== page)) finish();
      history.push({ page, fact, type, ts, op, kind, post, source });
    }
  }
  finish();
  appender.closeSync();
  writer.closeSync();
  log(`${facts} facts walked`);
  return facts;
}

async function countByDay() {
  const day = `(make_timestamptz(ts * 1000) AT TIME ZONE ${text(options.tz)})::DATE`;
  await run(`
    CREATE TABLE per_type AS
    SELECT page, post, source, ${day} AS day, type, kind, sum(added) AS added, sum(removed) AS removed
    FROM move GROUP BY ALL`);
  // The names of product.md, section 3. A reaction without a kind counts in the total alone.
  const plural = `CASE type WHEN 'view' THEN 'views' WHEN 'click' THEN 'clicks'
    WHEN 'message' THEN 'messages' WHEN 'reaction' THEN 'reactions' WHEN 'comment' THEN 'comments'
    WHEN 'share' THEN 'shares' WHEN 'follow' THEN 'follows' ELSE type END`;
  await run(`
    CREATE VIEW named AS
    SELECT ${plural} AS name, type IN ('reaction', 'comment', 'share', 'follow') AS net, * FROM per_type
    UNION ALL
    SELECT 'reactions.' || kind, true, * FROM per_type WHERE type = 'reaction' AND kind IS NOT NULL
    UNION ALL
    SELECT 'interactions', true, * FROM per_type WHERE type IN ('reaction', 'comment', 'share')`);
  await run(`
    CREATE VIEW metric AS
    SELECT page, post, source, day, name AS metric, added - removed AS value FROM named
    UNION ALL
    SELECT page, post, source, day, name || '.added', added FROM named WHERE net
    UNION ALL
    SELECT page, post, source, day, name || '.removed', removed FROM named WHERE net`);
  log('counted by day');
}

async function writeAdditive() {
  const sum = 'sum(value)::BIGINT AS value';
  await write('additive.ndjson', `
    SELECT page, strftime(day, '%Y-%m-%d') AS day, metric, ${sum} FROM metric
    GROUP BY page, day, metric HAVING sum(value) <> 0 ORDER BY ALL`);
  await write('sources.ndjson', `
    SELECT page, source, metric, ${sum} FROM metric
    GROUP BY page, source, metric HAVING sum(value) <> 0 ORDER BY ALL`);
}

async function writeTopPosts() {
  await write('top_posts.ndjson', `
    WITH ranked AS (
      SELECT page, strftime(day, '%Y-%m') AS month, post, sum(value)::BIGINT AS interactions,
        row_number() OVER (PARTITION BY page, month ORDER BY interactions DESC, post) AS place
      FROM metric WHERE metric = 'interactions' AND post IS NOT NULL GROUP BY page, month, post
      HAVING sum(value) > 0)
    SELECT page, month, list({post: post, interactions: interactions} ORDER BY place) AS posts
    FROM ranked WHERE place <= 10 GROUP BY page, month ORDER BY page, month`);
  log('posts ranked');
}

// Of single pages, of unions of 2 to 20 pages, and of all of them; by day, by month and over all.
async function writeDistinct() {
  const day = `(make_timestamptz(ts * 1000) AT TIME ZONE ${text(options.tz)})::DATE`;
  await run(`CREATE TABLE person AS
    SELECT actor, row_number() OVER () AS person FROM event WHERE actor IS NOT NULL GROUP BY actor`);
  const seen = (metric, condition) => `
    SELECT DISTINCT page, ${day} AS day, '${metric}' AS metric, person
    FROM event JOIN person USING (actor) WHERE ${condition}`;
  await run(`CREATE TABLE seen AS ${seen('reach', `type = 'view'`)} UNION ALL
    ${seen('engaged', `op = 'add' AND type IN ('reaction', 'comment', 'share', 'click')`)}`);
  await run('DROP TABLE person');
  log('people found');

  const pages = (await rows('SELECT DISTINCT page FROM line ORDER BY page')).map((row) => row.page);
  await run('CREATE TABLE member (scope INTEGER, page VARCHAR)');
  const appender = await connection.createAppender('member');
  scopes(pages).forEach((members, scope) => {
    for (const page of members) {
      appender.appendInteger(scope);
      appender.appendVarchar(page);
      appender.endRow();
    }
  });
  appender.closeSync();

  await run(`CREATE TABLE answer
    (scope INTEGER, step VARCHAR, time VARCHAR, metric VARCHAR, value BIGINT)`);
  const times = { day: `strftime(day, '%Y-%m-%d')`, month: `strftime(day, '%Y-%m')`, total: `''` };
  const answer = async (scopes) => {
    for (const [step, time] of Object.entries(times)) {
      await run(`INSERT INTO answer
        SELECT scope, '${step}', ${time}, metric, count(DISTINCT person)
        FROM seen JOIN member USING (page) WHERE ${scopes} GROUP BY ALL`);
    }
  };
  await answer(`scope < ${pages.length}`);
  const last = await one('SELECT max(scope) FROM member');
  for (let scope = pages.length; scope <= last; scope += 1) await answer(`scope = ${scope}`);
  await write('distinct.ndjson', `
    SELECT pages, step, time, metric, value FROM answer
    JOIN (SELECT scope, list(page ORDER BY page) AS pages FROM member GROUP BY scope) USING (scope)
    ORDER BY scope, step, time, metric`);
  log('people counted');
}

function scopes(pages) {
  const result = pages.map((page) => [page]);
  if (pages.length < 2) return result;
  let state = 1n;
  const random = (below) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number((state >> 33n) % BigInt(below));
  };
  for (let n = 0; n < UNIONS; n += 1) {
    const members = new Set();
    const size = Math.min(2 + random(19), pages.length);
    while (members.size < size) members.add(pages[random(pages.length)]);
    result.push([...members]);
  }
  result.push(pages);
  return result;
}

async function writeSummary() {
  const [range] = await rows(`
    SELECT strftime(min(day), '%Y-%m-%d') AS first, strftime(max(day), '%Y-%m-%d') AS last FROM
      (SELECT day FROM per_type UNION ALL SELECT day FROM seen)`);
  const lines = Number(await one('SELECT count(*) FROM line'));
  const counted = Number(await one('SELECT count(*) FROM event'));
  const summary = {
    tz: options.tz, from: range.first, to: range.last,
    lines, counted, duplicates: lines - counted, facts,
  };
  writeFileSync(join(options.out, 'summary.json'), `${JSON.stringify(summary)}\n`);
  console.log(JSON.stringify(summary));
}
