// Deliveries of Zalo and Instagram, made up here: signed and by way of the webhooks, as a file, and
// both. Whatever the way, and however often, the answer is the one written below.
//
//   node tests/integration/webhooks.mjs

import assert from 'node:assert';
import { createHash, createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { run, Server, temporaryDirectory } from './process.mjs';

const directory = temporaryDirectory();
const config = join(directory, 'pagepulse.toml');
writeFileSync(config, `
[facebook]
app_secrets = ["meta-secret"]
[zalo.accounts."388613280878808645"]
app_id = "360846524940903967"
secrets = ["oa-secret"]
page = "tan-dinh"
`);

// --- 2025-11-20T10:00:00+07:00 and a second more for each delivery.
const START = 1763607600000;
let clock = START;
const zalo = (event_name, rest) => ({ app_id: '360846524940903967', event_name, ...rest, timestamp: String((clock += 1000)) });
const oa = { id: '388613280878808645' };
const fromUser = (name, user, message) => zalo(name, { sender: { id: user }, recipient: oa, message });
const fromAccount = (name, user, message) => zalo(name, { sender: oa, recipient: { id: user }, message });
const follow = (name, user) => zalo(name, { oa_id: oa.id, follower: { id: user }, source: 'oa_profile' });

const ZALO = [
  follow('follow', '1'), follow('follow', '2'), follow('unfollow', '2'),
  fromUser('user_send_text', '1', { msg_id: 'm1', text: 'Chào phường Tân Định' }),
  fromUser('user_send_image', '2', { msg_id: 'm2' }),
  fromAccount('oa_send_text', '1', { msg_id: 'm3', text: 'Xin chào' }),
  fromAccount('user_received_message', '1', { msg_id: 'm3' }),
  fromAccount('user_received_message', '2', { msg_id: 'm4' }),
  fromAccount('user_seen_message', '1', { msg_ids: ['m3', 'm3', 'm5'] }),
  fromAccount('user_seen_message', '1', { msg_ids: ['m5'] }),
  fromAccount('user_seen_message', '2', { msg_ids: ['m4'] }),
  fromUser('user_reacted_message', '1', { msg_id: 'm3', react_icon: '/-heart' }),
  fromUser('user_reacted_message', '1', { msg_id: 'm3', react_icon: ':>' }),
  zalo('user_click_chatnow', { oa_id: oa.id, user_id: '3' }),
  zalo('create_group', { oa_id: oa.id, group_id: 'g' }),
];
const comment = (id, from) => ({
  object: 'instagram',
  entry: [{ id: '17841400000000001', time: START / 1000, field: 'comments', value: { id, from: { id: from }, media: { id: '3' }, text: 'đẹp' } }],
});
const story = (second, insights) => ({
  object: 'instagram',
  entry: [{ id: '17841400000000001', time: START / 1000 + second, changes: [{ field: 'story_insights', value: { media_id: '9', ...insights } }] }],
});
const INSTAGRAM = [
  comment('178', '5'), comment('179', '6'), comment('180', '17841400000000001'),
  story(1, { impressions: 40, reach: -1, replies: 1 }), story(2, { impressions: 50, reach: 44, replies: 1 }),
];

const WANT = [
  {
    page: '17841400000000001', views: 0, reach: 0, clicks: 0, messages: 0, messages_sent: 0, messages_delivered: 0,
    follows: 0, 'follows.added': 0, 'reactions.haha': 0, reactions: 0, comments: 2, engaged: 2,
  },
  {
    page: 'tan-dinh', views: 3, reach: 2, clicks: 1, messages: 2, messages_sent: 1, messages_delivered: 2,
    follows: 1, 'follows.added': 2, 'reactions.haha': 1, reactions: 1, comments: 0, engaged: 2,
  },
];

// What Instagram said last of its story.
const STORIES = [{ post: '9', 'reported.views': 50, 'reported.reach': 44, 'reported.replies': 1 }];

// --- The ways.

// As the platforms write it: escaped, and it is these bytes that are signed.
const escaped = (value) =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));

async function post(server, path, body, headers) {
  const answer = await server.request(path, { method: 'POST', body, headers });
  assert.strictEqual(answer.status, 200, answer.text);
}

