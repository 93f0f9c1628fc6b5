// Our count beside the platform's: what is sent and what is reported is written here, and so is what
// must be seen of it. And that a definition changed, wherever numbers across it stand side by side.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { card, eventually, launch, openBoard, tableOf } from './browser.mjs';
import { backfill, civilDay, lines, loadSeries, startWithSample } from './sample.mjs';

let browser;
let server;

const noon = (day) => `2025-11-${day}T12:00:00+07:00`;
const view = (page, day, count) => ({ id: `${page}-${day}`, ts: noon(day), page, actor: 'one', type: 'view', count });
// tan-dinh: [day, sent, reported]; the feed stood still on the 17th and the 18th.
const days = [
  [10, 100, 104],
  [11, 1000, 1000],
  [12, 90, 100],
  [13, 40, 100],
  [14, 80, null],
  [15, 300, 100],
  [16, 0, 0],
  [17, 0, 120],
  [18, 0, 1300],
  [19, 100, 110],
  [20, 5, null],
];
// bến thành: its views are the platform's, a post's total of the 12th and of the 18th.
const content = (views) => `Post ID,Page ID,Permalink,Date,Views\r\n51,1,https://www.facebook.com/1/posts/51,Lifetime,${views}\r\n`;

before(async () => {
  browser = await launch();
  const sent = days.filter(([, count]) => count > 0).map(([day, count]) => view('tan-dinh', day, count));
  const events = [...sent, view('ben-thanh', 10, 5), view('phường-đường-láng', 12, 60)];
  server = await startWithSample({ events: [], config: '[pages."ben-thanh".authority]\nviews = "platform"\n' });
  assert.equal((await server.post(lines(events))).status, 200);
  await loadSeries(server, 'tan-dinh', 'Views', days.filter(([, , n]) => n !== null).map(([day, , n]) => [`2025-11-${day}`, n]));
  await loadSeries(server, 'tan-dinh', 'Reach', [['2025-11-08', 5], ['2025-11-16', 0], ['2025-11-17', 30]]);
  await loadSeries(server, 'ben-thanh', 'Views', [['2025-11-13', 400]]);
  await backfill(server, 'ben-thanh', 'meta-content', 'Nov-01-2025_Nov-12-2025_1.csv', content(700));
  await backfill(server, 'ben-thanh', 'meta-content', 'Nov-13-2025_Nov-18-2025_2.csv', content(900));
  // Graph's days end at midnight in California.
  const insights = { data: [{ name: 'page_media_view', period: 'day', values: [{ value: 66, end_time: '2025-11-13T08:00:00+0000' }] }] };
  await backfill(server, 'phường-đường-láng', 'graph-insights', 'insights.json', JSON.stringify(insights));
});
after(async () => {
  await browser.close();
  await server.kill();
});

const range = 'from=2025-11-10&to=2025-11-20';
const summary = (page, metric) => card(page, 'summary').locator(`[data-metric="${metric}"]`).innerText();

