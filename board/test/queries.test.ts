import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays, dayOf, isDay, offsetMinutes, parseDay, toCivil, toInstant, zoneLabel } from '../src/civil.ts';
import { fitting, lastWeekQuery, queryParams, rangeDays, rangeOf, stepOfRange, stepOfZoom, zoomRange } from '../src/queries.ts';
import { defaults } from '../src/state.ts';

const saigon = 'Asia/Ho_Chi_Minh';
const now = Date.parse('2025-12-17T18:30:20Z'); // 01:30 on the 18th in Vietnam

test('days are those of the zone', () => {
  assert.equal(dayOf(now, saigon), '2025-12-18');
  assert.equal(dayOf(now, 'America/New_York'), '2025-12-17');
  assert.equal(toCivil(now, saigon), '2025-12-18T01:30:20+07:00');
  assert.equal(toCivil(now, 'UTC'), '2025-12-17T18:30:20+00:00');
  assert.equal(offsetMinutes(now, 'America/St_Johns'), -210);
  assert.equal(zoneLabel('America/St_Johns', now), 'UTC−3:30');
  assert.equal(zoneLabel(saigon, now), 'UTC+7');
});

test('a clock is turned into its instant, also where it is put forward or back', () => {
  assert.equal(toInstant('2025-12-18', '01:30', saigon), Date.parse('2025-12-17T18:30:00Z'));
  assert.equal(toInstant('2025-10-26', '02:30', 'Europe/Berlin'), Date.parse('2025-10-26T00:30:00Z'));
  assert.equal(toInstant('2025-10-26', '03:30', 'Europe/Berlin'), Date.parse('2025-10-26T02:30:00Z'));
  assert.equal(toInstant('2025-03-30', '02:30', 'Europe/Berlin'), Date.parse('2025-03-30T00:30:00Z'));
});

test('dates as people type them', () => {
  assert.equal(parseDay('18/12/2025'), '2025-12-18');
  assert.equal(parseDay(' 1.7.2025 '), '2025-07-01');
  assert.equal(parseDay('2025-07-01'), '2025-07-01');
  for (const wrong of ['31/02/2025', '12/18/2025', '', 'x', '2025-02-30']) assert.equal(parseDay(wrong), null);
  assert.ok(!isDay('2025-2-3'));
  assert.equal(addDays('2024-02-28', 2), '2024-03-01');
});

test('presets', () => {
  const of = (preset: typeof defaults.preset, from = '', to = '') =>
    rangeOf({ ...defaults, preset, from, to }, saigon, now, '2025-07-01');
  assert.deepEqual(of('today'), { from: '2025-12-18' });
  assert.deepEqual(of('7d'), { from: '2025-12-12' });
  assert.deepEqual(of('28d'), { from: '2025-11-21' });
  assert.deepEqual(of('month'), { from: '2025-12-01' });
  assert.deepEqual(of('year'), { from: '2025-01-01' });
  assert.deepEqual(of('all'), { from: '2025-07-01' });
  assert.deepEqual(of('custom', '2025-07-01', '2025-12-17'), { from: '2025-07-01', to: '2025-12-17' });
  assert.deepEqual(of('custom', '2025-07-01', '2025-12-18'), { from: '2025-07-01' });
  assert.deepEqual(of('custom', '2025-12-20', '2025-12-22'), { from: '2025-12-20', to: '2025-12-22' });
});

test('steps', () => {
  assert.equal(Math.round(rangeDays({ from: '2025-12-12', to: '2025-12-18' }, saigon, now)), 7);
  assert.equal(Math.round(rangeDays({ from: '2025-12-18' }, saigon, now) * 24 * 2), 3);
  assert.equal(stepOfRange(1), 'hour');
  assert.equal(stepOfRange(170), 'day');
  assert.equal(stepOfRange(365), 'week');
  assert.equal(stepOfZoom(24 * 3600e3), 'minute');
  assert.equal(stepOfZoom(7 * 24 * 3600e3), '15min');
  assert.equal(fitting('minute', 3), 'minute');
  assert.equal(fitting('minute', 4), '15min');
  assert.equal(fitting('minute', 365), 'day');
  assert.equal(fitting('week', 365), 'week');
  assert.equal(stepOfZoom(365 * 24 * 3600e3), 'day');
  const zoom: [number, number] = [Date.parse('2025-12-01T00:07:00+07:00'), Date.parse('2025-12-02T10:50:00+07:00')];
  assert.deepEqual(zoomRange(zoom, 'hour', saigon), { from: '2025-12-01T00:00:00+07:00', to: '2025-12-02T11:00:00+07:00' });
  assert.deepEqual(zoomRange(zoom, 'day', saigon), { from: '2025-12-01', to: '2025-12-02' });
});

test('the same weekday at this hour', () => {
  const query = lastWeekQuery({ page: '*', tz: saigon }, '2025-12-18', '2025-12-18T09:41:00+07:00');
  assert.equal(query.from, '2025-12-11');
  assert.equal(query.to, '2025-12-11T09:41:00+07:00');
});

test('an id with a comma cannot be asked for in an address', () => {
  assert.equal(queryParams({ page: ['a', 'b'], metrics: ['views', 'reach'], last: '7d' }), 'page=a%2Cb&metrics=views%2Creach&last=7d');
  assert.equal(queryParams({ page: ['a,b'], metrics: ['views'] }), null);
});
