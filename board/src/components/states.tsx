// What is shown where there are no numbers: loading, refused, nothing there.

import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api.ts';
import { addDays } from '../civil.ts';
import { formatDate } from '../format.ts';
import type { Extent } from '../hooks.ts';
import { useLocale } from '../i18n/index.ts';
import type { Texts } from '../i18n/vi.ts';

export function Loading(props: { lines?: number }) {
  const { t } = useLocale();
  return (
    <div class="loading" role="status">
      <span class="sr-only">{t.loading}</span>
      {Array.from({ length: props.lines ?? 3 }, (_, i) => (
        <span class="shimmer" key={i} />
      ))}
    </div>
  );
}

export function Failed(props: { error: ApiError; children?: ComponentChildren }) {
  const { t } = useLocale();
  const { error } = props;
  return (
    <div class="notice error" role="alert">
      <h3>{t.errorTitle}</h3>
      <p>{t.errors[error.code] ?? t.errorOther}</p>
      <p class="muted small">
        {t.serverSays}: <code lang="en">{error.message}</code>
        {error.hint && (
          <>
            {' '}
            (<code lang="en">{error.hint}</code>)
          </>
        )}
      </p>
      {props.children}
    </div>
  );
}

export function Empty(props: { title: string; children?: ComponentChildren }) {
  return (
    <div class="notice">
      <p class="empty-title">{props.title}</p>
      {props.children}
    </div>
  );
}

// Where there are numbers, when there are none in what is shown.
export function WhereData(props: { extent: Extent; words?: Texts['dataFromTo']; show: (from: string, to: string) => void }) {
  const { t } = useLocale();
  const { first, last } = props.extent;
  const begin = addDays(last, -27);
  return (
    <p>
      {(props.words ?? t.dataFromTo)(formatDate(first), formatDate(last))}{' '}
      <button type="button" class="button" onClick={() => props.show(begin < first ? first : begin, last)}>
        {t.show28(formatDate(last))}
      </button>
    </p>
  );
}

export function Card(props: {
  title: ComponentChildren;
  note?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
  busy?: boolean;
  id?: string;
}) {
  return (
    <section class={`card ${props.class ?? ''}`} aria-busy={props.busy} data-card={props.id}>
      <header class="card-head">
        <h2>{props.title}</h2>
        {props.note && <p class="note">{props.note}</p>}
        {props.actions && <div class="actions">{props.actions}</div>}
      </header>
      {props.children}
    </section>
  );
}