test('each day has our count, the platform’s and the difference; days that fall short are told in words', async () => {
  const page = await openBoard(browser, `${server.url}/?view=reconcile&page=tan-dinh&${range}`);
  await eventually(async () => {
    assert.deepEqual(await tableOf(page, 'days'), [
      ['Thứ hai 10/11/2025', '100', '104', '−4 (−3,8%)'],
      ['Thứ ba 11/11/2025', '1.000', '1.000', '0 (0%)'],
      ['Thứ tư 12/11/2025', '90', '100', '−10 (−10%)'],
      ['Thứ năm 13/11/2025 ⚠ hụt nhiều', '40', '100', '−60 (−60%)'],
      ['Thứ sáu 14/11/2025 nền tảng không báo cáo', '80', '–', '–'],
      ['Thứ bảy 15/11/2025 cao hơn nhiều', '300', '100', '+200 (+200%)'],
      ['Chủ nhật 16/11/2025', '0', '0', '0'],
      ['Thứ hai 17/11/2025 ⚠ không đếm được gì', '0', '120', '−120 (−100%)'],
      ['Thứ ba 18/11/2025 ⚠ không đếm được gì', '0', '1.300', '−1.300 (−100%)'],
      ['Thứ tư 19/11/2025', '100', '110', '−10 (−9,1%)'],
      ['Thứ năm 20/11/2025 nền tảng không báo cáo', '5', '–', '–'],
    ]);
  });
  // Ours is a sum; theirs of the whole range nobody reported, and days are not added up.
  const foot = await page.locator('[data-card="days"] tfoot tr').innerText();
  assert.deepEqual(foot.split('\t').map((text) => text.trim()), ['Cả khoảng', '1.715', '–', '–']);
  assert.equal(await page.locator('[data-card="days"] tbody tr.short').count(), 3);
  const views = (await summary(page, 'views')).split('\n').filter(Boolean);
  assert.ok(views.includes('⚠ Hụt 3 ngày') && views.includes('trong 9 ngày nền tảng có báo cáo'), views);
  assert.ok(views.includes('13/11/2025: hụt nhiều') && views.includes('17/11/2025 – 18/11/2025: không đếm được gì'), views);
  assert.ok(views.includes('⚠ cách tính đổi 15/11/2025'), views);
  await card(page, 'days').getByText('Từ 15/11/2025, Meta đếm lượt xem, trước đó là lượt hiển thị.').waitFor();
  // What nobody reported is not there.
  assert.equal(await card(page, 'summary').locator('[data-metric]').count(), 2);
  assert.deepEqual(page.faults, []);

  await card(page, 'summary').locator('[data-metric="reach"] .figure-choose').click();
  await eventually(async () => {
    const rows = await tableOf(page, 'days');
    assert.deepEqual(rows[7], ['Thứ hai 17/11/2025 ⚠ không đếm được gì', '0', '30', '−30 (−100%)']);
    assert.deepEqual(rows[8], ['Thứ ba 18/11/2025 nền tảng không báo cáo', '0', '–', '–']);
  });
  assert.equal(new URL(page.url()).searchParams.get('metric'), 'reach');
  assert.equal(await card(page, 'days').locator('.definition-note').count(), 0);
  // Reach of the range is of people, not of days: one person came on eight of them.
  assert.match(await page.locator('[data-card="days"] tfoot tr').innerText(), /Cả khoảng\s+1\s+–\s+–/);

  // The address is the view, in the other language too.
  const english = await openBoard(browser, page.url() + '&lang=en');
  await eventually(async () => {
    assert.deepEqual((await tableOf(english, 'days'))[7], ['Monday 17/11/2025 ⚠ nothing counted', '0', '30', '−30 (−100%)']);
    assert.match(await summary(english, 'views'), /⚠ 3 days short/);
  });
  await english.context().close();
  await page.context().close();
});

test('the views share pages and range', async () => {
  const page = await openBoard(browser, `${server.url}/?view=range&page=tan-dinh&${range}&metric=engagement_rate`);
  await card(page, 'totals').waitFor();
  await page.getByRole('link', { name: 'Đối chiếu' }).click();
  await eventually(async () => assert.equal((await tableOf(page, 'days')).length, days.length));
  const address = () => new URL(page.url()).search;
  assert.equal(address(), `?view=reconcile&page=tan-dinh&${range}`);
  await page.getByRole('link', { name: 'Hiện tại' }).click();
  await card(page, 'minutes').waitFor();
  await page.getByRole('link', { name: 'Đối chiếu' }).click();
  assert.equal(address(), `?view=reconcile&page=tan-dinh&${range}`);
  await page.goBack();
  await card(page, 'minutes').waitFor();
  await page.context().close();
});

