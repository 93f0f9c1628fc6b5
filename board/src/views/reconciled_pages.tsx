// Several pages: which of them fall short, and since when.

import { useMemo } from 'preact/hooks';
import { DefinitionMark } from '../components/definitions.tsx';
import { Card } from '../components/states.tsx';
import { DataTable, type Column } from '../components/table.tsx';
import { MetricName } from '../components/tip.tsx';
import { formatNumber } from '../format.ts';
import { useLocale } from '../i18n/index.ts';
import { byPage, pairsOf, summarize, type Summary } from '../reconcile.ts';
import { crossedBy, isPlatforms, numberOf, textOf, type Metric, type Row } from '../types.ts';
import { runWords, type ReconciledProps } from './reconciled.tsx';

export function ReconciledPages(props: ReconciledProps) {
  const { t, lang } = useLocale();
  const { result, metrics, pages, set } = props;
  const known = useMemo(() => new Map(pages.map((page) => [page.page, page])), [pages]);
  const { summaries, rows } = useMemo(() => {
    const summaries = new Map<string, Summary[]>();
    for (const [page, days] of byPage(result.rows)) {
      const daysOf = (metric: Metric) => (isPlatforms(result.meta, metric, page) ? [] : days);
      summaries.set(page, metrics.map((metric) => summarize(pairsOf(daysOf(metric), metric))));
    }
    const rows: Row[] = [...summaries].map(([page, of]) => ({ page, worst: Math.max(...of.map((summary) => summary.short)) }));
    rows.sort((a, b) => numberOf(b, 'worst')! - numberOf(a, 'worst')!);
    return { summaries, rows };
  }, [result]);
  const of = (row: Row) => summaries.get(textOf(row, 'page'))!;
  const lastRun = (row: Row) => {
    const runs = of(row).flatMap((summary) => summary.runs.slice(-1));
    return runs.sort((a, b) => (a.to < b.to ? 1 : -1))[0];
  };
  const columns: Column[] = [
    {
      key: 'page',
      text: true,
      head: t.page,
      cell: (row) => {
        const page = textOf(row, 'page');
        return (
          <button type="button" class="link-button" onClick={() => set({ pages: [page] })}>
            {known.get(page)?.name ?? page}
          </button>
        );
      },
    },
    ...metrics.map((metric, at) => ({
      key: metric,
      text: true,
      head: (
        <>
          <MetricName metric={metric} /> <DefinitionMark crossed={crossedBy(result.meta, 'reported.' + metric)} />
        </>
      ),
      cell: (row: Row) => {
        const { short, reported } = of(row)[at]!;
        if (reported === 0) {
          const theirs = isPlatforms(result.meta, metric, textOf(row, 'page'));
          const words = !theirs ? t.notReported : metric === 'reach' ? t.unmeasured : t.platformsOwnShort;
          return <span class="muted small">{words}</span>;
        }
        return (
          <span class={short > 0 ? 'wrong' : ''}>
            {short > 0 && <span aria-hidden="true">⚠ </span>}
            {t.shortOf(formatNumber(short, lang), formatNumber(reported, lang))}
          </span>
        );
      },
    })),
    {
      key: 'last',
      text: true,
      head: t.lastShort,
      cell: (row) => {
        const run = lastRun(row);
        return run ? <span class="small">{runWords(run, t)}</span> : '–';
      },
    },
  ];
  return (
    <Card id="reconciled" title={t.reconcilePages} note={t.reconcilePagesNote} busy={props.busy} actions={props.csv}>
      <DataTable fit caption={t.reconcilePages} columns={columns} rows={rows} rowClass={(row) => (numberOf(row, 'worst')! > 0 ? 'short' : '')} />
      <p class="muted small">{t.reconcileNote}</p>
    </Card>
  );
}
