// A sentence for a report, the exact figures behind it, and a link that keeps them.

import { useEffect, useRef, useState } from 'preact/hooks';
import { addDays, dayOf, isDay, toCivil } from '../civil.ts';
import { definitionWords } from '../components/definitions.tsx';
import { Failed, Loading } from '../components/states.tsx';
import { errorOf } from '../components/tip.tsx';
import { formatMoment, formatNumber, formatPercent, type Lang } from '../format.ts';
import { useLive } from '../hooks.ts';
import { textsOf, useLocale } from '../i18n/index.ts';
import type { Range, Scope } from '../queries.ts';
import { quoteSentence, unitOf, type QuotedFigure, type QuoteRange, type QuoteSubject } from '../quote.ts';
import { writeState, type State } from '../state.ts';
import { crossedBy, isUnmeasured, numberOf, type Page, type Query, type Result } from '../types.ts';

const quarter = 15 * 60000;

// A range that goes on is closed at the last full quarter of an hour: minutes are kept for days only,
// and a quote must be checkable for years.
export function closeRange(range: Range, tz: string, now: number): Required<Range> {
  if (range.to) return { from: range.from, to: range.to };
  const last = Math.floor(now / quarter) * quarter;
  const begin = isDay(range.from) ? range.from : dayOf(Date.parse(range.from), tz);
  if (dayOf(last, tz) === begin && toCivil(last, tz).slice(11, 16) === '00:00') {
    return { from: range.from, to: toCivil(Math.floor(now / 60000) * 60000 + 60000, tz) };
  }
  return { from: range.from, to: toCivil(last, tz) };
}

// A range's ends as the sentence says them: an end at midnight is the day before's.
function saidRange(range: Required<Range>, tz: string): QuoteRange {
  const civil = (end: string) => (isDay(end) ? end : toCivil(Date.parse(end), tz).slice(0, 16));
  const to = civil(range.to);
  return { from: civil(range.from).slice(0, 10), to: to.endsWith('T00:00') ? addDays(to.slice(0, 10), -1) : to };
}

export function subjectOf(scope: Scope, pages: Page[]): QuoteSubject {
  if (scope.page === '*' && pages.length !== 1) return { kind: 'all', name: '', count: pages.length };
  const ids = scope.page === '*' ? [pages[0]!.page] : scope.page;
  const names = ids.map((id) => pages.find((page) => page.page === id)?.name ?? id);
  return { kind: ids.length === 1 ? 'page' : 'pages', name: names.join(', '), count: ids.length };
}

type QuoteMetric = QuotedFigure['metric'];
const quotable: QuoteMetric[] = ['views', 'interactions', 'reach'];

function figuresOf(result: Result, chosen: QuoteMetric[]): QuotedFigure[] {
  return quotable
    .filter((metric) => chosen.includes(metric))
    .map((metric) => ({
      metric,
      value: numberOf(result.totals, metric) ?? 0,
      estimate: errorOf(result.meta.metrics[metric]) !== null,
      atLeast: result.meta.metrics[metric]?.unmeasured !== undefined,
    }));
}

function exactWords(figures: QuotedFigure[], result: Result, lang: Lang): string {
  return figures
    .map((figure) => {
      const error = errorOf(result.meta.metrics[figure.metric]);
      const number = `${formatNumber(figure.value, lang)} ${unitOf(figure, lang)}`;
      return error === null ? number : `${number} (± ${formatPercent(error, lang)})`;
    })
    .join('; ');
}

// What a reader of the report must know too, in the quote's own language.
function quoteNotes(result: Result, chosen: QuoteMetric[], lang: Lang): string[] {
  const t = textsOf(lang);
  const notes = chosen.flatMap((metric) => {
    const without = result.meta.metrics[metric]?.unmeasured;
    const crossed = crossedBy(result.meta, metric).map((one) => definitionWords(one, lang));
    return without ? [...crossed, `${t.metric[metric]} ${t.unmeasuredOn(formatNumber(without.length, lang))}. ${t.unmeasuredHelp}`] : crossed;
  });
  return [...new Set(notes)];
}

interface QuoteProps {
  state: State;
  scope: Scope;
  pages: Page[];
  range: Range;
  onClose: () => void;
}

