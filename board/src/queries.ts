// The questions behind each view.

import { addDays, dayOf, isDay, toCivil } from './civil.ts';
import type { State } from './state.ts';
import { reconciledMetrics, steps } from './state.ts';
import type { Compare, Metric, Query, Step } from './types.ts';

// The pages a question is about, and whose days it means.
export interface Scope {
  page: string[] | '*';
  tz: string;
}

// A range as the language takes it. Without `to`: until now.
export interface Range {
  from: string;
  to?: string;
}

// `firstDay` is the first on which anything happened, null where nothing ever did.
export function rangeOf(state: State, tz: string, now: number, firstDay: string | null): Range {
  const today = dayOf(now, tz);
  switch (state.preset) {
    case 'today':
      return { from: today };
    case '7d':
      return { from: addDays(today, -6) };
    case '28d':
      return { from: addDays(today, -27) };
    case 'month':
      return { from: today.slice(0, 8) + '01' };
    case 'year':
      return { from: today.slice(0, 5) + '01-01' };
    case 'all':
      return { from: firstDay ?? today };
    case 'custom': {
      // One that ends today or later goes on: until now, so that it is compared at the same hour.
      const open = isDay(state.to) && state.to >= today && state.from <= today;
      return open ? { from: state.from } : { from: state.from, to: state.to };
    }
  }
}

const startOf = (text: string, tz: string) =>
  isDay(text) ? Date.parse(text + 'T00:00:00Z') : Date.parse(toCivil(Date.parse(text), tz).slice(0, 19) + 'Z');

// How long it is, near enough to choose a step by.
export function rangeDays(range: Range, tz: string, now: number): number {
  const from = startOf(range.from, tz);
  const to = range.to ? startOf(range.to, tz) + (isDay(range.to) ? 86400000 : 0) : Date.parse(toCivil(now, tz).slice(0, 19) + 'Z');
  return Math.max(0, to - from) / 86400000;
}

const minutesOf: Record<Step, number> = {
  minute: 1,
  '15min': 15,
  hour: 60,
  day: 1440,
  week: 10080,
  month: 43200,
  year: 525600,
};

// A chart and a table of more would be neither read nor drawn in a frame.
const mostPoints = 5000;
export const fits = (step: Step, days: number): boolean => (days * 1440) / minutesOf[step] <= mostPoints;

// The step that is wanted, or the next coarser one that fits.
export function fitting(wanted: Step, days: number): Step {
  return steps.slice(steps.indexOf(wanted)).find((step) => fits(step, days)) ?? 'year';
}

// Of a whole range: days where there are not too many, so that the table can be read.
export function stepOfRange(days: number): Step {
  if (days <= 2) return 'hour';
  if (days <= 190) return 'day';
  return days <= 1200 ? 'week' : 'month';
}

// Of what was zoomed into: the finest that a chart shows without crowding.
const uncrowded = 1500;
export function stepOfZoom(ms: number): Step {
  return steps.find((step) => ms / 60000 / minutesOf[step] <= uncrowded) ?? 'year';
}

export const coarser = (step: Step): Step => steps[Math.min(steps.indexOf(step) + 1, steps.length - 1)]!;

// Instants of a zoom fall on its step's begin, else a coarse step would be refused or cut.
export function zoomRange(zoom: [number, number], step: Step, tz: string): Range {
  const unit = Math.min(minutesOf[step], 60) * 60000;
  if (minutesOf[step] >= 1440) return { from: dayOf(zoom[0], tz), to: dayOf(zoom[1] - 1, tz) };
  const from = Math.floor(zoom[0] / unit) * unit;
  return { from: toCivil(from, tz), to: toCivil(Math.max(Math.ceil(zoom[1] / unit) * unit, from + unit), tz) };
}

export const headline: Metric[] = ['views', 'reach', 'interactions', 'engagement_rate'];

export function chartQuery(scope: Scope, range: Range, step: Step, compare?: Compare): Query {
  return { ...scope, ...range, metrics: headline, by: ['time:' + step], compare };
}

export function minutesQuery(scope: Scope): Query {
  return { ...scope, last: '30min', metrics: ['views', 'reach', 'interactions'], by: ['time:minute'] };
}

export function todayQuery(scope: Scope, today: string): Query {
  return { ...scope, from: today, metrics: headline, by: ['time:hour'] };
}

// The same weekday of last week, up to the minute that `until` (a civil text of today) says. Minutes
// of that day are still kept.
export function lastWeekQuery(scope: Scope, today: string, until: string): Query {
  const day = addDays(today, -7);
  const to = addDays(until.slice(0, 10), -7) + until.slice(10);
  return { ...scope, from: day, to, metrics: headline, by: ['time:hour'] };
}

export function movingQuery(scope: Scope): Query {
  const metrics: Metric[] = ['views', 'reach', 'interactions'];
  return { ...scope, last: '60min', metrics, by: ['post'], order: ['-views'], limit: 8, compare: 'previous' };
}

export function reactionsQuery(scope: Scope, range: Range, compare?: Compare): Query {
  return { ...scope, ...range, metrics: ['reactions'], by: ['reaction'], order: ['-reactions'], compare };
}

export function groupQuery(scope: Scope, range: Range, by: 'source' | 'page', compare?: Compare): Query {
  const metrics: Metric[] = ['views', 'reach', 'interactions'];
  return { ...scope, ...range, metrics, by: [by], order: ['-views'], limit: 200, compare };
}

// The first ones, or the first of these.
export function postsQuery(scope: Scope, range: Range, order: Metric, posts?: string[]): Query {
  const metrics: Metric[] = ['views', 'reach', 'interactions', 'engagement_rate'];
  const where = posts && { post: posts };
  return { ...scope, ...range, metrics, by: ['post'], where, order: ['-' + order], limit: 50 };
}

// The two ranges of today's view are asked apart, so neither answer can tell whether a definition
// changed between them: this one, for its `meta`, spans both.
export function sinceLastWeekQuery(scope: Scope, today: string): Query {
  return { ...scope, from: addDays(today, -7), metrics: headline };
}

export const isSeveral = (scope: Scope): boolean => scope.page === '*' || scope.page.length > 1;
const tellingApart = (scope: Scope): string[] | undefined => (isSeveral(scope) ? ['page'] : undefined);

// Whether anything ever happened: for its `meta`.
export function anythingQuery(scope: Scope): Query {
  return { ...scope, from: '1970-01-01', metrics: ['views', 'interactions', 'follows'], by: tellingApart(scope) };
}

// To /v1/reconcile: our count beside the platform's, by day; of several pages each page's.
export function reconcileQuery(scope: Scope, range: Range, byPage: boolean): Query {
  return { ...scope, ...range, metrics: reconciledMetrics, by: byPage ? ['page', 'time:day'] : ['time:day'] };
}

// Of which days a platform reports anything: for its `meta`.
export function reportedDaysQuery(scope: Scope): Query {
  const metrics = reconciledMetrics.map((metric) => `reported.${metric}` as const);
  return { ...scope, metrics, last: '1d', by: tellingApart(scope) };
}

// What the address of a GET says; null where a list's comma cannot be told from an id's.
export function queryParams(query: Query): string | null {
  if (Array.isArray(query.page) && query.page.some((page) => page.includes(','))) return null;
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) params.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  return params.toString();
}
