// A range of days: every number on the screen is what /v1/query says, and what was posted.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { card, eventually, figure, footOf, launch, openBoard, tableOf } from './browser.mjs';
import { civilDay, lines, pages, percent, startWithSample, viewsOf, written } from './sample.mjs';

let browser;
let server;
let today;
before(async () => {
  browser = await launch();
  server = await startWithSample();
  today = civilDay(Date.now());
});
after(async () => {
  await browser.close();
  await server.kill();
});

const dayBefore = (n) => civilDay(Date.parse(today + 'T12:00:00+07:00') - n * 86400000);
const shown = (day) => day.split('-').reverse().join('/');
const metrics = 'views,reach,interactions,engagement_rate';
const write = (metric, value, lang) =>
  value === null ? '–' : metric === 'engagement_rate' ? percent(value, 2, lang) : written(value, lang);

function changeOf(metric, value, before, lang) {
  if (metric === 'engagement_rate') return { size: percent(Math.abs(value - before), 2, lang).slice(0, -1), up: value > before };
  return { size: percent(Math.abs(value - before) / Math.abs(before), 1, lang), up: value > before };
}

// All figures, tables and lists of the view against the engine, asked in the test's own words.
async function checkRange(page, { params, lang = 'vi', metric = 'views', step = 'day' }) {
  const ask = (more) => server.query({ ...params, ...more });
  await eventually(async () => {
    const answer = await ask({ metrics, by: `time:${step}` });
    const compared = 'compare' in answer.meta;
    for (const name of metrics.split(',')) {
      const { value, before } = await figure(page, 'totals', name);
      assert.equal(value, write(name, answer.totals[name], lang), name);
      const other = answer.totals['compare.' + name];
      if (!compared) assert.equal(before, null);
      else if (other) {
        const change = changeOf(name, answer.totals[name], other, lang);
        assert.ok(before.includes(write(name, other, lang)), `${name}: ${before}`);
        assert.ok(change.size.startsWith('0%') || before.includes(change.size), `${name}: ${before} without ${change.size}`);
        assert.equal(before.includes('▲'), change.up && change.size !== '0', before);
      }
    }
    const had = compared && Object.entries(answer.totals).some(([key, value]) => key.startsWith('compare.') && value);
    const rows = await tableOf(page, 'timeline');
    assert.equal(rows.length, answer.rows.length);
    answer.rows.forEach((row, i) => {
      assert.equal(rows[i][1], write(metric, row[metric], lang), row.time);
      if (had) assert.equal(rows[i][2], write(metric, row['compare.' + metric], lang), row.time);
      if (step === 'day') assert.ok(rows[i][0].startsWith(shown(row.time.slice(0, 10))));
    });
    assert.equal((await footOf(page, 'timeline'))[1], write(metric, answer.totals[metric], lang));
  });
  await eventually(async () => {
    const reactions = await ask({ metrics: 'reactions', by: 'reaction', order: '-reactions' });
    const rows = await tableOf(page, 'reactions');
    assert.deepEqual(rows.map((row) => row[1]), reactions.rows.map((row) => written(row.reactions, lang)));
    assert.deepEqual(rows.map((row) => row[2]), reactions.rows.map((row) => percent(row.reactions / reactions.totals.reactions, 1, lang)));
  });
  await eventually(async () => {
    const sources = await ask({ metrics: 'views,reach,interactions', by: 'source', order: '-views' });
    const rows = await tableOf(page, 'sources');
    const numbers = sources.rows.map((row) => ['views', 'reach', 'interactions'].map((name) => written(row[name], lang)));
    assert.deepEqual(rows.map((row) => row.slice(1, 4)), numbers);
    const total = ['views', 'reach', 'interactions'].map((name) => written(sources.totals[name], lang));
    assert.deepEqual((await footOf(page, 'sources')).slice(1, 4), total);
  });
  await eventually(async () => {
    const { compare: _, ...plain } = params;
    const posts = await server.query({ ...plain, metrics, by: 'post', order: '-interactions', limit: 10 });
    const rows = await tableOf(page, 'posts');
    assert.deepEqual(rows.map((row) => row[0].split('\n')[0]), posts.rows.map((row) => row.post));
    for (const [at, name] of ['interactions', 'views', 'reach', 'engagement_rate'].entries()) {
      assert.deepEqual(rows.map((row) => row[at + 1]), posts.rows.map((row) => write(name, row[name], lang)));
    }
  });
}

