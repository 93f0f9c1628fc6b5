// DuckDB's part of bench/peers: a job into a new database, or what such a database holds.
//
//   node duckdb.mjs version
//   node duckdb.mjs from-file|temp-table|first-told THREADS FILE DATABASE
//   node duckdb.mjs on-conflict|merge THREADS DIRECTORY DATABASE    each file of it a transaction
//   node duckdb.mjs answer DATABASE
//
// Times are read without their offset, which is the cheapest and right here: every line has its
// page's own. People are a number a row, which nothing can merge: DuckDB stores no sketches.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const [job, ...rest] = process.argv.slice(2);
const [threads, source, path] = ['version', 'answer'].includes(job) ? ['1', '', ...rest] : rest;
const instance = await DuckDBInstance.create(path ?? ':memory:', { threads });
const db = await instance.connect();
const run = (sql) => db.run(sql);
const rows = async (sql) => (await db.runAndReadAll(sql)).getRowsJson();
const numbers = async (sql) => (await rows(sql))[0].map(Number);

const read = (file, columns) => {
  const typed = columns.map((name) => `${name}: '${name === 'ts' ? 'timestamp' : 'varchar'}'`);
  const text = file.replaceAll("'", "''");
  return `read_json('${text}', format = 'newline_delimited', columns = {${typed.join(', ')}})`;
};

const BY_HOUR = `select page, type, date_trunc('hour', ts) as hour, count(*) as n`;
const BY_POST = `select page, post, type, ts::date as day, count(*) as n`;
const PEOPLE = `select page, ts::date as day, approx_count_distinct(actor) as n`;
const EVENT = ['ts', 'page', 'post', 'actor', 'type'];

async function rollUp(from) {
  await run(`create table by_hour as ${BY_HOUR} from ${from(['page', 'type', 'ts'])} group by all`);
  await run(`create table by_post as ${BY_POST} from ${from(['page', 'post', 'type', 'ts'])} group by all`);
  await run(`create table people as ${PEOPLE} from ${from(['page', 'actor', 'ts'])} group by all`);
}

// A transaction a file of `source`: its events as they are, and their counts. A commit is synced
// before the next file is read. `merge` looks rows up by a join, `on conflict` by an index.
async function batches(by) {
  const columns = ['id', ...EVENT, 'reaction', 'op', 'object', 'source'];
  const keyOf = (columns) => columns.replace(/ (varchar|timestamp|date)/g, '');
  const tables = [
    ['by_hour', BY_HOUR, 'page varchar, type varchar, hour timestamp'],
    ['by_post', BY_POST.replace('post', `coalesce(post, '') as post`),
      'page varchar, post varchar, type varchar, day date'],
  ];
  await run(`set checkpoint_threshold = '1GB'`);  // by default a log of 16 MB: many more, each one dear
  await run(`create table raw (${columns.map((name) => `${name} ${name === 'ts' ? 'timestamp' : 'varchar'}`)})`);
  for (const [table, , key] of tables) {
    const index = by === 'merge' ? '' : `, primary key (${keyOf(key)})`;
    await run(`create table ${table} (${key}, n bigint ${index})`);
  }
  for (const file of readdirSync(source).sort()) {
    await run('begin');
    await run(`create or replace temp table event as from ${read(join(source, file), columns)}`);
    await run('insert into raw from event');
    for (const [table, select, key] of tables) {
      const counts = `${select} from event group by all`;
      await run(by === 'merge'
        ? `merge into ${table} using (${counts}) as more using (${keyOf(key)})
             when matched then update set n = ${table}.n + more.n when not matched then insert`
        : `insert into ${table} ${counts} on conflict do update set n = n + excluded.n`);
    }
    await run('commit');
  }
}

const jobs = {
  'from-file': () => rollUp((columns) => read(source, columns)),

  'temp-table': async () => {
    await run(`create temp table event as from ${read(source, EVENT)}`);
    await rollUp(() => 'event');
  },

  // The first that was told of an id stays. By 64 bits of the id, as the engine does: cheaper than
  // `distinct on`, which carries every column through its hash table.
  'first-told': async () => {
    await run(`create temp table event as
      select hash(coalesce(id, gen_random_uuid()::varchar)) as id, * exclude (id)
      from ${read(source, ['id', ...EVENT])}`);
    await run(`create temp table repeated as
      select id, min(rowid) as first from event group by id having count(*) > 1`);
    await run(`delete from event where rowid in
      (select event.rowid from event join repeated using (id) where event.rowid <> first)`);
    await rollUp(() => 'event');
  },

  'on-conflict': () => batches('on conflict'),
  merge: () => batches('merge'),

  version: async () => console.log((await rows('select version()'))[0][0]),

  answer: async () => {
    const tables = (await rows('show tables')).map(([name]) => name);
    const answer = {
      hours: await numbers('select count(*), sum(n) from by_hour'),
      posts: await numbers('select count(*), sum(n) from by_post'),
      views: (await rows(`
        select page, strftime(hour, '%Y-%m-%d'), coalesce(sum(n) filter (type = 'view'), 0)::varchar,
          coalesce(sum(n) filter (type = 'click'), 0)::varchar
        from by_hour where type in ('view', 'click') group by 1, 2`)).map((row) => row.join(' ')),
    };
    if (tables.includes('people')) answer.people = await numbers('select count(*), sum(n) from people');
    if (tables.includes('raw')) answer.raw = await numbers('select count(*) from raw');
    console.log(JSON.stringify(answer));
  },
};

await jobs[job]();
db.closeSync();
instance.closeSync();  // checkpoints
