// A word and, on hover or focus, what it means.

import { useEffect, useId, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { formatPercent } from '../format.ts';
import { useLocale } from '../i18n/index.ts';
import type { Metric, MetricMeta } from '../types.ts';

export function Tip(props: { children: ComponentChildren; text: string; label?: string; class?: string }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!open) return;
    const escape = (event: KeyboardEvent) => event.key === 'Escape' && setOpen(false);
    document.addEventListener('keydown', escape);
    return () => document.removeEventListener('keydown', escape);
  }, [open]);
  return (
    <span class={`tip ${open ? 'open' : ''} ${props.class ?? ''}`} onMouseEnter={() => setOpen(true)} onMouseLeave={() => setOpen(false)}>
      <button
        type="button"
        class="tip-word"
        aria-describedby={id}
        aria-label={props.label}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onClick={() => setOpen(true)}
      >
        {props.children}
      </button>
      <span role="tooltip" id={id} class={open ? 'tip-text open' : 'tip-text'}>
        {props.text}
      </span>
    </span>
  );
}

export function MetricName(props: { metric: Metric }) {
  const { t } = useLocale();
  return <Tip text={t.metricHelp[props.metric]}>{t.metric[props.metric]}</Tip>;
}

// Where a metric's values are estimates: by how much they may be off, in 95 cases of a hundred.
export function errorOf(meta: MetricMeta | undefined): number | null {
  return meta?.exact === false ? 2 * (meta.relative_standard_error ?? 0) : null;
}

export function Estimate(props: { meta: MetricMeta | undefined }) {
  const { t, lang } = useLocale();
  const error = errorOf(props.meta);
  if (error === null) return null;
  const text = formatPercent(error, lang);
  return (
    <Tip class="estimate" text={t.estimateHelp(text)}>
      {t.estimate(text)}
    </Tip>
  );
}
