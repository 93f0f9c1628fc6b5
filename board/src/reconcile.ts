// Our count beside the platform's, day by day: on which days ours falls short, so that a webhook that
// stopped arriving is seen. A difference alone says nothing: platforms count in their own way.

import { numberOf, textOf, type Meta, type Metric, type Row } from './types.ts';

export type Verdict =
  | 'nothing' // the platform reports some, and we counted none
  | 'short' // we counted less than half of it
  | 'over' // more than twice of it
  | 'near'
  | 'unreported' // the platform says nothing of the day
  | 'partial'; // nor can it yet: the day is not over, or the range cuts it

export interface DayPair {
  time: string;
  ours: number | null;
  theirs: number | null;
  difference: number | null; // ours less theirs
  part: number | null; // that, of theirs; null where theirs is nothing
  verdict: Verdict;
}

// On a quiet day a few more or less are no sign of anything.
const leastNoted = 10;

function judge(ours: number, theirs: number): Verdict {
  if (ours === 0 && theirs > 0) return 'nothing';
  if (Math.abs(ours - theirs) < leastNoted) return 'near';
  if (2 * ours < theirs) return 'short';
  return ours > 2 * theirs ? 'over' : 'near';
}

export function pairOf(row: Row, metric: Metric, partial: ReadonlySet<string> = new Set()): DayPair {
  const time = textOf(row, 'time');
  const ours = numberOf(row, metric);
  const theirs = numberOf(row, 'reported.' + metric);
  if (ours === null || theirs === null) {
    return { time, ours, theirs, difference: null, part: null, verdict: partial.has(time) ? 'partial' : 'unreported' };
  }
  const difference = ours - theirs;
  return { time, ours, theirs, difference, part: theirs === 0 ? null : difference / theirs, verdict: judge(ours, theirs) };
}

// Day by day. Days on end on which nothing was counted are one silence, and no sign of anything where
// the platform reports only a few in all of them.
export function pairsOf(rows: Row[], metric: Metric, partial?: ReadonlySet<string>): DayPair[] {
  const pairs = rows.map((row) => pairOf(row, metric, partial));
  let silent: DayPair[] = [];
  const endSilence = () => {
    if (silent.reduce((sum, pair) => sum + pair.theirs!, 0) < leastNoted) silent.forEach((pair) => (pair.verdict = 'near'));
    silent = [];
  };
  for (const pair of pairs) {
    if (pair.ours === 0 && pair.theirs !== null) silent.push(pair);
    else if (pair.ours) endSilence();
  }
  endSilence();
  return pairs;
}

export const fallsShort = (pair: DayPair): boolean => pair.verdict === 'nothing' || pair.verdict === 'short';

// Days on end on which ours falls short; those of which nothing, or a nothing, is reported are passed
// over.
export interface ShortRun {
  from: string;
  to: string;
  days: number;
  nothing: boolean; // on none of them was anything counted
}

export interface Summary {
  reported: number; // days of which the platform says something
  short: number; // of those, where ours falls short
  silent: boolean; // nothing was counted on any of them, though something happened
  runs: ShortRun[];
}

export function summarize(pairs: DayPair[]): Summary {
  const summary: Summary = { reported: 0, short: 0, silent: false, runs: [] };
  let run: ShortRun | null = null;
  let counted = false;
  for (const pair of pairs) {
    if (pair.theirs === null) continue;
    ++summary.reported;
    counted ||= pair.ours !== 0;
    if (pair.ours === 0 && pair.theirs === 0) continue;
    if (!fallsShort(pair)) {
      run = null;
      continue;
    }
    ++summary.short;
    const nothing = pair.verdict === 'nothing';
    if (run) {
      run.to = pair.time;
      ++run.days;
      run.nothing &&= nothing;
    } else {
      summary.runs.push((run = { from: pair.time, to: pair.time, days: 1, nothing }));
    }
  }
  summary.silent = summary.short > 1 && !counted;
  return summary;
}

// The first and the last day of which any of them is reported, whatever was asked; null: none is.
export function reportedDays(meta: Meta): { first: string; last: string } | null {
  const days = Object.values(meta.metrics).flatMap((metric) => metric.days ?? []).sort();
  return days.length > 0 ? { first: days[0]!, last: days[days.length - 1]! } : null;
}

// Of these metrics, those of which the platform says something.
export const reportedOf = (rows: Row[], metrics: Metric[]): Metric[] =>
  metrics.filter((metric) => rows.some((row) => numberOf(row, 'reported.' + metric) !== null));

// The rows of each page, in the order of the pages' first ones.
export function byPage(rows: Row[]): Map<string, Row[]> {
  const pages = new Map<string, Row[]>();
  for (const row of rows) {
    const page = textOf(row, 'page');
    const list = pages.get(page);
    if (list) list.push(row);
    else pages.set(page, [row]);
  }
  return pages;
}