test('ranges, comparisons, zones and languages: every number is that of /v1/query', async () => {
  const tz = 'Asia/Ho_Chi_Minh';
  const page = await openBoard(browser, server.url + '/?view=range&page=tan-dinh&range=7d');
  const seven = { page: 'tan-dinh', tz, from: dayBefore(6) };
  await checkRange(page, { params: { ...seven, compare: 'previous' } });
  // Counted from what was posted, not asked.
  const mine = (event) => event.page === 'tan-dinh' && civilDay(event.ts) >= dayBefore(6);
  assert.equal((await figure(page, 'totals', 'views')).value, written(viewsOf(server.events, mine)));

  await page.getByRole('button', { name: 'Tự chọn' }).click();
  await page.getByLabel('Từ ngày').fill(shown(dayBefore(12)));
  await page.getByLabel('Đến ngày').fill(shown(dayBefore(5)));
  await page.getByRole('button', { name: 'Xem', exact: true }).click();
  const custom = { page: 'tan-dinh', tz, from: dayBefore(12), to: dayBefore(5) };
  await checkRange(page, { params: { ...custom, compare: 'previous' } });

  await page.getByLabel('So với').selectOption('weekday');
  await checkRange(page, { params: { ...custom, compare: 'weekday' } });
  await page.getByLabel('So với').selectOption('none');
  await checkRange(page, { params: custom });
  await page.getByLabel('So với').selectOption('previous');

  await card(page, 'totals').locator('[data-metric="reach"] .figure-choose').click();
  await checkRange(page, { params: { ...custom, compare: 'previous' }, metric: 'reach' });

  await page.getByLabel('Múi giờ').selectOption('America/New_York');
  const away = { ...custom, tz: 'America/New_York', compare: 'previous' };
  await checkRange(page, { params: away, metric: 'reach' });

  await page.getByRole('button', { name: 'English' }).click();
  await checkRange(page, { params: away, metric: 'reach', lang: 'en' });
  await card(page, 'totals').locator('[data-metric="engagement_rate"] .figure-choose').click();
  await checkRange(page, { params: away, metric: 'engagement_rate', lang: 'en' });

  await card(page, 'timeline').locator('select').selectOption('hour');
  await checkRange(page, { params: away, metric: 'engagement_rate', lang: 'en', step: 'hour' });

  const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(width[0] <= width[1]);
  assert.deepEqual(page.faults, []);
  assert.deepEqual([...page.hosts], [new URL(server.url).host]);

  // The address is the view: another browser shows the same.
  const other = await openBoard(browser, page.url());
  await checkRange(other, { params: away, metric: 'engagement_rate', lang: 'en', step: 'hour' });
  assert.equal(other.url(), page.url());
  await page.goBack();
  await checkRange(page, { params: away, metric: 'engagement_rate', lang: 'en' });
  await other.context().close();
  await page.context().close();
});

test('several pages are a union, all of them too', async () => {
  const page = await openBoard(browser, server.url + '/?view=range&range=28d&compare=none');
  const params = { page: '*', tz: 'Asia/Ho_Chi_Minh', from: dayBefore(27) };
  await checkRange(page, { params });
  assert.equal((await figure(page, 'totals', 'views')).value, written(viewsOf(server.events)));
  const people = new Set(server.events.filter((event) => event.type === 'view').map((event) => event.actor)).size;
  const reach = Number((await figure(page, 'totals', 'reach')).value.replaceAll('.', ''));
  assert.ok(Math.abs(reach - people) / people < 0.06, `${reach} people, really ${people}`);
  await card(page, 'totals').getByRole('button', { name: /^±/ }).waitFor();

  const byPage = await server.query({ ...params, metrics: 'views,reach,interactions', by: 'page', order: '-views' });
  await eventually(async () => {
    const rows = await tableOf(page, 'pages');
    assert.deepEqual(rows.map((row) => row.slice(0, 4)), byPage.rows.map((row) => [pages[row.page], written(row.views), written(row.reach), written(row.interactions)]));
  });

  await page.locator('.picker-button').click();
  await page.keyboard.type('duong');
  const found = page.locator('.popover li .picker-label');
  await eventually(async () => assert.deepEqual(await found.allInnerTexts(), ['Phường Đường Láng phường-đường-láng']));
  await page.locator('.popover li input').check();
  await page.locator('.popover input[type=search]').fill('ben');
  await page.locator('.popover li input').check();
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.popover').count(), 0);
  await checkRange(page, { params: { ...params, page: 'phường-đường-láng,ben-thanh' } });
  await page.context().close();
});

