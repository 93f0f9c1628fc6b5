// What is happening: the last half hour, today against the same weekday, the posts that are moving.

import { useMemo } from 'preact/hooks';
import { addDays, dayOf, toCivil, weekdayOf } from '../civil.ts';
import { Chart, type Series } from '../components/chart.tsx';
import { CsvButton } from '../components/csv.tsx';
import { Change, Figure, formatMetric } from '../components/figures.tsx';
import { Quiet, SourceNote } from '../components/measured.tsx';
import { MetricHead } from '../components/metric_head.tsx';
import { EverOnlyReported } from '../components/only_reported.tsx';
import { postColumn } from '../components/post_name.tsx';
import { Card, Empty, Failed, Loading, WhereData } from '../components/states.tsx';
import { DataTable, type Column } from '../components/table.tsx';
import { formatClock, formatDate, formatNumber } from '../format.ts';
import { useLive, usePosts, type Answer, type Extent } from '../hooks.ts';
import { useLocale } from '../i18n/index.ts';
import { headline, lastWeekQuery, minutesQuery, movingQuery, sinceLastWeekQuery, todayQuery, type Scope } from '../queries.ts';
import type { State } from '../state.ts';
import { isUnmeasured, numberOf, textOf, type Metric, type Page, type Result, type Row } from '../types.ts';

export interface ViewProps {
  state: State;
  set: (change: Partial<State>) => void;
  scope: Scope;
  pages: Page[];
  now: number; // of this minute
  extent: Extent | null | undefined;
}

const pageNames = (pages: Page[]) => new Map(pages.map((page) => [page.page, page.name]));

// The end of the minute that is running, as the engine takes "until now".
function untilNow(result: Result, tz: string): string {
  const minute = Math.floor(Date.parse(result.meta.complete_until) / 60000) + 1;
  return toCivil(minute * 60000, tz);
}

const seconds = (row: Row) => Date.parse(textOf(row, 'time')) / 1000;

export function NowView(props: ViewProps) {
  const { tz } = props.scope;
  const minutes = useLive(minutesQuery(props.scope), { stream: true });
  const today = useLive(todayQuery(props.scope, dayOf(props.now, tz)), { stream: true });
  // One refusal says enough.
  if (minutes?.phase === 'failed') return <Minutes {...props} answer={minutes} />;
  return (
    <div class="now">
      <Minutes {...props} answer={minutes} />
      <Today {...props} answer={today} />
      <Moving {...props} />
    </div>
  );
}

function Minutes(props: ViewProps & { answer: Answer | null }) {
  const { t, lang, tz } = useLocale();
  const { answer, extent } = props;
  const result = answer?.result ?? null;
  const drawn = useMemo(() => {
    if (!result) return null;
    const series: Series[] = [
      { label: t.metric.views, kind: 'bars', tone: 'main', values: result.rows.map((row) => numberOf(row, 'views')) },
      { label: t.metric.reach, kind: 'line', tone: 'second', values: result.rows.map((row) => numberOf(row, 'reach')) },
    ];
    if (isUnmeasured(result, 'reach')) series.pop();
    return { series, times: result.rows.map(seconds), rows: [...result.rows].reverse() };
  }, [result, lang]);
  if (answer?.phase === 'failed') {
    return (
      <Card title={t.lastMinutes}>
        <Failed error={answer.error!}>
          {answer.error!.code === 'unknown_page' && (
            <button type="button" class="button" onClick={() => props.set({ pages: [] })}>
              {t.allPages}
            </button>
          )}
        </Failed>
      </Card>
    );
  }
  if (!result || !drawn) return <Card title={t.lastMinutes}><Loading lines={6} /></Card>;
  const quiet = (numberOf(result.totals, 'views') ?? 0) === 0;
  const clock = (row: Row) => formatClock(textOf(row, 'time'));
  const number = (row: Row, metric: Metric) => formatMetric(metric, numberOf(row, metric), lang);
  const columns: Column[] = [
    { key: 'time', text: true, head: t.time, cell: clock },
    ...(['views', 'reach', 'interactions'] as Metric[]).map((metric) => ({
      key: metric,
      head: t.metric[metric],
      cell: (row: Row) => number(row, metric),
    })),
  ];
  return (
    <Card
      id="minutes"
      title={t.lastMinutes}
      note={t.byMinute(formatClock(untilNow(result, tz)))}
      actions={<CsvButton query={answer!.query} label={t.lastMinutes} />}
    >
      <div class="figures">
        {(['views', 'reach', 'interactions'] as Metric[]).map((metric) => (
          <Figure key={metric} metric={metric} value={numberOf(result.totals, metric)} meta={result.meta} />
        ))}
      </div>
      {quiet ? (
        <Quiet result={result} words={t.emptyMinutes}>
          {extent && extent.last < dayOf(props.now, tz) && (
            <WhereData extent={extent} show={(from, to) => props.set({ view: 'range', preset: 'custom', from, to, zoom: null })} />
          )}
          {extent === null && <EverOnlyReported scope={props.scope} pages={props.pages} />}
        </Quiet>
      ) : (
      <div class="pair">
        <Chart
          label={`${t.lastMinutes}, ${t.metric.views}`}
          times={drawn.times}
          bucketSeconds={60}
          series={drawn.series}
          format={(value) => formatNumber(value, lang)}
          timeLabel={(i) => clock(result.rows[i]!)}
          tall
        />
        <DataTable caption={`${t.table}: ${t.lastMinutes}`} columns={columns} rows={drawn.rows} />
      </div>
      )}
      {!quiet && <SourceNote metric="views" result={result} />}
    </Card>
  );
}

