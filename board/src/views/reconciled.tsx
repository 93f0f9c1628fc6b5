// What the views of one and of several reconciled pages share.

import { formatDate } from '../format.ts';
import { useLocale } from '../i18n/index.ts';
import type { Texts } from '../i18n/vi.ts';
import { isPlatforms, type ShortRun } from '../reconcile.ts';
import { reconciledMetrics } from '../state.ts';
import type { Metric, Page, Result } from '../types.ts';
import type { ViewProps } from './now.tsx';

export interface ReconciledProps extends ViewProps {
  asking: Page[]; // the pages that are asked about
  result: Result;
  metrics: Metric[]; // of which anything is reported
  busy: boolean;
  csv: preact.ComponentChild;
}

// Metrics that are the platform's own figures already.
export function PlatformsOwn(props: { pages: Page[] }) {
  const { t } = useLocale();
  const own = reconciledMetrics.filter((metric) => props.pages.some((page) => isPlatforms(page, metric)));
  if (own.length === 0) return null;
  return <p class="muted small">{t.platformsOwn(own.map((metric) => t.metric[metric].toLowerCase()).join(', '))}</p>;
}

export function runWords(run: ShortRun, t: Texts): string {
  const days = t.rangeWords(formatDate(run.from), formatDate(run.to));
  return run.nothing ? t.nothingRun(days) : t.shortRun(days);
}
