// Whoever reads it: axe on every view, light and dark, both languages, a phone, a wall; how much it
// weighs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { card, eventually, launch, openBoard } from './browser.mjs';
import { backfill, civilDay, lines, loadSeries, startWithSample } from './sample.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser;
let server;
before(async () => {
  browser = await launch();
  server = await startWithSample({ config: '[pages."theirs".authority]\nviews = "platform"\n' });
  const now = Date.now();
  const recent = Array.from({ length: 400 }, (_, i) => ({ id: `r${i}`, ts: now - i * 4000, page: 'tan-dinh', post: `tan-dinh_0_${i % 3}`, actor: `r${i}`, type: 'view' }));
  await server.post(lines(recent));
  // Of each day of the last weeks the platform reports ten times what was sent: all fall short.
  const days = Array.from({ length: 27 }, (_, i) => [civilDay(now - (i + 1) * 86400000), 1200]).reverse();
  await loadSeries(server, 'tan-dinh', 'Views', days);
  await loadSeries(server, 'ben-thanh', 'Reach', [['2025-11-14', 7], ['2025-11-15', 0], ...days]);
  // A page of the platform's views, and one that has reports and no event.
  const content = 'Post ID,Page ID,Permalink,Date,Views\r\n51,1,https://www.facebook.com/1/posts/51,Lifetime,700\r\n';
  for (const page of ['theirs', 'reported']) await backfill(server, page, 'meta-content', 'Nov-01-2025_Nov-12-2025_1.csv', content);
});
after(async () => {
  await browser.close();
  await server.kill();
});

async function faultsOf(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }));
  return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => `${node.target} ${node.any.map((check) => check.message)}`).join('; ')}`);
}

const views = {
  now: { address: '/', ready: 'moving' },
  page: { address: '/?page=tan-dinh&lang=en', ready: 'moving' },
  range: { address: '/?view=range&range=7d', ready: 'posts' },
  zoomed: { address: '/?view=range&range=28d&step=hour&lang=en&page=tan-dinh', ready: 'posts' },
  quoted: { address: '/?view=range&from=2025-01-01&to=2025-01-02&quoted=views:5&at=1735900000', ready: 'quoted' },
  wall: { address: '/?wall', ready: 'moving' },
  reconciled: { address: '/?view=reconcile&page=tan-dinh&range=28d', ready: 'days' },
  reconciledPages: { address: '/?view=reconcile&lang=en', ready: 'reconciled' },
  crossed: { address: '/?view=reconcile&page=ben-thanh&from=2025-11-01&to=2026-07-01&lang=en', ready: 'days' },
  unreported: { address: '/?view=reconcile&page=phường-đường-láng', ready: 'unreported' },
  unmeasured: { address: '/?view=range&page=theirs&from=2025-11-10&to=2025-11-20&metric=reach', ready: 'posts' },
  onlyReported: { address: '/?view=range&page=reported&from=2025-11-10&to=2025-11-20&lang=en', ready: 'totals' },
  wrong: { address: '/?view=range&page=nobody' },
};

const desk = { width: 1366, height: 900 };
const phone = { width: 360, height: 740 };

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing, ${colorScheme}`, async () => {
    for (const [name, { address, ready }] of Object.entries(views)) {
      for (const viewport of [desk, phone]) {
        const page = await openBoard(browser, server.url + address, { colorScheme, viewport });
        if (ready) await card(page, ready).waitFor();
        else await page.locator('.notice').waitFor();
        await page.waitForTimeout(300);
        assert.deepEqual(await faultsOf(page), [], `${name}, ${viewport.width}`);
        const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(content <= window, `${name} is ${content} wide on ${viewport.width}`);
        assert.deepEqual(page.faults, []);
        await page.context().close();
      }
    }
    const page = await openBoard(browser, server.url + '/?view=range&range=7d', { colorScheme });
    await card(page, 'posts').waitFor();
    await page.locator('.picker-button').click();
    assert.deepEqual(await faultsOf(page), [], 'the picker');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Trích dẫn' }).click();
    await page.locator('.sentence').waitFor();
    assert.deepEqual(await faultsOf(page), [], 'the quote');
    await page.context().close();
  });
}

test('without a mouse: what a metric is, on focus; Escape closes', async () => {
  const page = await openBoard(browser, server.url + '/?view=range&range=7d');
  await card(page, 'totals').waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Đến nội dung chính');
  await card(page, 'totals').locator('[data-metric="reach"] .tip-word').first().focus();
  const tip = card(page, 'totals').locator('[data-metric="reach"] [role=tooltip].open');
  assert.match(await tip.innerText(), /Số người khác nhau/);
  // It listens once it is drawn, so on a busy machine the first one may come too early.
  await eventually(async () => {
    await page.keyboard.press('Escape');
    assert.equal(await tip.count(), 0);
  });
  await page.context().close();
});

test('it weighs little', async () => {
  const html = await (await fetch(server.url + '/')).text();
  let bytes = gzipSync(html).length;
  for (const [, path] of html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
    const answer = await fetch(server.url + path);
    assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    bytes += gzipSync(Buffer.from(await answer.arrayBuffer())).length;
  }
  console.log(`the board: ${bytes} bytes compressed`);
  assert.ok(bytes > 10000 && bytes < 200 * 1024);
});

test('the wall has no controls and fits its screen', async () => {
  const page = await openBoard(browser, server.url + '/?wall&page=tan-dinh', { viewport: { width: 1920, height: 1080 } });
  await card(page, 'moving').waitFor();
  await eventually(async () => assert.equal(await page.locator('select:visible, .csv:visible, nav:visible').count(), 0));
  const [height, window] = await page.evaluate(() => [document.documentElement.scrollHeight, innerHeight]);
  assert.ok(height <= window, `${height} high`);
  await page.context().close();
});