test('CSV has the bytes of the engine', async () => {
  const page = await openBoard(browser, `${server.url}/?view=reconcile&page=tan-dinh&${range}`);
  await card(page, 'days').locator('table').waitFor();
  const download = page.waitForEvent('download');
  await card(page, 'days').locator('.csv').click();
  const text = (await readFile(await (await download).path())).toString();
  const rows = text.split('\r\n');
  assert.equal(rows[0], '\uFEFFtime,views,reported.views,difference.views,reach,reported.reach,difference.reach');
  assert.equal(rows[8], '2025-11-17T00:00:00+07:00,0,120,-120,0,30,-30');
  assert.equal(rows[11], '2025-11-20T00:00:00+07:00,5,,,1,,');
  await page.context().close();
});

test('of several pages, which fall short; one of them is chosen', async () => {
  const page = await openBoard(browser, `${server.url}/?view=reconcile&${range}`);
  await eventually(async () => {
    assert.deepEqual(await tableOf(page, 'reconciled'), [
      ['Tân Định Gắn kết và Phát triển', '⚠ 3/9 ngày hụt', '⚠ 1/2 ngày hụt', '17/11/2025 – 18/11/2025: không đếm được gì'],
      ['Bến Thành hôm nay', 'số của chính nền tảng', 'không đo được', '–'],
      ['Phường Đường Láng', '0/1 ngày hụt', 'không báo cáo', '–'],
    ]);
  });
  await card(page, 'reconciled').getByRole('button', { name: 'Phường Đường Láng' }).click();
  await eventually(async () => assert.deepEqual((await tableOf(page, 'days'))[2], ['Thứ tư 12/11/2025', '60', '66', '−6 (−9,1%)']));
  await page.getByText('Ngày của nền tảng kết thúc lúc 15:00').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('page'), 'phường-đường-láng');

  // Days are the page's own, whatever zone the other views are in.
  await page.getByLabel('Múi giờ').selectOption('UTC');
  await page.getByText('Ngày ở đây là ngày của trang (giờ Asia/Ho_Chi_Minh)').waitFor();
  assert.deepEqual((await tableOf(page, 'days'))[2].slice(1, 3), ['60', '66']);
  await page.context().close();
});

