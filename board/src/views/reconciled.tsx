// What the views of one and of several reconciled pages share.

import { formatDate } from '../format.ts';
import { useLocale } from '../i18n/index.ts';
import type { Texts } from '../i18n/vi.ts';
import type { ShortRun } from '../reconcile.ts';
import { reconciledMetrics } from '../state.ts';
import type { Meta, Metric, Page, Result } from '../types.ts';
import type { ViewProps } from './now.tsx';

export interface ReconciledProps extends ViewProps {
  asking: Page[]; // the pages that are asked about
  result: Result;
  metrics: Metric[]; // of which anything is reported
  busy: boolean;
  csv: preact.ComponentChild;
}

// Metrics that are the platform's own figures already, and what is not measured because of that.
export function PlatformsOwn(props: { meta: Meta }) {
  const { t } = useLocale();
  const { metrics } = props.meta;
  const own = reconciledMetrics.filter((metric) => metrics[metric]?.platform);
  if (own.length === 0) return null;
  return (
    <p class="muted small">
      {t.platformsOwn(own.map((metric) => t.metric[metric].toLowerCase()).join(', '))} {metrics.reach?.unmeasured && t.unmeasuredHelp}
    </p>
  );
}

export function runWords(run: ShortRun, t: Texts): string {
  const days = t.rangeWords(formatDate(run.from), formatDate(run.to));
  return run.nothing ? t.nothingRun(days) : t.shortRun(days);
}
