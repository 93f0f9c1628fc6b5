// The scripts that sites load into a browser, unmodified, in Chromium: from a page of a listed site
// and from one of another, against the real binary. Passed over where there is no Chromium.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { Server, temporaryDirectory } from '../integration/process.mjs';

const executablePath = [process.env.PAGEPULSE_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
if (!executablePath) {
  console.log('skipped: no Chromium here');
  process.exit(0);
}

const owner = 'token-of-the-owner-of-all';
const pages = ['posthog', 'segment', 'rudder', 'elsewhere'];
const keyOf = (page) => `token-for-the-page-${page}`;
const totals = { views: 40, reach: 1, comments: 20, form_sent: 10 };

// For each a script of a page, which tells what happened by its client.
const sites = {
  posthog: (key, url) => `
    import posthog from '/posthog-js/dist/module.no-external.js';
    posthog.init('${key}', { api_host: '${url}', advanced_disable_flags: true, disable_session_recording: true,
      autocapture: false, capture_pageview: false, capture_pageleave: false, opt_out_useragent_filter: true });
    const names = { view: '$pageview', comment: 'Comment Added', form: 'Form Sent' };
    happened((name) => posthog.capture(names[name]));`,
  segment: (key, url) => `
    import '/@segment/analytics-next/dist/umd/index.js';
    const [analytics] = await AnalyticsNext.AnalyticsBrowser.load({ writeKey: '${key}', cdnSettings: { integrations: {
      'Segment.io': { apiKey: '${key}', apiHost: '${new URL(url).host}/v1', protocol: 'http' } } } });
    happened((name) => name === 'view' ? analytics.page('home')
      : analytics.track(name === 'comment' ? 'Comment Added' : 'Form Sent'));`,
  rudder: (key, url) => `
    import { RudderAnalytics } from '/@rudderstack/analytics-js/dist/npm/modern/bundled/esm/index.mjs';
    const analytics = new RudderAnalytics();
    analytics.load('${key}', '${url}', { getSourceConfig: () => ({ source: { id: 's', name: 's', writeKey: '${key}',
      enabled: true, workspaceId: 'w', config: {},
      connections: [], destinations: [], dataplanes: {} } }) });
    happened((name) => name === 'view' ? analytics.page('home')
      : analytics.track(name === 'comment' ? 'Comment Added' : 'Form Sent'));`,
};

const happened = `
  const happened = (tell) => {
    for (let i = 0; i < ${totals.views}; ++i) tell('view');
    for (let i = 0; i < ${totals.comments}; ++i) tell('comment');
    for (let i = 0; i < ${totals.form_sent}; ++i) tell('form');
  };`;

// A site of its own: files of the packages, and a page for each of the scripts.
function startSite() {
  const site = createServer((request, answer) => {
    const path = new URL(request.url, 'http://site').pathname;
    const script = site.scripts?.[path.slice(1)];
    if (script) return answer.setHeader('Content-Type', 'text/html').end(`<!doctype html><script type="module">${happened}${script}</script>`);
    const file = new URL(`node_modules${path}`, import.meta.url);
    if (!existsSync(file) || path === '/') return answer.writeHead(404).end();
    answer.setHeader('Content-Type', 'text/javascript').end(readFileSync(file));
  });
  return new Promise((resolve) => site.listen(0, 'localhost', () => resolve(site)));
}
const originOf = (site) => `http://localhost:${site.address().port}`;

async function totalsOf(server, page) {
  const query = new URLSearchParams({ page, metrics: Object.keys(totals).join(','), last: '24h' });
  const { status, text } = await server.request('/v1/query?' + query, { headers: { authorization: `Bearer ${owner}` } });
  if (status !== 200) return { status, text }; // its first event is still to come
  const { totals: found } = JSON.parse(text);
  return Object.fromEntries(Object.keys(totals).map((metric) => [metric, found[metric]]));
}

const [site, other] = [await startSite(), await startSite()];
const data = temporaryDirectory();
const config = join(data, 'pagepulse.toml');
writeFileSync(config, `[browsers]
origins = ["https://tan-dinh.example", "${originOf(site)}"]
${[...pages, '*'].map((page) => `
[[tokens]]
name = "${page === '*' ? 'owner' : page}"
token = "${page === '*' ? owner : keyOf(page)}"
pages = ["${page}"]
verbs = ["${page === '*' ? 'query' : 'ingest'}"]`).join('\n')}`);
const server = new Server(join(data, 'store'), ['--config', config]);
assert.ok(await server.start(), server.log);
site.scripts = Object.fromEntries(Object.entries(sites).map(([name, of]) => [name, of(keyOf(name), server.url)]));
other.scripts = { rudder: sites.rudder(keyOf('elsewhere'), server.url) };

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
for (const name of Object.keys(sites)) {
  const page = await browser.newPage();
  const faults = [];
  page.on('console', (message) => faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(`${originOf(site)}/${name}`);
  let found;
  for (let i = 0; i < 300 && JSON.stringify(found) !== JSON.stringify(totals); ++i) {
    await sleep(100);
    found = await totalsOf(server, name);
  }
  assert.deepEqual(found, totals, `${name}: ${faults.join('\n')}`);
  assert.ok(!faults.some((fault) => /CORS|Access-Control/.test(fault)), faults.join('\n'));
  console.log(`${name} in a browser: every total right`);
  await page.close();
}
// Another site's script asks, and the browser does not send what it would.
const page = await browser.newPage();
const refused = new Promise((resolve) => page.on('console', (message) => /CORS policy/.test(message.text()) && resolve()));
await page.goto(`${originOf(other)}/rudder`);
await refused;
assert.match((await totalsOf(server, 'elsewhere')).text, /unknown_page/);
assert.match(server.log, /forbidden_origin/);
await browser.close();
await server.kill('SIGTERM');
console.log('another site: refused');
process.exit(0);
