// What must be known of a number whose pages have their totals from the platform's reports: whose
// it is, and what then nobody measures (docs/reported.md, "Authority").

import { formatNumber } from '../format.ts';
import { useLocale } from '../i18n/index.ts';
import { isUnmeasured, type Meta, type Metric, type Result } from '../types.ts';
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

// In a sentence, below a chart; nothing where the number is our own count.
export function SourceNote(props: { metric: Metric; result: Result }) {
  const { t } = useLocale();
  const { metric, result } = props;
  if (isUnmeasured(result, metric)) return null;
  if (!result.meta.metrics[metric]?.platform) return null;
  return <p class="muted small source-note">{t.platformCounted(t.metric[metric])}</p>;
}
