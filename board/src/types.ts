// What the engine answers (docs/query.md).

export type Metric =
  | 'views'
  | 'reach'
  | 'interactions'
  | 'engagement_rate'
  | 'reactions'
  | 'comments'
  | 'shares'
  | 'follows';

export type Step = 'minute' | '15min' | 'hour' | 'day' | 'week' | 'month' | 'year';
export type Compare = 'previous' | 'year' | 'weekday';

// As the body of a POST to /v1/query.
export interface Query {
  page: string[] | '*';
  metrics: (Metric | `reported.${Metric}`)[];
  from?: string;
  to?: string;
  last?: string;
  by?: string[];
  where?: Record<string, (string | null)[]>;
  order?: string[];
  limit?: number;
  tz?: string;
  compare?: Compare;
  fill?: 'zero' | 'null' | 'none';
}

export type Cell = number | string | null;
export type Row = Record<string, Cell>;

export interface MetricMeta {
  kind: 'additive' | 'net' | 'distinct' | 'ratio' | 'reported';
  exact?: boolean;
  relative_standard_error?: number;
  platform?: string[]; // pages on which the platform's reports make it
  unmeasured?: string[]; // pages on which nothing measures it, because of that
  days?: [string, string]; // of what is reported: the first and the last day of which anything is, whatever was asked
  days_end?: string; // of what is reported, where days end elsewhere than the page's: when one does
}

// A day on which a platform changed what it counts, within the range or its comparison.
export interface CrossedDefinition {
  metric: string;
  report: string;
  since: string;
}

// A metric of which the range holds no event of ours, though the platform reports some: the keys of
// the configuration under which its totals would count, where they can.
export interface OnlyReported {
  page: string;
  metric: Metric;
  authority: string[];
}

export interface Meta {
  metrics: Record<string, MetricMeta>;
  tz: string;
  complete_until: string;
  partial: string[];
  warnings: string[];
  definitions?: CrossedDefinition[];
  only_reported?: OnlyReported[];
  compare?: { from: string; to: string };
  truncated?: { rows: number; of: number; hint: string };
}

export interface Result {
  query: { page: string[]; from: string; to: string; by?: string[]; tz: string };
  rows: Row[];
  totals: Row;
  meta: Meta;
}

// What /v1/live sends after the first result (docs/live.md).
export interface Change {
  removed: Row[]; // their groupings alone
  rows: Row[];
  totals: Row;
  meta: Meta;
  query?: Result['query']; // where the range has moved
}

export interface Page {
  page: string;
  name: string;
  tz: string;
}

export interface Post {
  post: string;
  title?: string;
  link?: string;
  published?: string;
}

export const numberOf = (row: Row | undefined, name: string): number | null => {
  const cell = row?.[name];
  return typeof cell === 'number' ? cell : null;
};

// Whether anything happened in the other range of a comparison; undefined: nothing is compared.
export function hadBefore(result: Result): boolean | undefined {
  if (!result.meta.compare) return undefined;
  return Object.entries(result.totals).some(([name, value]) => name.startsWith('compare.') && typeof value === 'number' && value !== 0);
}

// Whether on none of the pages in question anything measures the metric: then there is no number.
export const isUnmeasured = ({ meta, totals }: Result, metric: string): boolean =>
  meta.metrics[metric]?.unmeasured !== undefined && totals[metric] === null;

// Whether there is no count of ours of this page: the platform's reports make it, or nothing does.
export function isPlatforms(meta: Meta, metric: string, page: string): boolean {
  const { platform, unmeasured } = meta.metrics[metric] ?? {};
  return [platform, unmeasured].some((pages) => pages?.includes(page));
}

// The days across which the numbers of this metric do not compare.
export const crossedBy = (meta: Meta | undefined, metric: string): CrossedDefinition[] =>
  meta?.definitions?.filter((crossed) => crossed.metric === metric) ?? [];

export const textOf = (row: Row, name: string): string => {
  const cell = row[name];
  return typeof cell === 'string' ? cell : '';
};
