// The clients that sites and apps have, unmodified, against the real binary: each sends a thousand
// events, and the totals are those of docs/clients.md. Each has a token for a page of its own, so
// that nothing but its address and key says where its events belong.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import { CloudEvent, Mode, emitterFor, httpTransport } from 'cloudevents';
import { PostHog } from 'posthog-node';
import winston from 'winston';
import { Server, temporaryDirectory } from '../integration/process.mjs';

const run = promisify(execFile);
const begin = Date.now() - 3_600_000;
const owner = 'token-of-the-owner-of-all';
const pages = ['posthog', 'segment', 'rudder', 'cloudevents', 'winston', 'syslog-ng', 'curl-gzip', 'curl-chunked', 'curl-expect'];
const keyOf = (page) => `token-for-the-page-${page}`;

// A thousand things that happened: 400 views by 100 people, 300 reactions of which 100 are taken
// back, 100 comments, 50 shares and 50 of a counter of the app's own.
const happened = Array.from({ length: 1000 }, (_, i) => {
  const at = { i, at: new Date(begin + i * 1000), actor: `u${i % 100}` };
  if (i < 400) return { ...at, name: 'view', post: `post-${i % 7}` };
  if (i < 700) return { ...at, name: 'Reaction Added', post: `post-${i}`, reaction: i % 2 ? 'love' : 'wow' };
  if (i < 800) return { ...at, name: 'Reaction Removed', post: `post-${i - 300}` }; // of the same people
  if (i < 900) return { ...at, name: 'Comment Added', post: 'post-1' };
  return { ...at, name: i < 950 ? 'Shared' : 'Form Sent' };
});
const totals = {
  views: 400, reach: 100, reactions: 200, 'reactions.love': 100, 'reactions.wow': 100,
  'reactions.added': 300, 'reactions.removed': 100, comments: 100, shares: 50, form_sent: 50,
};

async function posthog(server) {
  const client = new PostHog(keyOf('posthog'), { host: server.url, flushAt: 50 });
  for (const { name, at, actor, post, reaction } of happened) {
    const event = name === 'view' ? '$pageview' : name;
    client.capture({ distinctId: actor, event, timestamp: at, properties: { post, reaction } });
  }
  client.identify({ distinctId: 'u1', properties: { email: 'a@example.com' } });
  await client.shutdown();
}

async function segment(server) {
  const client = new Analytics({ writeKey: keyOf('segment'), host: server.url, maxEventsInBatch: 50 });
  for (const { name, at, actor, post, reaction } of happened) {
    const call = { userId: actor, timestamp: at, properties: { post, reaction } };
    if (name === 'view') client.page({ ...call, name: 'home' });
    else client.track({ ...call, event: name });
  }
  client.identify({ userId: 'u1', traits: { email: 'a@example.com' } });
  await client.closeAndFlush({ timeout: 60_000 });
}

async function rudder(server) {
  const client = new RudderAnalytics(keyOf('rudder'), {
    dataPlaneUrl: server.url, flushAt: 50, flushInterval: 100, logLevel: 'error', maxQueueSize: 100_000,
  });
  for (const { name, at, actor, post, reaction } of happened) {
    const call = { userId: actor, timestamp: at, properties: { post, reaction } };
    if (name === 'view') client.page({ ...call, name: 'home' });
    else client.track({ ...call, event: name });
  }
  await new Promise((resolve) => client.flush(resolve));
}

async function cloudevents(server) {
  const transport = httpTransport(server.url + '/v1/events');
  const options = { headers: { authorization: `Bearer ${keyOf('cloudevents')}` } };
  const emit = [emitterFor(transport), emitterFor(transport, { mode: Mode.STRUCTURED })];
  const typeOf = (name) => 'vn.example.' + name.toLowerCase().replace(' ', name === 'Form Sent' ? '_' : '.');
  for (let first = 0; first < happened.length; first += 20) {
    const sent = happened.slice(first, first + 20).map(({ i, name, at, actor, post, reaction }) => {
      const type = name === 'Form Sent' ? 'form_sent' : typeOf(name);
      const event = new CloudEvent({ type, source: '/pages/cloudevents', subject: post, time: at.toISOString(),
        data: { actor, reaction } });
      return emit[i % 2](event, options);
    });
    await Promise.all(sent);
  }
}

// By the mapping of the configuration below.
async function winstonHttp(server) {
  const { hostname, port } = new URL(server.url);
  const logger = winston.createLogger({
    transports: [new winston.transports.Http({ host: hostname, port, path: '/v1/events?format=app-log', batch: true,
      batchCount: 50, batchInterval: 200, auth: { bearer: keyOf('winston') } })],
  });
  for (const { i, name, at, actor, post, reaction } of happened) {
    logger.info(name, { uuid: `w${i}`, at: at.toISOString(), user: { id: actor }, post, reaction });
  }
  logger.info('Cache Warmed', { at: new Date(begin).toISOString() });
}