async function deliver(server, order = (deliveries) => deliveries) {
  for (const delivery of order(ZALO)) {
    const body = escaped(delivery);
    const mac = createHash('sha256').update(delivery.app_id + body + delivery.timestamp + 'oa-secret').digest('hex');
    await post(server, '/hooks/zalo', body, { 'X-ZEvent-Signature': `mac=${mac}` });
  }
  for (const delivery of order(INSTAGRAM)) {
    const body = escaped(delivery);
    const mac = createHmac('sha256', 'meta-secret').update(body).digest('hex');
    await post(server, '/hooks/facebook', body, { 'X-Hub-Signature-256': `sha256=${mac}` });
  }
}

const lines = (deliveries) => deliveries.map((delivery) => JSON.stringify(delivery) + '\n').join('');
const zaloFile = join(directory, 'zalo.ndjson'), instagramFile = join(directory, 'instagram.json');
writeFileSync(zaloFile, lines(ZALO));
writeFileSync(instagramFile, JSON.stringify(INSTAGRAM, null, 2));

async function backfill(place, job) {
  for (const [format, file] of [['zalo', zaloFile], ['facebook', instagramFile]]) {
    const got = await run(['backfill', ...place, '--config', config, '--job', job, '--format', format, file]);
    assert.strictEqual(got.code, 0, got.stderr);
    assert.match(got.stdout, /, 0 rejected[,;]/);
  }
}

async function ask(place, query) {
  const day = { from: '2025-11-20', to: '2025-11-20' };
  const got = await run(['query', ...place, '--format', 'json', JSON.stringify({ ...query, ...day })]);
  assert.strictEqual(got.code, 0, got.stderr);
  return JSON.parse(got.stdout).rows;
}

async function answers(place) {
  const metrics = (rows) => Object.keys(rows[0]).slice(1);
  const stories = await ask(place, { page: '17841400000000001', metrics: metrics(STORIES), by: ['post'], order: ['post'] });
  assert.deepStrictEqual(stories, STORIES);
  return ask(place, { page: '*', metrics: metrics(WANT), by: ['page'], order: ['page'] });
}

async function byWebhookThenAgainAndAsAFile() {
  const data = join(directory, 'served');
  const server = new Server(data, ['--config', config]);
  assert.ok(await server.start());
  const place = ['--server', server.url];
  await deliver(server);
  assert.deepStrictEqual(await answers(place), WANT);
  await post(server, '/hooks/zalo', '{}', {});
  await post(server, '/hooks/zalo', escaped(follow('follow', '9')), { 'X-ZEvent-Signature': 'mac=0' });
  await deliver(server, (deliveries) => [...deliveries].reverse());
  await backfill(place, 'history');
  assert.deepStrictEqual(await answers(place), WANT);
  const metrics = (await server.request('/metrics')).text;
  assert.match(metrics, /^pagepulse_zalo_unsigned_total 2$/m);
  assert.match(server.log, /unsigned_delivery/);
  await server.kill('SIGTERM');
  assert.deepStrictEqual(await answers(['--data', data]), WANT);
}

async function asAFileThenByWebhook() {
  const data = join(directory, 'loaded');
  await backfill(['--data', data], 'history');
  await backfill(['--data', data], 'history again');
  assert.deepStrictEqual(await answers(['--data', data]), WANT);
  const server = new Server(data, ['--config', config]);
  assert.ok(await server.start());
  await deliver(server);
  assert.deepStrictEqual(await answers(['--server', server.url]), WANT);
  await server.kill('SIGTERM');
}

async function whatHasNoAdapter() {
  const got = await run(['backfill', '--data', join(directory, 'none'), '--format', 'tiktok', zaloFile]);
  assert.notStrictEqual(got.code, 0);
  assert.match(got.stderr, /unknown format `tiktok`\n {2}hint: .*\bnative\b.*\bfacebook\b.*\bzalo\b/);
}

await byWebhookThenAgainAndAsAFile();
await asAFileThenByWebhook();
await whatHasNoAdapter();
console.log('webhooks: ok');
