// ClickHouse's part of bench/peers, in process (chdb): the job into a new data directory, or what
// such a directory holds.
//
//   node clickhouse.mjs version
//   node clickhouse.mjs views THREADS FILE DIRECTORY    a Null table and three materialized views
//   node clickhouse.mjs answer DIRECTORY

import { Session, query } from 'chdb';

const ZONE = `'Asia/Ho_Chi_Minh'`;
const [job, ...rest] = process.argv.slice(2);
if (job === 'version') {
  process.stdout.write(query('select version()', 'TSV'));
  process.exit();
}
const [threads, source, path] = job === 'answer' ? ['1', '', ...rest] : rest;
const db = new Session(path);
const rows = (sql) => db.query(sql, 'TSV').trimEnd().split('\n').map((line) => line.split('\t'));
const numbers = (sql) => rows(sql)[0].map(Number);

const jobs = {
  // Times are read without their offset, as in duckdb.mjs. The views group what they insert, so
  // that to sum it once more on insertion would be wasted.
  views: () => {
    db.query('create database peers');
    db.query(`create table peers.event (ts DateTime(${ZONE}), page LowCardinality(String), post String,
      actor String, type LowCardinality(String)) engine = Null`);
    db.query(`create materialized view peers.by_hour engine = SummingMergeTree order by (page, type, hour) as
      select page, type, toStartOfHour(ts) as hour, count() as n from peers.event group by all`);
    db.query(`create materialized view peers.by_post engine = SummingMergeTree order by (page, post, type, day) as
      select page, post, type, toDate(ts) as day, count() as n from peers.event group by all`);
    db.query(`create materialized view peers.people engine = AggregatingMergeTree order by (page, day) as
      select page, toDate(ts) as day, uniqCombinedState(12)(actor) as n from peers.event group by all`);
    const text = source.replaceAll("'", "\\'");
    db.query(`insert into peers.event
      select toDateTime(substring(ts, 1, 19), ${ZONE}), page, post, actor, type
      from file('${text}', JSONEachRow, 'ts String, page String, post String, actor String, type String')
      settings max_threads = ${threads}, max_insert_threads = ${threads},
        parallel_view_processing = ${threads > 1 ? 1 : 0}, optimize_on_insert = 0`);
  },

  answer: () => {
    // Parts that are not merged yet hold several rows of a key.
    console.log(JSON.stringify({
      hours: numbers('select count(), sum(n) from peers.by_hour final'),
      posts: numbers('select count(), sum(n) from peers.by_post final'),
      people: numbers(`select count(), sum(n) from
        (select uniqCombinedMerge(12)(n) as n from peers.people group by page, day)`),
      views: rows(`select page, toDate(hour), sumIf(n, type = 'view'), sumIf(n, type = 'click')
        from peers.by_hour where type in ('view', 'click') group by all`).map((row) => row.join(' ')),
    }));
  },
};

jobs[job]();
db.close();