function Today(props: ViewProps & { answer: Answer | null }) {
  const { t, lang, tz } = useLocale();
  const { answer, state } = props;
  const result = answer?.result ?? null;
  const today = dayOf(props.now, tz);
  const until = result ? untilNow(result, tz) : null;
  // At midnight the answer may still be that of the day before.
  const ready = until !== null && !answer!.earlier;
  const before = useLive(ready ? lastWeekQuery(props.scope, answer!.query.from!, until) : null, {});
  const old = before?.result ?? null;
  const span = useLive(ready ? sinceLastWeekQuery(props.scope, answer!.query.from!) : null, {})?.result;
  const metric = state.metric;
  const day = t.weekdays[weekdayOf(today)]!;
  const drawn = useMemo(() => {
    if (!result) return null;
    const hours = result.rows.map((row, i) => ({ ...row, before: numberOf(old?.rows[i], metric) }));
    const series: Series[] = [
      { label: t.today, kind: 'bars', tone: 'main', values: hours.map((row) => numberOf(row, metric)) },
      { label: t.weekdayLastWeek(day), kind: 'line', tone: 'before', values: hours.map((row) => row.before) },
    ];
    return { series, hours, times: result.rows.map(seconds) };
  }, [result, old, metric, lang]);
  if (answer?.phase === 'failed') return <Card title={t.today}><Failed error={answer.error!} /></Card>;
  if (!result || !drawn || !until) return <Card title={t.today}><Loading lines={6} /></Card>;
  const clock = (row: Row) => formatClock(textOf(row, 'time'));
  const columns: Column[] = [
    { key: 'time', text: true, head: t.time, cell: clock },
    { key: 'today', head: t.today, cell: (row) => formatMetric(metric, numberOf(row, metric), lang) },
    { key: 'before', head: t.weekdayLastWeek(day), cell: (row) => formatMetric(metric, numberOf(row, 'before'), lang) },
  ];
  const quiet = [result, old].every((one) => headline.every((name) => !numberOf(one?.totals, name)));
  const lastWeek = formatDate(addDays(result.query.from.slice(0, 10), -7));
  return (
    <Card
      id="today"
      title={t.todaySoFar(formatClock(until))}
      note={t.againstWeekday(day, lastWeek, formatClock(until))}
      actions={<CsvButton query={answer!.query} label={t.today} />}
    >
      <div class="figures">
        {headline.map((name) => (
          <Figure
            key={name}
            metric={name}
            value={numberOf(result.totals, name)}
            meta={result.meta}
            span={span?.meta}
            before={old ? numberOf(old.totals, name) : undefined}
            chosen={name === metric}
            onChoose={() => props.set({ metric: name })}
          />
        ))}
      </div>
      {quiet ? <Quiet result={result} words={t.emptyToday} /> : isUnmeasured(result, metric) ? <Empty title={t.unmeasuredHelp} /> : (
      <div class="pair">
        <Chart
          label={`${t.metric[metric]} ${t.bySteps.hour}`}
          times={drawn.times}
          bucketSeconds={3600}
          series={drawn.series}
          format={(value) => formatMetric(metric, value, lang)}
          axisFormat={metric === 'engagement_rate' ? (value) => formatMetric(metric, value, lang) : undefined}
          timeLabel={(i) => clock(result.rows[i]!)}
        />
        <DataTable caption={`${t.table}: ${t.metric[metric]} ${t.bySteps.hour}`} columns={columns} rows={drawn.hours as Row[]} />
      </div>
      )}
      {!quiet && <SourceNote metric={metric} result={result} />}
    </Card>
  );
}

function Moving(props: ViewProps) {
  const { t, lang } = useLocale();
  const answer = useLive(movingQuery(props.scope), { stream: true });
  const result = answer?.result ?? null;
  const pageOf = (row: Row) => textOf(row, 'page') || (Array.isArray(props.scope.page) ? props.scope.page[0]! : '');
  const shown = result?.rows.map(pageOf) ?? [];
  const posts = usePosts([...new Set(shown)].filter(Boolean));
  const names = pageNames(props.pages);
  if (answer?.phase === 'failed') return <Card title={t.moving}><Failed error={answer.error!} /></Card>;
  if (!result) return <Card title={t.moving}><Loading /></Card>;
  // What was only viewed before is not moving.
  const rows = result.rows.filter((row) => (numberOf(row, 'views') ?? 0) > 0);
  const metrics: Metric[] = ['views', 'reach', 'interactions'];
  const columns: Column[] = [
    postColumn(t.post, result.rows, pageOf, names, posts),
    ...metrics.map((metric) => ({
      key: metric,
      head: <MetricHead metric={metric} result={result} />,
      cell: (row: Row) => formatMetric(metric, numberOf(row, metric), lang),
    })),
    {
      key: 'change',
      head: t.againstBefore,
      cell: (row) => (
        <>
          <Change metric="views" value={numberOf(row, 'views')} before={numberOf(row, 'compare.views')} />{' '}
          <span class="muted small">{t.before(formatMetric('views', numberOf(row, 'compare.views'), lang))}</span>
        </>
      ),
    },
  ];
  const range = t.movingSince(formatClock(result.query.from));
  return (
    <Card id="moving" title={t.moving} note={range} actions={<CsvButton query={answer!.query} label={t.moving} />}>
      {rows.length === 0 ? <Quiet result={result} words={t.noMoving} /> : <DataTable fit caption={t.moving} columns={columns} rows={rows} />}
    </Card>
  );
}