test('the filter finds posts that are not among the first', async () => {
  const params = { page: 'tan-dinh', tz: 'Asia/Ho_Chi_Minh', from: dayBefore(27) };
  const { rows } = await server.query({ ...params, metrics: 'interactions,views', by: 'post', order: '-interactions' });
  const last = rows[rows.length - 1];
  assert.ok(rows.length > 30 && last.views > 0, `${rows.length} posts`);
  const page = await openBoard(browser, server.url + '/?view=range&range=28d&compare=none&page=tan-dinh');
  await card(page, 'posts').locator('table').waitFor();
  assert.equal(await card(page, 'posts').getByText(`10 trong ${rows.length} bài`).count(), 1);
  await card(page, 'posts').locator('input[type=search]').fill(last.post.toUpperCase());
  await eventually(async () => {
    const found = await tableOf(page, 'posts');
    assert.deepEqual(found.map((row) => row.slice(0, 3)), [[last.post, written(last.interactions), written(last.views)]]);
  });
  await card(page, 'posts').locator('input[type=search]').fill('no such post');
  await eventually(async () => assert.deepEqual(await tableOf(page, 'posts'), []));
  await card(page, 'posts').locator('input[type=search]').fill('');
  await eventually(async () => assert.equal((await tableOf(page, 'posts')).length, 10));
  await page.context().close();
});