export function QuoteDialog(props: QuoteProps) {
  const { t } = useLocale();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []);
  // Frozen when it was opened: what is read is what is copied.
  const [range] = useState(() => closeRange(props.range, props.scope.tz, Date.now()));
  const query: Query = { ...props.scope, ...range, metrics: quotable };
  const answer = useLive(query, {});
  return (
    <dialog class="quote" ref={dialog} onClose={props.onClose} aria-labelledby="quote-title">
      <header class="card-head">
        <h2 id="quote-title">{t.quoteTitle}</h2>
        <button type="button" class="button small" onClick={() => dialog.current!.close()}>
          {t.close}
        </button>
      </header>
      {answer?.phase === 'failed' ? <Failed error={answer.error!} /> : answer?.result ? <Quote {...props} range={range} result={answer.result} /> : <Loading />}
    </dialog>
  );
}

function Quote(props: QuoteProps & { range: Required<Range>; result: Result }) {
  const { t, lang: boardLang } = useLocale();
  const { result, range, scope } = props;
  const measured = (metric: QuoteMetric) => !isUnmeasured(result, metric);
  const [chosen, setChosen] = useState<QuoteMetric[]>(['views', 'interactions']);
  const [lang, setLang] = useState<Lang>(boardLang);
  const texts = textsOf(lang);
  const figures = figuresOf(result, chosen);
  const at = Date.parse(result.meta.complete_until);
  const sentence = quoteSentence(figures, subjectOf(scope, props.pages), saidRange(range, scope.tz), lang);
  const moment = texts.quoteMoment(formatMoment(toCivil(at, scope.tz)), scope.tz, exactWords(figures, result, lang));
  const warnings = quoteNotes(result, chosen, lang);
  const link = location.origin + location.pathname + writeState({
    ...props.state,
    view: 'range',
    preset: 'custom',
    ...range,
    pages: scope.page === '*' ? [] : scope.page,
    tz: scope.tz,
    lang,
    zoom: null,
    step: 'auto',
    wall: false,
    quoted: { at, figures: figures.map(({ metric, value }) => ({ metric, value })) },
  });
  const toggle = (metric: QuoteMetric) => {
    const next = chosen.includes(metric) ? chosen.filter((one) => one !== metric) : [...chosen, metric];
    if (next.length > 0) setChosen(next);
  };
  return (
    <>
      <div class="quote-options">
        <fieldset>
          <legend>{t.quoteWhat}</legend>
          {quotable.map((metric) => (
            <label key={metric}>
              <input type="checkbox" checked={chosen.includes(metric)} disabled={!measured(metric)} onChange={() => toggle(metric)} /> {t.metric[metric]}
              {!measured(metric) && <span class="muted small"> ({t.unmeasured})</span>}
            </label>
          ))}
        </fieldset>
        <fieldset>
          <legend>{t.language}</legend>
          {(['vi', 'en'] as Lang[]).map((one) => (
            <label key={one}>
              <input type="radio" name="quote-lang" checked={lang === one} onChange={() => setLang(one)} /> {one === 'vi' ? 'Tiếng Việt' : 'English'}
            </label>
          ))}
        </fieldset>
      </div>
      <blockquote lang={lang}>
        <p class="sentence">{sentence}</p>
        <p class="moment">{moment}</p>
        {warnings.map((words) => (
          <p class="definition-note small" key={words}>
            <span aria-hidden="true">⚠ </span>
            {words}
          </p>
        ))}
      </blockquote>
      <label class="field stacked">
        <span>{t.quoteLink}</span>
        <input class="link" type="text" readOnly value={link} onFocus={(event) => event.currentTarget.select()} />
      </label>
      {!props.range.to.endsWith('T00:00') && !isDay(range.to) && <p class="muted small">{t.quoteFrozen}</p>}
      <CopyButtons sentence={sentence} all={[sentence, moment, ...warnings, link].join('\n')} link={link} />
    </>
  );
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Outside localhost and HTTPS there is no clipboard to ask for.
    const area = document.createElement('textarea');
    area.value = text;
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    return copied;
  }
}

function CopyButtons(props: { sentence: string; all: string; link: string }) {
  const { t } = useLocale();
  const [said, setSaid] = useState('');
  const button = (label: string, text: string, main = false) => (
    <button
      type="button"
      class={main ? 'button main' : 'button'}
      onClick={async () => setSaid((await copy(text)) ? `${t.copied}: ${label.toLowerCase()}` : t.copyFailed)}
    >
      {label}
    </button>
  );
  return (
    <div class="copy">
      {button(t.copyAll, props.all, true)}
      {button(t.copySentence, props.sentence)}
      {button(t.copyLink, props.link)}
      <span role="status" class="said small">
        {said}
      </span>
    </div>
  );
}
