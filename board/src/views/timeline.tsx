// The chart of a range, its zoom, and the table with the same numbers.

import { useEffect, useMemo, useState } from 'preact/hooks';
import { dayOf, toCivil } from '../civil.ts';
import { Chart, type Series } from '../components/chart.tsx';
import { CsvButton } from '../components/csv.tsx';
import { DefinitionNotes } from '../components/definitions.tsx';
import { formatMetric } from '../components/figures.tsx';
import { SourceNote } from '../components/measured.tsx';
import { Card, Empty, Failed, Loading } from '../components/states.tsx';
import { DataTable, type Column } from '../components/table.tsx';
import { formatClock, formatDate, formatMoment } from '../format.ts';
import { useLive, type Answer } from '../hooks.ts';
import { useLocale } from '../i18n/index.ts';
import type { Texts } from '../i18n/vi.ts';
import { chartQuery, coarser, fits, fitting, stepOfZoom, zoomRange, type Scope } from '../queries.ts';
import { steps, type State } from '../state.ts';
import { crossedBy, hadBefore, isUnmeasured, numberOf, textOf, type Result, type Step } from '../types.ts';

const secondsOf: Record<Step, number> = {
  minute: 60,
  '15min': 900,
  hour: 3600,
  day: 86400,
  week: 604800,
  month: 2592000,
  year: 31536000,
};

export const stepOfResult = (result: Result): Step => (result.query.by?.[0] ?? 'time:day').slice(5) as Step;

function bucketName(time: string, step: Step, t: Texts): string {
  if (step === 'year') return time.slice(0, 4);
  if (step === 'month') return `${time.slice(5, 7)}/${time.slice(0, 4)}`;
  if (step === 'week') return t.weekOf(formatDate(time));
  if (step === 'day') return `${t.weekdays[new Date(time.slice(0, 10) + 'T00:00:00Z').getUTCDay()]} ${formatDate(time)}`;
  return formatMoment(time);
}

// In a table of its own day, a clock is enough; across days both are needed.
function shortName(time: string, step: Step, t: Texts, oneDay: boolean): string {
  if (step === 'day' || step === 'week') return formatDate(time);
  if (secondsOf[step] < 86400 && oneDay) return formatClock(time);
  return bucketName(time, step, t);
}

interface TimelineProps {
  state: State;
  set: (change: Partial<State>) => void;
  scope: Scope;
  whole: Answer | null; // of the whole range, by its step
  open: boolean; // it goes on: new events come into it
}

export function Timeline(props: TimelineProps) {
  const { t } = useLocale();
  const { state, scope, whole } = props;
  const zoomMs = state.zoom ? state.zoom[1] - state.zoom[0] : 0;
  const wanted = state.zoom ? (state.step === 'auto' ? stepOfZoom(zoomMs) : fitting(state.step, zoomMs / 86400000)) : null;
  const [finest, setFinest] = useState<Step | null>(null); // that was refused, so one coarser is asked
  useEffect(() => setFinest(null), [state.zoom?.[0], state.zoom?.[1], wanted]);
  const step = finest ?? wanted;
  const query = state.zoom && step ? chartQuery(scope, zoomRange(state.zoom, step, scope.tz), step) : null;
  const zoomed = useLive(query, { stream: props.open });
  const refused = !zoomed?.earlier && zoomed?.error?.code === 'too_fine' && zoomed.phase === 'failed';
  useEffect(() => {
    if (refused && step && step !== 'year') setFinest(coarser(step));
  }, [refused, step]);

  const answer = state.zoom ? zoomed : whole;
  const busy = !!answer?.earlier || answer?.phase === 'loading';
  if (answer?.phase === 'failed' && !answer.earlier && !refused) {
    return <Card title={t.chart}><Failed error={answer.error!} /></Card>;
  }
  const result = answer?.result ?? whole?.result;
  if (!result) return <Card title={t.chart}><Loading lines={8} /></Card>;
  const shown = stepOfResult(result);
  return (
    <Card
      id="timeline"
      busy={busy}
      title={t.chartOf(t.metric[state.metric], t.bySteps[shown])}
      note={finest !== null && t.finestKept(t.steps[shown])}
      actions={
        <>
          <StepSelect {...props} result={result} shown={shown} />
          <CsvButton query={answer?.query ?? whole!.query} label={t.chartOf(t.metric[state.metric], t.bySteps[shown])} />
        </>
      }
    >
      {isUnmeasured(result, state.metric) ? <Empty title={t.unmeasuredHelp} /> : <Drawn {...props} result={result} step={shown} />}
      <SourceNote metric={state.metric} result={result} />
      <DefinitionNotes crossed={crossedBy(result.meta, state.metric)} />
      <ZoomBar {...props} result={result} step={shown} />
    </Card>
  );
}

function StepSelect(props: TimelineProps & { result: Result; shown: Step }) {
  const { t } = useLocale();
  const [from, to] = props.state.zoom ?? [Date.parse(props.result.query.from), Date.parse(props.result.query.to)];
  const days = (to - from) / 86400000;
  return (
    <label class="field inline">
      <span>{t.stepLabel}</span>
      <select value={props.state.step} onChange={(event) => props.set({ step: event.currentTarget.value as State['step'] })}>
        <option value="auto">
          {t.steps[props.shown]} ({t.auto})
        </option>
        {steps.map((step) => (
          <option key={step} value={step} disabled={!fits(step, days)}>
            {t.steps[step]}
          </option>
        ))}
      </select>
    </label>
  );
}

