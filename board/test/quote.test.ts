import assert from 'node:assert/strict';
import { test } from 'node:test';
import { approximate, quoteSentence, roundFigure, type QuotedFigure } from '../src/quote.ts';

const views = (value: number): QuotedFigure => ({ metric: 'views', value });
const page = { kind: 'page' as const, name: 'Tân Định', count: 1 };
const range = { from: '2025-07-01', to: '2025-12-18' };

test('the edges, in both languages', () => {
  const edges: [number, string, string][] = [
    [0, '0', '0'],
    [999, '999', '999'],
    [1000, '1.000', '1,000'],
    [1001, '1.001', '1,001'],
    [9999, '9.999', '9,999'],
    [10000, '10.000', '10,000'],
    [10001, 'hơn 10.000', 'more than 10,000'],
    [99949, 'hơn 99.900', 'more than 99,900'],
    [99960, 'gần 100.000', 'nearly 100,000'],
    [371610, 'gần 372.000', 'nearly 372,000'],
    [372000, '372.000', '372,000'],
    [999499, 'hơn 999.000', 'more than 999,000'],
    [999600, 'gần 1 triệu', 'nearly 1 million'],
    [999999, 'gần 1 triệu', 'nearly 1 million'],
    [1000000, '1 triệu', '1 million'],
    [2239999, 'gần 2,24 triệu', 'nearly 2.24 million'],
    [2240000, '2,24 triệu', '2.24 million'],
    [2240001, 'hơn 2,24 triệu', 'more than 2.24 million'],
    [2245465, 'hơn 2,24 triệu', 'more than 2.24 million'],
    [2245999, 'hơn 2,24 triệu', 'more than 2.24 million'],
    [2246000, 'gần 2,25 triệu', 'nearly 2.25 million'],
    [12345678, 'hơn 12,3 triệu', 'more than 12.3 million'],
    [999999999, 'gần 1 tỷ', 'nearly 1 billion'],
    [1234567890, 'hơn 1,23 tỷ', 'more than 1.23 billion'],
    [-5, '−5', '−5'],
    [-123456, '−123.456', '−123,456'],
  ];
  for (const [value, vi, en] of edges) {
    assert.equal(approximate(views(value), 'vi'), vi);
    assert.equal(approximate(views(value), 'en'), en);
  }
});

test('the rounding word is true of every number', () => {
  let seed = 1;
  for (let i = 0; i < 200000; ++i) {
    seed = (seed * 48271) % 2147483647;
    const value = seed % 10 ** (1 + (i % 10));
    const { value: rounded, side } = roundFigure(value);
    assert.equal(side, value === rounded ? 'exact' : value > rounded ? 'above' : 'below');
    assert.ok(Math.abs(rounded - value) <= (0.6 * value) / 100, `${value} became ${rounded}`);
  }
});

test('the sentence that started the project', () => {
  const figures: QuotedFigure[] = [views(2245465), { metric: 'interactions', value: 371610 }];
  assert.equal(
    quoteSentence(figures, page, range, 'vi'),
    'Từ ngày 01/07/2025 đến 18/12/2025, trang Tân Định đã đạt hơn 2,24 triệu lượt xem và gần 372.000 lượt tương tác.',
  );
  assert.equal(
    quoteSentence(figures, page, range, 'en'),
    'From 01/07/2025 to 18/12/2025, the page Tân Định had more than 2.24 million views and nearly 372,000 interactions.',
  );
});

test('an estimate is said to be one', () => {
  const reach: QuotedFigure = { metric: 'reach', value: 72490, estimate: true };
  assert.equal(
    quoteSentence([views(999), reach], page, range, 'vi'),
    'Từ ngày 01/07/2025 đến 18/12/2025, trang Tân Định đã đạt 999 lượt xem, tiếp cận khoảng 72.500 người.',
  );
  assert.equal(
    quoteSentence([reach], page, range, 'en'),
    'From 01/07/2025 to 18/12/2025, the page Tân Định reached about 72,500 people.',
  );
  // Of some of the pages it is a least.
  assert.equal(approximate({ ...reach, atLeast: true }, 'vi'), 'ít nhất khoảng 72.500');
  assert.equal(approximate({ metric: 'reach', value: 12, atLeast: true }, 'en'), 'at least 12');
});

test('one day, a day that is not over, several pages, one', () => {
  const day = { from: '2025-12-18', to: '2025-12-18' };
  assert.equal(
    quoteSentence([views(1)], { kind: 'all', name: '', count: 168 }, day, 'en'),
    'On 18/12/2025, all 168 pages had 1 view.',
  );
  const now = { from: '2025-12-18', to: '2025-12-18T09:30' };
  assert.equal(
    quoteSentence([views(0)], { kind: 'pages', name: 'A, B', count: 2 }, now, 'vi'),
    'Ngày 18/12/2025, tính đến 09:30, 2 trang (A, B) đã đạt 0 lượt xem.',
  );
  assert.equal(
    quoteSentence([views(2)], page, { from: '2025-12-12', to: '2025-12-18T09:30' }, 'vi'),
    'Từ ngày 12/12/2025 đến 09:30 ngày 18/12/2025, trang Tân Định đã đạt 2 lượt xem.',
  );
});
