// A range of days: its totals against another range, its course, what it is made of.

import { useState } from 'preact/hooks';
import { dayOf, toCivil } from '../civil.ts';
import { Figure } from '../components/figures.tsx';
import { EverOnlyReported, OnlyReportedNotes } from '../components/only_reported.tsx';
import { Card, Empty, Failed, Loading, WhereData } from '../components/states.tsx';
import { formatClock, formatDate } from '../format.ts';
import { useLive } from '../hooks.ts';
import { useLocale } from '../i18n/index.ts';
import { chartQuery, fitting, headline, rangeDays, rangeOf, stepOfRange, type Range } from '../queries.ts';
import { hadBefore, numberOf, type Compare, type Result } from '../types.ts';
import { Breakdowns } from './breakdowns.tsx';
import type { ViewProps } from './now.tsx';
import { QuotedPanel } from './quoted.tsx';
import { QuoteDialog } from './quote_dialog.tsx';
import { RangeControls } from './range_controls.tsx';
import { Timeline } from './timeline.tsx';

// The days that a half-open range of instants touches.
function daysOf(range: { from: string; to: string }, tz: string): [string, string] {
  return [formatDate(dayOf(Date.parse(range.from), tz)), formatDate(dayOf(Date.parse(range.to) - 1, tz))];
}

const cutClock = (to: string, tz: string): string | null => {
  const clock = formatClock(toCivil(Date.parse(to), tz));
  return clock === '00:00' ? null : clock;
};

export function RangeView(props: ViewProps) {
  const { t, tz } = useLocale();
  const { state, set, scope, extent } = props;
  const [quoting, setQuoting] = useState(false);
  const waiting = state.preset === 'all' && extent === undefined;
  const range = rangeOf(state, tz, props.now, extent?.first ?? null);
  const open = range.to === undefined;
  const compare: Compare | undefined = state.compare === 'none' ? undefined : state.compare;
  const days = rangeDays(range, tz, props.now);
  const step = !state.zoom && state.step !== 'auto' ? fitting(state.step, days) : stepOfRange(days);
  const answer = useLive(waiting ? null : chartQuery(scope, range, step, compare), { stream: open });
  const result = answer?.result ?? null;
  const nothing = result !== null && !answer!.earlier && result.rows.every((row) => headline.every((metric) => !numberOf(row, metric)));
  return (
    <div class="range">
      <div class="toolbar">
        <RangeControls compares state={state} set={set} range={range} now={props.now} />
        <button type="button" class="button main" disabled={!result} onClick={() => setQuoting(true)}>
          {t.quote}
        </button>
      </div>
      {state.quoted && result && !answer!.earlier && (
        <QuotedPanel quoted={state.quoted} result={result} onDismiss={() => set({ quoted: null })} />
      )}
      {answer?.phase === 'failed' && !answer.earlier ? (
        <Card title={t.range}>
          <Failed error={answer.error!}>
            {answer.error!.code === 'unknown_page' && (
              <button type="button" class="button" onClick={() => set({ pages: [] })}>
                {t.allPages}
              </button>
            )}
            {state.step !== 'auto' && (
              <button type="button" class="button" onClick={() => set({ step: 'auto' })}>
                {t.stepLabel}: {t.auto}
              </button>
            )}
          </Failed>
        </Card>
      ) : (
        <>
          <Totals {...props} result={result} busy={!!answer?.earlier} />
          {nothing && <NothingHere {...props} result={result} />}
          {!nothing && <Timeline state={state} set={set} scope={scope} whole={answer} open={open} />}
          {result && !nothing && <Breakdowns {...props} range={range} open={open} compare={compare} />}
        </>
      )}
      {quoting && <QuoteDialog state={state} scope={scope} pages={props.pages} range={range as Range} onClose={() => setQuoting(false)} />}
    </div>
  );
}

function Totals(props: ViewProps & { result: Result | null; busy: boolean }) {
  const { t, tz } = useLocale();
  const { state, set, result } = props;
  if (!result) return <Card title={t.presets[state.preset]}><Loading lines={3} /></Card>;
  const title = t.rangeWords(...daysOf(result.query, tz));
  const clock = cutClock(result.query.to, tz);
  const other = result.meta.compare;
  const otherClock = other && cutClock(other.to, tz);
  const notes = [
    clock && t.until(clock),
    other && t.comparedWith(t.rangeWords(...daysOf(other, tz)) + (otherClock ? ` ${t.until(otherClock)}` : '')),
  ];
  return (
    <Card id="totals" busy={props.busy} title={title} note={notes.filter(Boolean).join(' · ')}>
      <div class="figures large">
        {headline.map((metric) => (
          <Figure
            key={metric}
            metric={metric}
            value={numberOf(result.totals, metric)}
            meta={result.meta}
            before={other && (hadBefore(result) ? numberOf(result.totals, 'compare.' + metric) : null)}
            chosen={metric === state.metric}
            onChoose={() => set({ metric })}
          />
        ))}
      </div>
      <OnlyReportedNotes meta={result.meta} pages={props.pages} />
    </Card>
  );
}

function NothingHere(props: ViewProps & { result: Result }) {
  const { t } = useLocale();
  const { extent, set } = props;
  return (
    <div class="card">
      <Empty title={t.emptyRange}>
        {extent && <WhereData extent={extent} show={(from, to) => set({ preset: 'custom', from, to, zoom: null, step: 'auto' })} />}
      </Empty>
      {extent === null && !props.result.meta.only_reported && <EverOnlyReported scope={props.scope} pages={props.pages} />}
    </div>
  );
}