function Drawn(props: TimelineProps & { result: Result; step: Step }) {
  const { t, lang } = useLocale();
  const { result, step } = props;
  const { metric } = props.state;
  const compared = hadBefore(result) === true;
  const drawn = useMemo(() => {
    const { rows } = result;
    const kind = rows.length <= 62 ? 'bars' : 'area';
    const series: Series[] = [{ label: compared ? t.current : t.metric[metric], kind, tone: 'main', values: rows.map((row) => numberOf(row, metric)) }];
    if (compared) {
      const times = rows.map((row) => (row['compare.time'] ? bucketName(textOf(row, 'compare.time'), step, t) : t.previous));
      series.push({ label: t.previous, kind: 'line', tone: 'before', times, values: rows.map((row) => numberOf(row, 'compare.' + metric)) });
    }
    return { series, times: rows.map((row) => Date.parse(textOf(row, 'time')) / 1000) };
  }, [result, metric, lang]);
  const table = useMemo(() => {
    const oneDay = result.query.from.slice(0, 10) === toCivil(Date.parse(result.query.to) - 1, result.query.tz).slice(0, 10);
    const running = Date.parse(result.query.to) >= Date.parse(result.meta.complete_until);
    const partial = new Set(result.meta.partial);
    const columns: Column[] = [
      {
        key: 'time',
        text: true,
        head: t.time,
        cell: (row, index) => (
          <>
            {shortName(textOf(row, 'time'), step, t, oneDay)}
            {partial.has(textOf(row, 'time')) && <span class="muted small"> ({running && index === result.rows.length - 1 ? t.notOver : t.notWhole})</span>}
          </>
        ),
      },
      { key: 'value', head: compared ? t.current : t.metric[metric], cell: (row) => formatMetric(metric, numberOf(row, metric), lang) },
    ];
    if (compared) {
      columns.push({ key: 'before', head: t.previous, cell: (row) => formatMetric(metric, numberOf(row, 'compare.' + metric), lang) });
    }
    return { columns, rows: result.rows };
  }, [result, metric, lang]);
  return (
    <div class="pair">
      <Chart
        label={t.chartOf(t.metric[metric], t.bySteps[step])}
        times={drawn.times}
        bucketSeconds={secondsOf[step]}
        series={drawn.series}
        format={(value) => formatMetric(metric, value, lang)}
        axisFormat={metric === 'engagement_rate' ? (value) => formatMetric(metric, value, lang) : undefined}
        timeLabel={(i) => bucketName(textOf(result.rows[i]!, 'time'), step, t)}
        onZoom={(from, to) => props.set({ zoom: wholeMinutes(from, to), step: 'auto' })}
        tall
      />
      <DataTable caption={`${t.table}: ${t.chartOf(t.metric[metric], t.bySteps[step])}`} columns={table.columns} rows={table.rows} foot={result.totals} />
    </div>
  );
}

const minute = 60000;
const shortest = 15 * minute;

function wholeMinutes(from: number, to: number): [number, number] {
  const middle = (from + to) / 2;
  const half = Math.max(to - from, shortest) / 2;
  return [Math.floor((middle - half) / minute) * minute, Math.ceil((middle + half) / minute) * minute];
}

// The keyboard's way to zoom, and where one is.
function ZoomBar(props: TimelineProps & { result: Result; step: Step }) {
  const { t, tz } = useLocale();
  const { state, set } = props;
  const whole = props.whole?.result?.query ?? props.result.query;
  const bounds: [number, number] = [Date.parse(whole.from), Date.parse(whole.to)];
  const [from, to] = state.zoom ?? bounds;
  const length = to - from;
  const show = (begin: number, end: number) => {
    const first = Math.max(bounds[0], begin);
    const last = Math.min(bounds[1], end);
    const all = first <= bounds[0] && last >= bounds[1];
    set({ zoom: all || last <= first ? null : wholeMinutes(first, last), step: 'auto' });
  };
  const move = (by: number) => {
    const shift = Math.max(bounds[0] - from, Math.min(bounds[1] - to, by * length));
    show(from + shift, to + shift);
  };
  const middle = (from + to) / 2;
  const [first, last] = [toCivil(from, tz), toCivil(to, tz)];
  const span =
    length >= 2 * 86400000
      ? t.rangeWords(formatDate(first), formatDate(dayOf(to - 1, tz)))
      : `${first.slice(0, 10) === last.slice(0, 10) ? formatClock(first) : formatMoment(first)} – ${formatMoment(last)}`;
  return (
    <div class="zoom">
      <div class="segments small" role="group" aria-label={t.zoomIn}>
        <button type="button" onClick={() => move(-0.5)} disabled={from <= bounds[0]} aria-label={t.zoomBack}>
          ←
        </button>
        <button type="button" onClick={() => show(middle - length / 4, middle + length / 4)} disabled={length <= shortest} aria-label={t.zoomIn}>
          +
        </button>
        <button type="button" onClick={() => show(from - length / 2, to + length / 2)} disabled={!state.zoom} aria-label={t.zoomOut}>
          −
        </button>
        <button type="button" onClick={() => move(0.5)} disabled={to >= bounds[1]} aria-label={t.zoomForward}>
          →
        </button>
        <button type="button" onClick={() => set({ zoom: null, step: 'auto' })} disabled={!state.zoom}>
          {t.zoomAll}
        </button>
      </div>
      <span class="muted small" role="status">
        {state.zoom ? span : t.zoomHint}
      </span>
    </div>
  );
}
