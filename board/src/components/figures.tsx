// Figures in words: a value of a metric, its change, a card of both.

import { formatNumber, formatPercent, type Lang } from '../format.ts';
import { useLocale } from '../i18n/index.ts';
import { crossedBy, type Meta, type Metric } from '../types.ts';
import { DefinitionMark } from './definitions.tsx';
import { UnmeasuredMark } from './measured.tsx';
import { Estimate, MetricName } from './tip.tsx';

export function formatMetric(metric: Metric, value: number | null, lang: Lang): string {
  if (value === null) return '–';
  return metric === 'engagement_rate' ? formatPercent(value, lang, 2) : formatNumber(value, lang);
}

// Of a ratio in points, of anything else in per cent of what was.
export function Change(props: { metric: Metric; value: number | null; before: number | null }) {
  const { t, lang } = useLocale();
  const { metric, value, before } = props;
  if (value === null || before === null) return null;
  if (before === 0 && metric !== 'engagement_rate') return null;
  const ratio = metric === 'engagement_rate';
  const change = ratio ? value - before : (value - before) / Math.abs(before);
  const size = formatNumber(Math.abs(change) * 100, lang, ratio ? 2 : 1);
  const direction = size === '0' ? 'same' : change > 0 ? 'up' : 'down';
  const sign = { up: '▲', down: '▼', same: '=' }[direction];
  return (
    <span class={`change ${direction}`}>
      <span aria-hidden="true">{sign} </span>
      <span class="sr-only">{t.change[direction]} </span>
      {direction !== 'same' && size + (ratio ? ` ${t.points}` : '%')}
    </span>
  );
}

interface FigureProps {
  metric: Metric;
  value: number | null;
  meta: Meta;
  span?: Meta | undefined; // of a question that spans what is compared, where `meta` does not
  before?: number | null; // undefined: nothing is compared
  chosen?: boolean;
  onChoose?: () => void; // shows it in the chart
}

export function Figure(props: FigureProps) {
  const { t, lang } = useLocale();
  const { metric, value, before, meta } = props;
  return (
    <div class={props.chosen ? 'figure chosen' : 'figure'} data-metric={metric}>
      <div class="figure-name">
        <MetricName metric={metric} />
      </div>
      <div class="figure-value">
        <span class="value">{formatMetric(metric, value, lang)}</span> <Estimate meta={meta.metrics[metric]} />
      </div>
      <UnmeasuredMark metric={metric} meta={meta} none={value === null} />
      {before !== undefined && (value !== null || before !== null) && (
        <div class="figure-before">
          <Change metric={metric} value={value} before={before} />{' '}
          <span class="muted">{before === null ? t.nothingBefore : t.before(formatMetric(metric, before, lang))}</span>
        </div>
      )}
      <DefinitionMark crossed={crossedBy(props.span ?? meta, metric)} />
      {props.onChoose && (
        <button type="button" class="figure-choose" aria-pressed={props.chosen} onClick={props.onChoose}>
          <span class="sr-only">
            {t.chart}: {t.metric[metric]}
          </span>
        </button>
      )}
    </div>
  );
}
