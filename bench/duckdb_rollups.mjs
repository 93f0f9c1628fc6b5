// DuckDB on the same file, for comparison: counts by page x type x hour and by post x type x day, and
// people by page x day, duplicates removed by id, stored in a database file. Needs
// `npm install` in tests/acceptance.
//
//   node bench/duckdb_rollups.mjs FILE [THREADS]

import { createRequire } from 'node:module';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

const require = createRequire(join(process.env.DUCKDB_FROM ?? 'tests/acceptance', 'package.json'));
const { DuckDBInstance } = require('@duckdb/node-api');
const [file, threads = '2'] = process.argv.slice(2);
const path = join(tmpdir(), `duckdb-rollups-${process.pid}.db`);
const start = process.hrtime.bigint();
const instance = await DuckDBInstance.create(path, { threads });
const db = await instance.connect();
await db.run(`create temp table e as select distinct on (coalesce(id, gen_random_uuid()::varchar)) * from
  read_json('${file}', format = 'newline_delimited', columns = {id: 'varchar', ts: 'timestamptz', page: 'varchar',
  post: 'varchar', actor: 'varchar', type: 'varchar', reaction: 'varchar', op: 'varchar', source: 'varchar'})`);
await db.run(`create table by_hour as select page, type, date_trunc('hour', ts) as h, count(*) as n from e group by all`);
await db.run(`create table by_post as select post, type, date_trunc('day', ts) as d, count(*) as n from e group by all`);
await db.run(`create table people as select page, date_trunc('day', ts) as d, approx_count_distinct(actor) as n from e group by all`);
await db.run('checkpoint');
const wall = Number(process.hrtime.bigint() - start) / 1e9;
const { user, system } = process.resourceUsage
  ? { user: process.resourceUsage().userCPUTime, system: process.resourceUsage().systemCPUTime }
  : process.cpuUsage();
const { maxRSS } = process.resourceUsage();
const count = (await (await db.run('select count(*) from e')).getRows())[0][0];
console.log(`DuckDB, ${threads} threads: ${count} events kept, ${wall.toFixed(1)} s wall, ${((user + system) / 1e6).toFixed(1)} s CPU, ${(maxRSS / 1024).toFixed(0)} MiB`);
rmSync(path, { force: true });
process.exit(0);
