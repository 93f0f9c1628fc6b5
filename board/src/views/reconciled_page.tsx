// One page: in a word for each metric, and day by day for one of them.

import { useMemo } from 'preact/hooks';
import { weekdayOf } from '../civil.ts';
import { Chart, type Series } from '../components/chart.tsx';
import { DefinitionMark, DefinitionNotes } from '../components/definitions.tsx';
import { formatMetric } from '../components/figures.tsx';
import { Card } from '../components/states.tsx';
import { DataTable, type Column } from '../components/table.tsx';
import { Estimate, MetricName } from '../components/tip.tsx';
import { formatClock, formatDate, formatNumber, formatPercent } from '../format.ts';
import { useLocale } from '../i18n/index.ts';
import { fallsShort, pairOf, pairsOf, summarize, type DayPair, type Summary } from '../reconcile.ts';
import { crossedBy, textOf, type Metric, type Row } from '../types.ts';
import { PlatformsOwn, runWords, type ReconciledProps } from './reconciled.tsx';

export function ReconciledPage(props: ReconciledProps) {
  const { result, metrics, state } = props;
  const metric = metrics.includes(state.metric) ? state.metric : metrics[0]!;
  const pairs = useMemo(() => {
    const partial = new Set(result.meta.partial);
    return new Map(metrics.map((one) => [one, pairsOf(result.rows, one, partial)]));
  }, [result]);
  return (
    <>
      <Summaries {...props} metric={metric} pairs={pairs} />
      <Days {...props} metric={metric} pairs={pairs.get(metric)!} />
    </>
  );
}

// Each metric in a word, to choose from.
function Summaries(props: ReconciledProps & { metric: Metric; pairs: Map<Metric, DayPair[]> }) {
  const { t } = useLocale();
  return (
    <Card id="summary" title={t.reconcile} note={t.reconcileNote} busy={props.busy}>
      <div class="figures large">
        {props.metrics.map((metric) => {
          const summary = summarize(props.pairs.get(metric)!);
          const chosen = metric === props.metric;
          return (
            <div key={metric} class={chosen ? 'figure chosen' : 'figure'} data-metric={metric}>
              <div class="figure-name">
                <MetricName metric={metric} />
              </div>
              <InShort summary={summary} />
              <DefinitionMark crossed={crossedBy(props.result.meta, 'reported.' + metric)} />
              <button type="button" class="figure-choose" aria-pressed={chosen} onClick={() => props.set({ metric })}>
                <span class="sr-only">
                  {t.table}: {t.metric[metric]}
                </span>
              </button>
            </div>
          );
        })}
      </div>
      <PlatformsOwn meta={props.result.meta} />
    </Card>
  );
}

const shownRuns = 3;

function InShort(props: { summary: Summary }) {
  const { t, lang } = useLocale();
  const { short, reported, runs, silent } = props.summary;
  return (
    <>
      <div class={short > 0 ? 'figure-value wrong' : 'figure-value'}>
        <span class="value">
          {short > 0 && <span aria-hidden="true">⚠ </span>}
          {short > 0 ? t.shortDays(formatNumber(short, lang)) : t.noneShort}
        </span>
      </div>
      <p class="muted small">{t.ofReported(formatNumber(reported, lang))}</p>
      {silent ? (
        <p class="small">{t.silentDays}</p>
      ) : (
        <ul class="runs small">
          {runs.slice(-shownRuns).map((run) => (
            <li key={run.from}>{runWords(run, t)}</li>
          ))}
          {runs.length > shownRuns && <li class="muted">{t.moreRuns(formatNumber(runs.length - shownRuns, lang))}</li>}
        </ul>
      )}
    </>
  );
}

const signed = (value: number, text: string) => (value > 0 ? '+' + text : text);

// `−1.234 (−45,2%)`
function Difference(props: { pair: DayPair }) {
  const { lang } = useLocale();
  const { difference, part } = props.pair;
  if (difference === null) return <>–</>;
  return (
    <>
      {signed(difference, formatNumber(difference, lang))}
      {part !== null && <span class="part"> ({signed(part, formatPercent(part, lang))})</span>}
    </>
  );
}

function Days(props: ReconciledProps & { metric: Metric; pairs: DayPair[] }) {
  const { t, lang } = useLocale();
  const { result, metric, pairs } = props;
  const { meta, rows, totals } = result;
  const number = (value: number | null) => formatMetric(metric, value, lang);
  const weekday = (time: string) => t.weekdays[weekdayOf(time.slice(0, 10))]!;
  const drawn = useMemo(() => {
    const series: Series[] = [
      { label: t.ours, kind: pairs.length <= 62 ? 'bars' : 'area', tone: 'main', values: pairs.map((pair) => pair.ours) },
      { label: t.theirs, kind: 'line', tone: 'second', values: pairs.map((pair) => pair.theirs) },
    ];
    return { series, times: pairs.map((pair) => Date.parse(pair.time) / 1000) };
  }, [result, metric, lang]);
  const of = (row: Row) => pairOf(row, metric);
  const short = useMemo(() => new Set(pairs.filter(fallsShort).map((pair) => pair.time)), [pairs]);
  const columns: Column[] = [
    { key: 'day', text: true, head: t.time, cell: (_, index) => <Day weekday={weekday(pairs[index]!.time)} pair={pairs[index]!} /> },
    { key: 'ours', head: <>{t.ours} <Estimate meta={meta.metrics[metric]} /></>, cell: (row) => number(of(row).ours) },
    { key: 'theirs', head: t.theirs, cell: (row) => number(of(row).theirs) },
    { key: 'difference', head: t.difference, cell: (row) => <Difference pair={of(row)} /> },
  ];
  const title = t.reconcileOf(t.metric[metric]);
  const daysEnd = meta.metrics['reported.' + metric]?.days_end;
  return (
    <Card id="days" title={title} busy={props.busy} actions={props.csv}>
      <Chart
        label={title}
        times={drawn.times}
        bucketSeconds={86400}
        series={drawn.series}
        format={number}
        timeLabel={(i) => `${weekday(pairs[i]!.time)} ${formatDate(pairs[i]!.time)}`}
        tall
      />
      <DefinitionNotes crossed={crossedBy(meta, 'reported.' + metric)} />
      {daysEnd && <p class="muted small">{t.daysEnd(formatClock(daysEnd))}</p>}
      <DataTable
        fit={rows.length <= 62}
        caption={`${t.table}: ${title}`}
        columns={columns}
        rows={rows}
        rowClass={(row) => (short.has(textOf(row, 'time')) ? 'short' : '')}
        foot={totals}
        footName={t.wholeRange}
      />
      <p class="muted small">{t.wholeRangeNote}</p>
    </Card>
  );
}

// A day and, in words, what is the matter with it.
function Day(props: { weekday: string; pair: DayPair }) {
  const { t } = useLocale();
  const { pair } = props;
  const words = t.verdicts[pair.verdict];
  return (
    <>
      <span class="weekday">{props.weekday} </span>
      {formatDate(pair.time)}{' '}
      {words !== '' && (
        <span class={fallsShort(pair) ? 'verdict wrong small' : 'verdict muted small'}>
          {fallsShort(pair) && <span aria-hidden="true">⚠ </span>}
          {words}
        </span>
      )}
    </>
  );
}
