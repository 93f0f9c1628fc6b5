// What must be known of a number whose pages have their totals from the platform's reports: whose
// it is, and what then nobody measures (docs/reported.md, "Authority").

import type { ComponentChildren } from 'preact';
import { formatNumber } from '../format.ts';
import { useLocale } from '../i18n/index.ts';
import type { Meta, Metric, Result } from '../types.ts';
import { Empty } from './states.tsx';
import { Tip } from './tip.tsx';

// Beside a name. `none`: on no page is it measured, and there is no number.
export function UnmeasuredMark(props: { metric: Metric; meta: Meta; none: boolean }) {
  const { t, lang } = useLocale();
  const pages = props.meta.metrics[props.metric]?.unmeasured;
  if (!pages) return null;
  return (
    <Tip class="unmeasured" text={t.unmeasuredHelp}>
      {props.none ? t.unmeasured : t.unmeasuredOn(formatNumber(pages.length, lang))}
    </Tip>
  );
}

// Of the one page that was asked about.
const ofOnePage = ({ query, meta }: Result, metric: Metric): boolean => query.page.length === 1 && query.page[0] === meta.metrics[metric]?.platform?.[0];

// In a sentence, below a chart; nothing where the number is our own count.
export function SourceNote(props: { metric: Metric; result: Result }) {
  const { t, lang } = useLocale();
  const { metric, result } = props;
  const pages = result.meta.metrics[metric]?.platform;
  if (!pages) return null;
  return <p class="muted small source-note">{t.platformCounted(t.metric[metric], ofOnePage(result, metric) ? null : formatNumber(pages.length, lang))}</p>;
}

// Where nothing is to be seen: of a page whose views are the platform's it is no quiet.
export function Quiet(props: { result: Result; words: string; children?: ComponentChildren }) {
  const { t } = useLocale();
  const words = ofOnePage(props.result, 'views') ? t.platformCounted(t.metric.views, null) : props.words;
  return <Empty title={words}>{props.children}</Empty>;
}
