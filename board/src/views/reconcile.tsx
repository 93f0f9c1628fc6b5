// Our count beside what the platform reports, so that a webhook that stopped arriving is seen.

import { CsvButton } from '../components/csv.tsx';
import { Card, Empty, Failed, Loading, WhereData } from '../components/states.tsx';
import { useLive, type Answer } from '../hooks.ts';
import { useLocale } from '../i18n/index.ts';
import { isSeveral, rangeDays, rangeOf, reconcileQuery, reportedDaysQuery } from '../queries.ts';
import { reportedDays, reportedOf } from '../reconcile.ts';
import { reconciledMetrics } from '../state.ts';
import { isPlatforms, type Meta, type Metric, type Page } from '../types.ts';
import type { ViewProps } from './now.tsx';
import { RangeControls } from './range_controls.tsx';
import { PlatformsOwn } from './reconciled.tsx';
import { ReconciledPage } from './reconciled_page.tsx';
import { ReconciledPages } from './reconciled_pages.tsx';

// Exports come once a day at most, and our own count of today is no news here.
const pollEvery = 60000;
// Days of pages in one answer: 168 wards for four months.
const mostRows = 20000;

export function ReconcileView(props: ViewProps) {
  const { t, tz } = useLocale();
  const { state, set, scope, extent } = props;
  const all = state.preset === 'all';
  const days = useLive(all ? reportedDaysQuery(scope) : null, {});
  const waiting = all && (extent === undefined || !days || days.earlier || (!days.result && days.phase !== 'failed'));
  const reported = days?.result ? reportedDays(days.result.meta) : null;
  const first = [extent?.first, reported?.first].filter((day) => day !== undefined).sort()[0];
  const range = rangeOf(state, tz, props.now, first ?? null);
  const several = isSeveral(scope);
  const asking = props.pages.filter((page) => scope.page === '*' || scope.page.includes(page.page));
  const tooLarge = several && asking.length * rangeDays(range, tz, props.now) > mostRows;
  const every = range.to === undefined ? pollEvery : 0;
  const answer = useLive(waiting || tooLarge ? null : reconcileQuery(scope, range, several), { route: '/v1/reconcile', every });
  return (
    <div class="range">
      <div class="toolbar">
        <RangeControls state={state} set={set} range={range} now={props.now} />
      </div>
      {state.tz !== '' && state.tz !== tz && <p class="muted small">{t.ourDays(tz)}</p>}
      {tooLarge ? (
        <Card title={t.reconcile}>
          <Empty title={t.tooManyDays} />
        </Card>
      ) : (
        <Answered {...props} answer={answer} asking={asking} several={several} />
      )}
    </div>
  );
}

function Answered(props: ViewProps & { answer: Answer | null; asking: Page[]; several: boolean }) {
  const { t } = useLocale();
  const { answer, set, asking, several } = props;
  if (answer?.phase === 'failed' && !answer.earlier) {
    return (
      <Card title={t.reconcile}>
        <Failed error={answer.error!}>
          {answer.error!.code === 'unknown_page' && (
            <button type="button" class="button" onClick={() => set({ pages: [] })}>
              {t.allPages}
            </button>
          )}
        </Failed>
      </Card>
    );
  }
  // An answer of one page has no page in its rows, and is none to a question about several.
  const result = answer?.result;
  if (!result || several !== (result.query.by?.[0] === 'page')) return <Card title={t.reconcile}><Loading lines={6} /></Card>;
  const reported = reportedOf(result.rows, reconciledMetrics);
  const ours = (metric: Metric) => asking.length === 0 || asking.some(({ page }) => !isPlatforms(result.meta, metric, page));
  const metrics = reported.filter(ours);
  if (metrics.length === 0) {
    return (
      <Card id="unreported" title={t.reconcile} busy={answer.earlier}>
        {reported.length > 0 ? <Empty title={t.onlyPlatforms} /> : <NothingReported {...props} meta={result.meta} />}
        <PlatformsOwn meta={result.meta} />
      </Card>
    );
  }
  const asked = { ...answer.query, metrics };
  const csv = <CsvButton query={asked} label={t.reconcile} route="/v1/reconcile" />;
  const view = { ...props, result, metrics, busy: answer.earlier, csv };
  return several ? <ReconciledPages {...view} /> : <ReconciledPage {...view} />;
}

function NothingReported(props: ViewProps & { several: boolean; meta: Meta }) {
  const { t } = useLocale();
  const { set, scope, several } = props;
  const page = several || scope.page === '*' ? 'ID' : scope.page[0];
  const days = reportedDays(props.meta);
  return (
    <Empty title={t.noReports}>
      <p>{t.noReportsText}</p>
      <p>
        <code lang="en">pagepulse backfill --format meta-series --page {page} FILE.csv</code>
      </p>
      {days && <WhereData extent={days} words={t.reportsFromTo} show={(from, to) => set({ preset: 'custom', from, to })} />}
    </Empty>
  );
}
