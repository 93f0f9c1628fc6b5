// That a page is empty though its platform reports something, and what to do
// (docs/reported.md, "Authority").

import { formatNumber } from '../format.ts';
import { useLive } from '../hooks.ts';
import { useLocale } from '../i18n/index.ts';
import { anythingQuery, type Scope } from '../queries.ts';
import type { Meta, OnlyReported, Page } from '../types.ts';

const shownPages = 3;

function byPage(only: OnlyReported[]): Map<string, OnlyReported[]> {
  const pages = new Map<string, OnlyReported[]>();
  for (const one of only) pages.set(one.page, [...(pages.get(one.page) ?? []), one]);
  return pages;
}

const countable = (only: OnlyReported[]) => only.filter((one) => one.authority.length > 0);

// As TOML has it.
function configOf(page: string, only: OnlyReported[]): string {
  const keys = [...new Set(only.flatMap((one) => one.authority))];
  return [`[pages.${JSON.stringify(page)}.authority]`, ...keys.map((key) => `${key} = "platform"`)].join('\n');
}

export function OnlyReportedNotes(props: { meta: Meta; pages: Page[] }) {
  const { t, lang } = useLocale();
  const found = byPage(props.meta.only_reported ?? []);
  if (found.size === 0) return null;
  const names = (only: OnlyReported[]) => only.map((one) => t.metric[one.metric].toLowerCase()).join(', ');
  return (
    <div class="notice only-reported">
      {[...found].slice(0, shownPages).map(([page, only]) => (
        <div key={page}>
          <p>
            {t.onlyReported(names(only), props.pages.find((one) => one.page === page)?.name ?? page)}{' '}
            {countable(only).length > 0 ? t.onlyReportedConfig(names(countable(only))) : t.onlyReportedShown}
          </p>
          {countable(only).length > 0 && <pre lang="en">{configOf(page, only)}</pre>}
        </div>
      ))}
      {found.size > shownPages && <p class="muted">{t.andMorePages(formatNumber(found.size - shownPages, lang))}</p>}
    </div>
  );
}

// Of all the time, where nothing ever happened.
export function EverOnlyReported(props: { scope: Scope; pages: Page[] }) {
  const answer = useLive(anythingQuery(props.scope), {});
  return answer?.result ? <OnlyReportedNotes meta={answer.result.meta} pages={props.pages} /> : null;
}