test('where nothing is reported it says how to load an export', async () => {
  const page = await openBoard(browser, `${server.url}/?view=reconcile&page=tan-dinh&from=2025-01-01&to=2025-01-31`);
  await page.getByText('Nền tảng chưa báo cáo ngày nào trong khoảng này.').waitFor();
  await page.getByText('pagepulse backfill --format meta-series --page tan-dinh FILE.csv').waitFor();
  // And where there are reports.
  await page.getByText('Nền tảng có báo cáo từ 08/11/2025 đến 19/11/2025.').waitFor();
  await page.getByRole('button', { name: 'Xem 28 ngày đến 19/11/2025' }).click();
  await eventually(async () => assert.deepEqual((await tableOf(page, 'days'))[2], ['Thứ hai 10/11/2025', '100', '104', '−4 (−3,8%)']));
  assert.match(page.url(), /from=2025-11-08&to=2025-11-19$/);
  // Since the beginning: of the reports, which are older than the first event. Five are no silence.
  await page.goto(`${server.url}/?view=reconcile&page=tan-dinh&range=all&metric=reach`);
  await eventually(async () => assert.deepEqual((await tableOf(page, 'days'))[0], ['Thứ bảy 08/11/2025', '0', '5', '−5 (−100%)']));
  // What is the platform's own figure is no count of ours.
  await page.goto(`${server.url}/?view=reconcile&page=ben-thanh&lang=en&${range}`);
  await page.getByText('Of this range there is no count of ours to hold beside what the platform reports.').waitFor();
  await page.getByText('there is nothing to hold beside them: views.').waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('what nothing measures is a dash and not 0, and cannot be quoted', async () => {
  const page = await openBoard(browser, `${server.url}/?view=range&page=ben-thanh&${range}&compare=none&metric=reach`);
  const reach = card(page, 'totals').locator('[data-metric="reach"]');
  await eventually(async () => assert.deepEqual((await reach.innerText()).split('\n').filter(Boolean).slice(1, 3), ['–', 'không đo được']));
  await reach.locator('.unmeasured .tip-word').focus();
  assert.match(await reach.locator('[role=tooltip].open').innerText(), /không cho biết ai đã xem/);
  // No chart of nothing; that of views says whose they are.
  await card(page, 'timeline').getByText('không cho biết ai đã xem').waitFor();
  assert.equal(await card(page, 'timeline').locator('.chart, .source-note').count(), 0);
  await card(page, 'totals').locator('[data-metric="views"] .figure-choose').click();
  await card(page, 'timeline').locator('.source-note', { hasText: 'Lượt xem lấy từ báo cáo của nền tảng' }).waitFor();
  assert.deepEqual((await tableOf(page, 'posts'))[0].slice(1), ['0', '900', '–', '0%']);
  const download = page.waitForEvent('download');
  await card(page, 'timeline').locator('.csv').click();
  const rows = (await readFile(await (await download).path())).toString().split('\r\n');
  assert.equal(rows[3], '2025-11-12T00:00:00+07:00,700,,0,0');
  await page.getByRole('button', { name: 'Trích dẫn' }).click();
  const option = page.locator('.quote-options label', { hasText: 'Người tiếp cận (không đo được)' });
  assert.equal(await option.locator('input').isDisabled(), true);
  // Its views are of the days of its reports: that none came in lately is no quiet.
  await page.goto(`${server.url}/?page=ben-thanh`);
  await card(page, 'minutes').getByText('phần tăng thêm được tính vào ngày của báo cáo').waitFor();
  // Of all pages it is of the others: one person of each of them.
  await page.goto(`${server.url}/?view=range&${range}&compare=none&lang=en`);
  await eventually(async () => assert.match(await reach.innerText(), /^Reach\s+1\s+without 1 page\b/));
  await eventually(async () => assert.deepEqual((await tableOf(page, 'pages')).map((row) => row.slice(0, 3)), [
    ['Tân Định Gắn kết và Phát triển', '1,715', '1'],
    ['Bến Thành hôm nay', '900', '–'],
    ['Phường Đường Láng', '60', '1'],
  ]));
  await page.getByRole('button', { name: 'Quote' }).click();
  await page.getByRole('checkbox', { name: 'Reach' }).check();
  await page.locator('blockquote').getByText('Reach without 1 page.').waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a page with reports and no event says what to do', async () => {
  await backfill(server, 'không-sự-kiện', 'meta-content', 'Nov-01-2025_Nov-12-2025_3.csv', content(700));
  const config = '[pages."không-sự-kiện".authority]\nviews = "platform"';
  const page = await openBoard(browser, `${server.url}/?view=range&page=không-sự-kiện&${range}`);
  const note = page.locator('.only-reported');
  await note.getByText('nền tảng có báo cáo lượt xem, nhưng hệ thống chưa nhận sự kiện nào').waitFor();
  assert.equal(await note.locator('pre').innerText(), config);
  // In another range, and of now, as long as nothing ever came.
  await page.goto(`${server.url}/?view=range&page=không-sự-kiện&lang=en`);
  await note.getByText('the platform reports views, but no event of these has come in').waitFor();
  await page.goto(`${server.url}/?page=không-sự-kiện`);
  await eventually(async () => assert.equal(await note.locator('pre').innerText(), config));
  await page.goto(`${server.url}/?view=range&page=tan-dinh&${range}`);
  await card(page, 'posts').waitFor();
  assert.equal(await note.count(), 0);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

const mark = (page, name, metric) => card(page, name).locator(`[data-metric="${metric}"] .definition`);

test('a changed definition is said beside the numbers across it', async () => {
  const at = (more) => `${server.url}/?view=range&page=ben-thanh&${more}`;
  // The range holds the day.
  const page = await openBoard(browser, at(`${range}&compare=none`));
  await mark(page, 'totals', 'views').waitFor();
  assert.equal(await mark(page, 'totals', 'views').locator('.tip-word').innerText(), '⚠ cách tính đổi 15/11/2025');
  assert.equal(await mark(page, 'totals', 'engagement_rate').count(), 1);
  assert.equal(await mark(page, 'totals', 'interactions').count(), 0);
  await mark(page, 'totals', 'views').locator('.tip-word').focus();
  assert.match(await mark(page, 'totals', 'views').getByRole('tooltip').innerText(), /Meta đếm lượt xem, trước đó là lượt hiển thị/);
  await card(page, 'timeline').getByText('Số trước ngày đó và từ ngày đó không so sánh với nhau được.').waitFor();
  assert.equal(await card(page, 'posts').locator('th .definition').count(), 2); // views, engagement rate
  await card(page, 'totals').locator('[data-metric="interactions"] .figure-choose').click();
  await eventually(async () => assert.equal(await card(page, 'timeline').locator('.definition-note').count(), 0));

  // A quote says it, and what is copied does.
  await page.getByRole('button', { name: 'Trích dẫn' }).click();
  await page.locator('blockquote .definition-note').waitFor();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Sao chép tất cả' }).click();
  await page.getByText('Đã sao chép').waitFor();
  const copied = (await page.evaluate(() => navigator.clipboard.readText())).split('\n');
  assert.equal(copied.length, 4);
  assert.equal(copied[2], 'Từ 15/11/2025, Meta đếm lượt xem, trước đó là lượt hiển thị. Số trước ngày đó và từ ngày đó không so sánh với nhau được.');
  await page.context().close();

  // Only the comparison crosses it: the growth of the 18th is counted from a total of the 12th.
  const compared = await openBoard(browser, at('from=2025-11-19&to=2025-11-20&lang=en'));
  await eventually(async () => assert.equal(await mark(compared, 'totals', 'views').locator('.tip-word').innerText(), '⚠ counted otherwise since 15/11/2025'));
  await compared.getByLabel('Against').selectOption('none');
  await eventually(async () => assert.equal(await compared.locator('.definition, .definition-note').count(), 0));

  // A range that goes on, whose numbers are pushed.
  await compared.goto(at('range=all&compare=none'));
  await mark(compared, 'totals', 'views').waitFor();
  await compared.locator('.badge:not(.stale)').waitFor();
  // Our own count is nobody else's definition.
  await compared.goto(`${server.url}/?view=range&page=tan-dinh&${range}&compare=none`);
  await card(compared, 'posts').waitFor();
  assert.equal(await compared.locator('.definition, .definition-note').count(), 0);
  assert.deepEqual(compared.faults, []);
  await compared.context().close();
});

// The clock of the server cannot be put back to a week in which a definition changed, so the answer
// that spans today and the same weekday before is given one here.
test('today against the same weekday: a definition that changed between them', async () => {
  const page = await openBoard(browser, 'about:blank');
  await page.route('**/v1/query', async (route) => {
    const asked = route.request().postDataJSON();
    const answer = await route.fetch();
    const body = await answer.json();
    const spans = !asked.by && asked.from === civilDay(Date.now() - 7 * 86400000);
    if (spans) body.meta.definitions = [{ metric: 'reach', report: 'reach', since: '2026-06-15' }];
    await route.fulfill({ response: answer, json: body });
  });
  await page.goto(server.url + '/?page=tan-dinh');
  await server.post(lines([{ id: 'now', ts: Date.now() - 1000, page: 'tan-dinh', actor: 'n', type: 'view' }]));
  await mark(page, 'today', 'reach').waitFor();
  assert.equal(await mark(page, 'today', 'reach').locator('.tip-word').innerText(), '⚠ cách tính đổi 15/06/2026');
  assert.equal(await page.locator('.definition').count(), 1);
  await page.context().close();
});