// As winston's, from a file of lines; undefined where Debian's syslog-ng cannot be had.
async function syslogNg(server, data) {
  const folder = join(data, 'syslog-ng');
  mkdirSync(folder);
  const unpacked = await run(new URL('unpack_syslog_ng', import.meta.url).pathname, [folder]).catch(() => undefined);
  if (!unpacked) return undefined;
  const [libraries, program, modules, version] = unpacked.stdout.trim().split('\n');
  const lines = happened.map(({ i, name, at, actor, post, reaction }) =>
    JSON.stringify({ uuid: `s${i}`, message: name, at: at.toISOString(), user: { id: actor }, post, reaction }));
  const at = (name) => join(folder, name);
  writeFileSync(at('app.log'), lines.join('\n') + '\n');
  writeFileSync(at('syslog-ng.conf'), `@version: ${version}
source app { file("${at('app.log')}" flags(no-parse)); };
destination pulse { http(url("${server.url}/v1/events?format=app-log") method("POST")
  headers("Content-Type: application/json", "Authorization: Bearer ${keyOf('syslog-ng')}")
  body("\${MSG}") body-prefix("[") delimiter(",") body-suffix("]") batch-lines(100) batch-timeout(500)); };
log { source(app); destination(pulse); };
`);
  const daemon = spawn(program, ['-F', '--no-caps', '-f', at('syslog-ng.conf'), '-R', at('persist'), '-p', at('pid'),
    '-c', at('control'), `--module-path=${modules}`], { env: { LD_LIBRARY_PATH: libraries }, stdio: 'ignore' });
  process.on('exit', () => daemon.kill());
  return daemon;
}

// Native events in a file; sent twice, for they have ids.
async function curl(server, data, page, coding) {
  const typeOf = { view: 'view', 'Reaction Added': 'reaction', 'Reaction Removed': 'reaction',
    'Comment Added': 'comment', Shared: 'share', 'Form Sent': 'form_sent' };
  const lines = happened.map(({ i, name, at, actor, post, reaction }) => JSON.stringify({
    id: i, ts: at.toISOString(), page, type: typeOf[name], actor, post, reaction,
    ...(name === 'Reaction Removed' ? { op: 'remove' } : {}),
  }));
  const file = join(data, page);
  const text = lines.join('\n');
  writeFileSync(file, coding[0] === 'Content-Encoding: gzip' ? gzipSync(text) : text);
  const args = ['-sS', '--fail-with-body', '-H', `Authorization: Bearer ${keyOf(page)}`, '--data-binary', '@' + file];
  for (const header of coding) args.push('-H', header);
  for (const counted of [1000, 0]) {
    const { stdout } = await run('curl', [...args, server.url + '/v1/events']);
    const reply = JSON.parse(stdout);
    assert.equal(reply.received, 1000, page);
    assert.equal(reply.rejected, 0, page);
    if (counted === 0) assert.ok(reply.duplicate > 0, page);
  }
}

const configuration = `
${[...pages, '*'].map((page) => `
[[tokens]]
name = "${page === '*' ? 'owner' : page}"
token = "${page === '*' ? owner : keyOf(page)}"
pages = ["${page}"]
verbs = ["${page === '*' ? 'query' : 'ingest'}"]`).join('\n')}

[mappings.app-log]
id = "/uuid"
ts = "/at"
page = "@page"
post = "/post"
actor = "/user/id"
type = "/message"
reaction = "/reaction"

[mappings.app-log.types]
"view" = "view"
"Reaction Added" = "reaction"
"Reaction Removed" = "reaction remove"
"Comment Added" = "comment"
"Shared" = "share"
"Form Sent" = "form_sent"
`;

async function totalsOf(server, page) {
  const query = new URLSearchParams({ page, metrics: Object.keys(totals).join(','), last: '24h' });
  const { status, text } = await server.request('/v1/query?' + query, { headers: { authorization: `Bearer ${owner}` } });
  if (status === 404 || status === 400) return { status, text }; // its first event is still to come
  assert.equal(status, 200, text);
  const { totals: found } = JSON.parse(text);
  return Object.fromEntries(Object.keys(totals).map((metric) => [metric, found[metric]]));
}

const data = temporaryDirectory();
const config = join(data, 'pagepulse.toml');
writeFileSync(config, configuration);
const server = new Server(join(data, 'store'), ['--config', config]);
assert.ok(await server.start(), server.log);
const clients = {
  posthog, segment, rudder, cloudevents, winston: winstonHttp,
  'syslog-ng': async (to) => (await syslogNg(to, data)) !== undefined,
  'curl-gzip': (to) => curl(to, data, 'curl-gzip', ['Content-Encoding: gzip']),
  'curl-chunked': (to) => curl(to, data, 'curl-chunked', ['Transfer-Encoding: chunked']),
  'curl-expect': (to) => curl(to, data, 'curl-expect', ['Expect: 100-continue']),
};
for (const [page, send] of Object.entries(clients)) {
  if ((await send(server)) === false) {
    console.log(`${page}: skipped, it cannot be had here`);
    continue;
  }
  // Some send in the background: what they have not sent by then is lost, and told below.
  let found;
  for (let i = 0; i < 600; ++i) {
    found = await totalsOf(server, page);
    if (JSON.stringify(found) === JSON.stringify(totals)) break;
    await sleep(100);
  }
  assert.deepEqual(found, totals, page);
  console.log(`${page}: ${happened.length} events, every total right`);
}
await server.kill('SIGTERM');
process.exit(0);
