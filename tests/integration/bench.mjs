// `pagepulse bench` tells a cost only where the answers are right.
//
//   node tests/integration/bench.mjs

import assert from 'node:assert';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { run, temporaryDirectory } from './process.mjs';

const directory = temporaryDirectory();
const bench = () => run(['bench', '--events', '30000', '--dir', directory]);

const right = await bench();
assert.strictEqual(right.code, 0, right.stderr);
assert.match(right.stdout, /times parse-only/);
assert.match(right.stdout, /values equal to an exact count; reach of 200 pages/);
// The store is gone, the stream is kept.
const left = () => assert.deepStrictEqual(readdirSync(directory).sort(), ['mix-30000-1.ndjson', 'mix-30000-1.ndjson.truth']);
left();

// One view more on one day.
const path = directory + '/mix-30000-1.ndjson.truth';
const truth = readFileSync(path, 'utf8');
writeFileSync(path, truth.replace(/^(\S+ \d+) (\d+)/m, (_, place, views) => `${place} ${Number(views) + 1}`));
const wrong = await bench();
assert.strictEqual(wrong.code, 1, wrong.stdout);
assert.match(wrong.stderr, /WRONG: page \S+ on \S+ differs from the exact count/);
left();
console.log('ok');
process.exit(0);
