// Query latency over HTTP as a client sees it: cycling pages, one keep-alive connection, no result
// cache to help. The first round over the pages, whose blocks RocksDB has to read, is told apart.
// Against a server that holds a generated `mix` and has just been started:
//
//   node bench/http_queries.mjs http://127.0.0.1:8080 [REQUESTS]

import http from 'node:http';

const [base, count = '2000'] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function get(path) {
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint();
    http.get(base + path, { agent }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => (body += chunk));
      answer.on('end', () => {
        if (answer.statusCode !== 200) reject(new Error(`${answer.statusCode} ${body}`));
        else resolve({ ms: Number(process.hrtime.bigint() - start) / 1e6, body });
      });
    }).on('error', reject);
  });
}

const { body } = await get('/v1/pages?limit=100000');
const pages = JSON.parse(body).pages.map(({ page }) => encodeURIComponent(page));
const months = ['2025-07', '2025-08', '2025-09', '2025-10', '2025-11'];
const lastDay = { '2025-07': 31, '2025-08': 31, '2025-09': 30, '2025-10': 31, '2025-11': 30 };
const month = (i) => `from=${months[i % 5]}-01&to=${months[i % 5]}-${lastDay[months[i % 5]]}`;
const half = 'from=2025-07-01&to=2025-12-31';
const shapes = {
  'healthz (the floor)': () => '/healthz',
  'page by day, six months: views': (i) => `/v1/query?page=${pages[i % pages.length]}&metrics=views&${half}&by=time:day`,
  'page by day, six months: views, reach, interactions': (i) =>
    `/v1/query?page=${pages[i % pages.length]}&metrics=views,reach,interactions&${half}&by=time:day`,
  'reach of a page, six months': (i) => `/v1/query?page=${pages[i % pages.length]}&metrics=reach&${half}`,
  'reach of 168 pages together, six months': (i) =>
    `/v1/query?page=${Array.from({ length: 168 }, (_, k) => pages[(i + k) % pages.length]).join(',')}&metrics=reach&${half}`,
  'top ten posts of a page, a month': (i) =>
    `/v1/query?page=${pages[i % pages.length]}&metrics=interactions&${month(i)}&by=post&order=-interactions&limit=10`,
  'top ten posts of all pages, a month': (i) => `/v1/query?page=*&metrics=interactions&${month(i)}&by=post&order=-interactions&limit=10`,
};
const line = (name, times) => {
  times.sort((a, b) => a - b);
  const at = (q) => times[Math.min(times.length - 1, Math.floor(q * times.length))].toFixed(2).padStart(8);
  console.log(name.padEnd(60) + at(0.5) + at(0.99) + at(1));
};
const measure = async (path, rounds) => {
  const times = [];
  for (let i = 0; i < rounds; ++i) times.push((await get(path(i))).ms);
  return times;
};
const coldest = 'page by day, six months: views';  // the first to touch the store
console.log('ms (client)'.padEnd(60) + 'p50'.padStart(8) + 'p99'.padStart(8) + 'max'.padStart(8));
for (const [name, path] of Object.entries(shapes)) {
  const first = await measure(path, pages.length);
  if (name === coldest) line(name + ', first round', first);
  line(name, await measure(path, Number(count)));
}
agent.destroy();
