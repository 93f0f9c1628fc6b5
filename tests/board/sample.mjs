// Events of three wards over the last twenty days, and what they add up to, counted here.
import { run, temporaryDirectory, Server } from '../integration/process.mjs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const pages = {
  'tan-dinh': 'Tân Định Gắn kết và Phát triển',
  'phường-đường-láng': 'Phường Đường Láng',
  'ben-thanh': 'Bến Thành hôm nay',
};
const day = 86400000;
const kinds = ['like', 'love', 'care', 'haha', 'wow', 'sad', 'angry'];
const sources = ['facebook', 'zalo', 'web', undefined];

// The civil day in Vietnam, which keeps no summer time.
export const civilDay = (ms, offsetHours = 7) => new Date(ms + offsetHours * 3600000).toISOString().slice(0, 10);

export function makeEvents(now, days = 20, perDay = 120) {
  let seed = 20251218;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const events = [];
  const today = Math.floor((now + 7 * 3600000) / day) * day - 7 * 3600000;
  for (let back = days; back >= 0; --back) {
    for (const [p, page] of Object.keys(pages).entries()) {
      for (let i = 0; i < perDay / (p + 1); ++i) {
        const ts = today - back * day + random(day);
        if (ts > now - 3600000) continue; // the last hour is for the tests
        const post = `${page}_${back}_${random(3)}`;
        const actor = `u${random(900)}`;
        const source = sources[random(4)];
        events.push({ id: `s${events.length}`, ts, page, post, actor, type: 'view', source });
        if (random(6) === 0) events.push({ ts, page, post, actor, type: 'reaction', reaction: kinds[random(7)], source });
        if (random(20) === 0) events.push({ ts, page, post, actor, type: 'comment', object: `c${events.length}`, source });
      }
    }
  }
  return events;
}

export const lines = (events) => events.map((event) => JSON.stringify(event)).join('\n') + '\n';

export async function startWithSample({ events = makeEvents(Date.now()), config = '' } = {}) {
  const data = temporaryDirectory();
  const file = join(data, 'board-test.toml');
  const names = Object.entries(pages).map(([id, name]) => `[pages."${id}"]\nname = "${name}"\n`);
  writeFileSync(file, names.join('') + '[store]\ncheckpoint = "1s"\n' + config);
  const server = new Server(join(data, 'store'), ['--config', file]);
  if (!(await server.start())) throw new Error('the server did not start: ' + server.log);
  server.events = events;
  for (let at = 0; at < events.length; at += 5000) {
    const { status, body } = await server.post(lines(events.slice(at, at + 5000)));
    if (status !== 200 || body.rejected > 0) throw new Error(JSON.stringify(body));
  }
  return server;
}

// Has the server load a file, as an operator does.
export async function backfill(server, page, format, name, bytes) {
  const file = join(temporaryDirectory(), name);
  writeFileSync(file, bytes);
  const zone = format === 'meta-series' ? [] : ['--tz', 'Asia/Ho_Chi_Minh'];
  const { code, stdout, stderr } = await run(['backfill', '--server', server.url, '--job', `${page} ${name}`, '--format', format, '--page', page, ...zone, file]);
  if (code !== 0 || !/ 0 rejected/.test(stdout)) throw new Error(stdout + stderr);
}

// A page's daily series as Meta exports it: [day, value] of each.
export function loadSeries(server, page, title, days) {
  const text = ['sep=,', `"${title}"`, '"Date","Primary"', ...days.map(([day, value]) => `"${day}T00:00:00","${value}"`)].join('\r\n');
  return backfill(server, page, 'meta-series', `${title}.csv`, Buffer.from('\uFEFF' + text + '\r\n', 'utf16le'));
}

const count = (events, test) => events.filter(test).length;
export const viewsOf = (events, test = () => true) => count(events, (event) => event.type === 'view' && test(event));

// 2.240.000 or 2,240,000
export function written(value, lang = 'vi') {
  const sign = value < 0 ? '−' : '';
  return sign + String(Math.abs(value)).replace(/\B(?=(\d{3})+$)/g, lang === 'vi' ? '.' : ',');
}

export function percent(fraction, decimals, lang = 'vi') {
  const text = String(Number((fraction * 100).toFixed(decimals)));
  return (lang === 'vi' ? text.replace('.', ',') : text) + '%';
}
