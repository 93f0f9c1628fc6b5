// What a quote's link said, beside what it is now.

import { toCivil } from '../civil.ts';
import { formatMetric } from '../components/figures.tsx';
import { Card } from '../components/states.tsx';
import { DataTable, type Column } from '../components/table.tsx';
import { errorOf } from '../components/tip.tsx';
import { formatMoment, formatNumber } from '../format.ts';
import { useLocale } from '../i18n/index.ts';
import type { Quoted } from '../state.ts';
import { numberOf, textOf, type Metric, type Result, type Row } from '../types.ts';

export function QuotedPanel(props: { quoted: Quoted; result: Result; onDismiss: () => void }) {
  const { t, lang, tz } = useLocale();
  const { quoted, result } = props;
  const rows: Row[] = quoted.figures.map(({ metric, value }) => ({ metric, value, now: numberOf(result.totals, metric) }));
  const isEstimate = (row: Row) => errorOf(result.meta.metrics[textOf(row, 'metric')]) !== null;
  const changed = rows.filter((row) => row.value !== row.now);
  const verdict = changed.length === 0 ? t.quotedSame : changed.every(isEstimate) ? t.quotedOther : t.quotedChanged;
  const metricOf = (row: Row) => textOf(row, 'metric') as Metric;
  const difference = (row: Row) => {
    const now = numberOf(row, 'now');
    if (now === null) return '–';
    const by = now - (numberOf(row, 'value') ?? 0);
    return by === 0 ? '0' : (by > 0 ? '+' : '') + formatNumber(by, lang);
  };
  const columns: Column[] = [
    { key: 'metric', text: true, head: t.quotedAt(formatMoment(toCivil(quoted.at, tz))), cell: (row) => t.metric[metricOf(row)] },
    { key: 'value', head: t.quotedValue, cell: (row) => formatMetric(metricOf(row), numberOf(row, 'value'), lang) },
    { key: 'now', head: t.nowValue, cell: (row) => formatMetric(metricOf(row), numberOf(row, 'now'), lang) },
    { key: 'difference', head: t.difference, cell: difference },
  ];
  return (
    <Card
      id="quoted"
      class={changed.length === 0 ? 'quoted same' : 'quoted changed'}
      title={t.quotedTitle}
      note={verdict}
      actions={
        <button type="button" class="button small" onClick={props.onDismiss}>
          {t.dismiss}
        </button>
      }
    >
      <DataTable fit caption={t.quotedTitle} columns={columns} rows={rows} />
    </Card>
  );
}
