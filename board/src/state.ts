// What the board shows, as the address says it: a link opens exactly this view. What the address
// does not say is the default; what it says wrongly is the default too.

import { isDay, isZone } from './civil.ts';
import type { Lang } from './format.ts';
import type { Compare, Metric, Step } from './types.ts';

export type Preset = 'today' | '7d' | '28d' | 'month' | 'year' | 'all' | 'custom';

// Figures as they stood when they were quoted, and when that was (epoch ms).
export interface Quoted {
  at: number;
  figures: { metric: Metric; value: number }[];
}

export type View = 'now' | 'range' | 'reconcile';

export interface State {
  view: View;
  pages: string[]; // empty: all of them
  preset: Preset;
  from: string; // of `custom`: a civil day, or an instant
  to: string;
  compare: Compare | 'none';
  metric: Metric; // the one in the chart, of those that the view has
  step: Step | 'auto';
  zoom: [number, number] | null; // epoch ms, whole minutes
  tz: string; // empty: the pages' own
  lang: Lang;
  wall: boolean;
  quoted: Quoted | null;
}

export const views: View[] = ['now', 'range', 'reconcile'];
export const presets: Preset[] = ['today', '7d', '28d', 'month', 'year', 'all', 'custom'];
export const compares: State['compare'][] = ['previous', 'year', 'weekday', 'none'];
export const steps: Step[] = ['minute', '15min', 'hour', 'day', 'week', 'month', 'year'];
export const chartMetrics: Metric[] = ['views', 'reach', 'interactions', 'engagement_rate'];
// Those of which a platform says what its own days were.
export const reconciledMetrics: Metric[] = ['views', 'reach', 'interactions', 'reactions', 'comments', 'shares', 'follows'];

export const metricsOf = (view: View): Metric[] => (view === 'reconcile' ? reconciledMetrics : chartMetrics);

export const defaults: State = {
  view: 'now',
  pages: [],
  preset: '28d',
  from: '',
  to: '',
  compare: 'previous',
  metric: 'views',
  step: 'auto',
  zoom: null,
  tz: '',
  lang: 'vi',
  wall: false,
  quoted: null,
};

function oneOf<T extends string>(text: string | null, known: readonly T[], otherwise: T): T {
  return known.find((item) => item === text) ?? otherwise;
}

const isInstant = (text: string) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));

function readZoom(text: string | null): State['zoom'] {
  const match = /^(\d+)-(\d+)$/.exec(text ?? '');
  if (!match) return null;
  const [from, to] = [Number(match[1]) * 60000, Number(match[2]) * 60000];
  return from < to ? [from, to] : null;
}

// `views:2245465,interactions:371610` and epoch seconds.
function readQuoted(figures: string | null, at: string | null): Quoted | null {
  if (!figures || !/^\d+$/.test(at ?? '')) return null;
  const quoted: Quoted = { at: Number(at) * 1000, figures: [] };
  for (const item of figures.split(',')) {
    const match = /^([a-z_]+):(-?\d+)$/.exec(item);
    const metric = chartMetrics.find((known) => known === match?.[1]);
    if (!match || !metric) return null;
    quoted.figures.push({ metric, value: Number(match[2]) });
  }
  return quoted;
}

export function readState(search: string): State {
  const params = new URLSearchParams(search);
  const get = (name: string) => params.get(name);
  const [from, to] = [get('from') ?? '', get('to') ?? ''];
  const dated = [from, to].every((end) => isDay(end) || isInstant(end));
  const preset = oneOf(get('range'), presets, dated ? 'custom' : defaults.preset);
  const tz = get('tz') ?? '';
  const custom = preset === 'custom' && dated;
  const view = oneOf(get('view'), views, defaults.view);
  return {
    view,
    pages: params.getAll('page').filter((page) => page !== '' && page !== '*'),
    preset: preset === 'custom' && !dated ? defaults.preset : preset,
    from: custom ? from : '',
    to: custom ? to : '',
    compare: oneOf(get('compare'), compares, defaults.compare),
    metric: oneOf(get('metric'), metricsOf(view), defaults.metric),
    step: oneOf<Step | 'auto'>(get('step'), steps, 'auto'),
    zoom: readZoom(get('zoom')),
    tz: tz !== '' && isZone(tz) ? tz : '',
    lang: oneOf(get('lang'), ['vi', 'en'], defaults.lang),
    wall: params.has('wall'),
    quoted: readQuoted(get('quoted'), get('at')),
  };
}

export function writeState(state: State): string {
  const params = new URLSearchParams();
  const set = (name: string, value: string, otherwise: string) => {
    if (value !== otherwise) params.set(name, value);
  };
  set('view', state.view, defaults.view);
  for (const page of state.pages) params.append('page', page);
  if (state.view !== 'now') {
    if (state.preset === 'custom') {
      params.set('from', state.from);
      params.set('to', state.to);
    } else {
      set('range', state.preset, defaults.preset);
    }
    set('metric', metricsOf(state.view).includes(state.metric) ? state.metric : defaults.metric, defaults.metric);
  }
  if (state.view === 'range') {
    set('compare', state.compare, defaults.compare);
    set('step', state.step, defaults.step);
    if (state.zoom) params.set('zoom', state.zoom.map((ms) => ms / 60000).join('-'));
    if (state.quoted) {
      const figures = state.quoted.figures.map(({ metric, value }) => `${metric}:${value}`);
      params.set('quoted', figures.join(','));
      params.set('at', String(Math.floor(state.quoted.at / 1000)));
    }
  }
  set('tz', state.tz, '');
  set('lang', state.lang, defaults.lang);
  let text = params.toString().replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%2F/g, '/');
  if (state.wall) text += text === '' ? 'wall' : '&wall';
  return text === '' ? '' : '?' + text;
}
