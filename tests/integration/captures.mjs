// Requests that real clients sent to a capture server, sent again over a socket as they were: path,
// headers, compression and framing. What they count is written below by hand from docs/clients.md.
// Passed over where the captures are not at hand.
//
//   node tests/integration/captures.mjs

import assert from 'node:assert';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { Server, temporaryDirectory } from './process.mjs';

const captures = new URL('../../../shared/fixtures/client_wire/', import.meta.url).pathname;
if (!existsSync(captures)) {
  console.log('captures: none here');
  process.exit(0);
}

const read = (name) => readFileSync(join(captures, `${name}.ndjson`), 'utf8').trim().split('\n').map((line) => JSON.parse(line));

// One captured request, on a connection of its own; `url` where it shall go elsewhere.
function send(server, { method, url, headers, content_encoding, body }, to = url) {
  const bytes = content_encoding === 'gzip' ? gzipSync(body) : Buffer.from(body);
  const fields = headers.flatMap(([name, value]) => [name, /^content-length$/i.test(name) ? String(bytes.length) : value]);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(server.url + to, { method, headers: fields, setHost: false, agent: false }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(pieces).toString() }));
    });
    sent.on('error', reject);
    sent.end(bytes);
  });
}

const metrics = ['reactions', 'reactions.love', 'comments', 'shares', 'interactions', 'engaged', 'views'];

// PostHog: a reaction and a comment of two people; the share names no page, and `$identify` is the
// client's own. CloudEvents: one reaction of nobody, sent in two modes.
const POSTHOG = { source: 'posthog', reactions: 1, 'reactions.love': 1, comments: 1, shares: 0, interactions: 2, engaged: 2, views: 0 };
const CLOUDEVENTS = { source: 'cloudevents', reactions: 1, 'reactions.love': 1, comments: 0, shares: 0, interactions: 1, engaged: 0, views: 0 };

async function expectTotals(server) {
  const { rows } = await server.query({ page: 'p1', metrics, by: 'source', order: 'source', from: '2026-01-01', to: '2026-12-31' });
  assert.deepStrictEqual(rows, [CLOUDEVENTS, POSTHOG]);
  const pages = JSON.parse((await server.request('/v1/pages')).text);
  assert.deepStrictEqual(pages.pages.map(({ page }) => page), ['p1']);
}

// CloudEvents has no address of its own: the client is told one.
async function sendAll(server, order) {
  const all = [
    ...read('posthog').map((captured) => async () => {
      const answer = await send(server, captured);
      assert.deepStrictEqual(answer, { status: 200, text: '{"status":"Ok"}' });
    }),
    ...read('cloudevents').map((captured) => async () => {
      const answer = await send(server, captured, '/v1/events');
      assert.strictEqual(answer.status, 200, answer.text);
      assert.match(answer.text, /"received":1,.*"rejected":0/);
    }),
  ];
  for (const one of order(all)) await one();
}

// Each at the address that its client chose, and the body to every one of the doors by name.
async function whatHasNoAdapter(server) {
  let refused = 0;
  for (const file of readdirSync(captures).filter((name) => name.endsWith('.ndjson'))) {
    const name = file.replace('.ndjson', '');
    if (name === 'posthog') continue;
    for (const captured of read(name)) {
      const answer = await send(server, captured);
      assert.ok([404, 405].includes(answer.status), `${name}: ${answer.status} ${answer.text}`);
      if (answer.status === 404 && captured.method === 'POST') {
        assert.match(answer.text, /feeds come in at \/v1\/events, \/hooks\/facebook, \/hooks\/zalo, \/batch, .*format=NAME/);
      }
      ++refused;
    }
    if (['cloudevents', 'facebook'].includes(name)) continue;
    for (const how of ['format', 'Pagepulse-Format']) {
      const answer = await server.request(how === 'format' ? `/v1/events?format=${name}` : '/v1/events', {
        method: 'POST', body: '{}', headers: how === 'format' ? {} : { [how]: name },
      });
      assert.strictEqual(answer.status, 400);
      const { error } = JSON.parse(answer.text);
      assert.strictEqual(error.code, 'unknown_format');
      assert.match(error.hint, /native, facebook, zalo, meta-content, .*cloudevents, posthog, segment/);
    }
  }
  assert.ok(refused > 10);
}

const server = new Server(join(temporaryDirectory(), 'data'));
assert.ok(await server.start());
await sendAll(server, (all) => all);
await expectTotals(server);
await sendAll(server, (all) => all.reverse());
await whatHasNoAdapter(server);
await expectTotals(server);
await server.kill('SIGTERM');
const reversed = new Server(join(temporaryDirectory(), 'data'));
assert.ok(await reversed.start());
await sendAll(reversed, (all) => [...all].reverse());
await expectTotals(reversed);
await reversed.kill('SIGTERM');
console.log('captures: ok');
