// That a platform changed what it counts, beside the numbers across which it did.

import { formatDate, type Lang } from '../format.ts';
import { textsOf, useLocale } from '../i18n/index.ts';
import type { CrossedDefinition } from '../types.ts';
import { Tip } from './tip.tsx';

// `Meta counts views since 15/11/2025, impressions before. …`
export function definitionWords(crossed: CrossedDefinition, lang: Lang): string {
  const t = textsOf(lang);
  const date = formatDate(crossed.since);
  return `${t.definitions[crossed.report]?.(date) ?? t.definitionOther(crossed.report, date)} ${t.definitionSo}`;
}

// In short, with what it means on hover or focus.
export function DefinitionMark(props: { crossed: CrossedDefinition[] }) {
  const { t, lang } = useLocale();
  return (
    <>
      {props.crossed.map((crossed) => (
        <Tip key={crossed.report} class="definition" text={definitionWords(crossed, lang)}>
          <span aria-hidden="true">⚠ </span>
          {t.definitionMark(formatDate(crossed.since))}
        </Tip>
      ))}
    </>
  );
}

// In sentences.
export function DefinitionNotes(props: { crossed: CrossedDefinition[] }) {
  const { lang } = useLocale();
  return (
    <>
      {[...new Set(props.crossed.map((crossed) => definitionWords(crossed, lang)))].map((words) => (
        <p class="definition-note small" key={words}>
          <span aria-hidden="true">⚠ </span>
          {words}
        </p>
      ))}
    </>
  );
}