test('CSV has the bytes of the engine, for Excel', async () => {
  const page = await openBoard(browser, server.url + '/?view=range&range=28d&compare=none');
  await card(page, 'pages').locator('table').waitFor();
  const params = { page: '*', tz: 'Asia/Ho_Chi_Minh', from: dayBefore(27), format: 'csv', bom: '1' };
  const expected = {
    pages: { ...params, metrics: 'views,reach,interactions', by: 'page', order: '-views' },
    timeline: { ...params, metrics, by: 'time:day' },
    posts: { ...params, metrics, by: 'post', order: '-interactions' },
  };
  for (const [name, query] of Object.entries(expected)) {
    const download = page.waitForEvent('download');
    await card(page, name).locator('.csv').click();
    const file = await readFile(await (await download).path());
    const answer = await fetch(server.url + '/v1/query?' + new URLSearchParams(query));
    assert.deepEqual(file, Buffer.from(await answer.arrayBuffer()), name);
    assert.deepEqual([...file.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
  }
  const file = await fetch(server.url + '/v1/query?' + new URLSearchParams(expected.pages));
  assert.match(await file.text(), /\r\nphường-đường-láng,\d+,\d+,-?\d+\r\n/);
  await page.context().close();
});

test('the chart zooms to the finest step there is, by mouse and by keyboard', async () => {
  const page = await openBoard(browser, server.url + '/?view=range&range=28d&compare=none&page=tan-dinh');
  const steps = () => card(page, 'timeline').locator('select option').first().innerText();
  await eventually(async () => assert.equal(await steps(), 'ngày (tự động)'));
  const box = await card(page, 'timeline').locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.95, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await eventually(async () => assert.equal(await steps(), '15 phút (tự động)'));
  assert.match(page.url(), /zoom=\d+-\d+/);
  const zoomIn = page.getByRole('button', { name: 'Phóng to', exact: true });
  await zoomIn.focus();
  for (let i = 0; i < 3; ++i) {
    const before = page.url();
    await page.keyboard.press('Enter');
    await eventually(async () => assert.notEqual(page.url(), before));
  }
  await eventually(async () => assert.equal(await steps(), 'phút (tự động)'));
  const [from, to] = new URL(page.url()).searchParams.get('zoom').split('-').map((minute) => new Date(minute * 60000).toISOString());
  const answer = await server.query({ page: 'tan-dinh', metrics: 'views', by: 'time:minute', from, to });
  await eventually(async () => {
    assert.deepEqual((await tableOf(page, 'timeline')).map((row) => row[1]), answer.rows.map((row) => written(row.views)));
  });
  await page.getByRole('button', { name: 'Cả khoảng' }).click();
  await eventually(async () => assert.equal(await steps(), 'ngày (tự động)'));
  // Older than eight days there are no minutes, once they are swept.
  const old = Date.parse(dayBefore(15) + 'T00:00:00+07:00') / 60000;
  const minuteOf = (minute) => new Date(minute * 60000).toISOString();
  await eventually(async () => {
    const params = { page: 'tan-dinh', metrics: 'views', by: 'time:minute', from: minuteOf(old), to: minuteOf(old + 600) };
    const { status, text } = await server.request('/v1/query?' + new URLSearchParams(params));
    assert.equal(status, 400, text.slice(0, 100));
  });
  await page.goto(`${server.url}/?view=range&range=28d&page=tan-dinh&zoom=${old}-${old + 600}`);
  await eventually(async () => assert.equal(await steps(), '15 phút (tự động)'));
  await page.getByText('chỉ còn lưu theo 15 phút').waitFor();
  await page.context().close();
});

test('a quote keeps its value, and shows what it is now', async () => {
  const from = dayBefore(12);
  const to = dayBefore(9);
  const mine = (event) => event.page === 'tan-dinh' && civilDay(event.ts) >= from && civilDay(event.ts) <= to;
  const views = viewsOf(server.events, mine);
  const page = await openBoard(browser, `${server.url}/?view=range&page=tan-dinh&from=${from}&to=${to}`);
  await page.getByRole('button', { name: 'Trích dẫn' }).click();
  const { totals } = await server.query({ page: 'tan-dinh', metrics: 'interactions', from, to });
  const sentence = `Từ ngày ${shown(from)} đến ${shown(to)}, trang Tân Định Gắn kết và Phát triển đã đạt ${written(views)} lượt xem và ${written(totals.interactions)} lượt tương tác.`;
  await eventually(async () => assert.equal(await page.locator('.sentence').innerText(), sentence));
  await page.getByLabel('English').check();
  assert.match(await page.locator('.sentence').innerText(), /^From \d\d\/\d\d\/\d{4} to \d\d\/\d\d\/\d{4}, the page .* had \d+ views and/);
  await page.getByLabel('Tiếng Việt').check();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Sao chép tất cả' }).click();
  await page.getByText('Đã sao chép').waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const [first, second, link] = copied.split('\n');
  assert.equal(first, sentence);
  assert.match(second, /^Số liệu lúc \d\d:\d\d \d\d\/\d\d\/\d{4} \(giờ Asia\/Ho_Chi_Minh\): /);

  const same = await openBoard(browser, link);
  await same.getByText('Con số vẫn như khi trích dẫn.').waitFor();
  const late = { id: 'late', ts: Date.parse(to + 'T12:00:00+07:00'), page: 'tan-dinh', actor: 'late', type: 'view', count: 3 };
  await server.post(lines([late]));
  await same.reload();
  await same.getByText('Con số đã thay đổi').waitFor();
  const rows = await tableOf(same, 'quoted');
  assert.deepEqual(rows[0], ['Lượt xem', written(views), written(views + 3), '+3']);
  assert.deepEqual(rows[1].slice(3), ['0']);
  await same.context().close();

  // One that goes on is closed at a quarter of an hour, so that it can be asked for years later.
  await page.goto(`${server.url}/?view=range&page=tan-dinh&range=7d`);
  await page.getByRole('button', { name: 'Trích dẫn' }).click();
  const open = await page.locator('dialog .link').inputValue();
  assert.match(new URL(open).searchParams.get('to'), /T\d\d:(00|15|30|45):00\+07:00$/);
  const closed = await openBoard(browser, open);
  await closed.getByText('Con số vẫn như khi trích dẫn.').waitFor();
  await closed.context().close();
  await page.context().close();
});

test('a page that is not there is told with a way out', async () => {
  const page = await openBoard(browser, server.url + '/?view=range&page=tan-din');
  await page.getByText('Máy chủ không có trang này').waitFor();
  await page.locator('.notice').getByRole('button', { name: 'Tất cả các trang' }).click();
  await card(page, 'totals').waitFor();
  await page.goto(server.url + '/?view=range&page=tan-dinh&from=2020-01-01&to=2020-01-31');
  await page.getByText('Không có số liệu trong khoảng này.').waitFor();
  await page.getByRole('button', { name: /^Xem 28 ngày đến/ }).click();
  await eventually(async () => assert.notEqual((await figure(page, 'totals', 'views')).value, '0'));
  await page.context().close();
});
