// The frame: what is chosen, whether it is live, the view.

import { useCallback, useEffect, useState } from 'preact/hooks';
import { ApiError, fetchPages, saveToken, savedToken } from './api.ts';
import { dayOf, toCivil, zoneLabel } from './civil.ts';
import { chosenName, PagePicker } from './components/page_picker.tsx';
import { Settings } from './components/settings.tsx';
import { Empty, Failed, Loading } from './components/states.tsx';
import { TokenForm } from './components/token_form.tsx';
import { formatDate } from './format.ts';
import { useClock, useExtent, useConnection } from './hooks.ts';
import { LocaleContext, textsOf, useLocale } from './i18n/index.ts';
import type { Scope } from './queries.ts';
import { defaults, metricsOf, readState, views, writeState, type State } from './state.ts';
import type { Page } from './types.ts';
import { NowView } from './views/now.tsx';
import { RangeView } from './views/range.tsx';
import { ReconcileView } from './views/reconcile.tsx';

const fallbackZone = 'Asia/Ho_Chi_Minh';

// The address is the state; going back is going back to the view before.
function useAddress(): [State, (change: Partial<State>) => void] {
  const [state, setState] = useState(() => readState(location.search));
  useEffect(() => {
    const read = () => setState(readState(location.search));
    window.addEventListener('popstate', read);
    return () => window.removeEventListener('popstate', read);
  }, []);
  const set = useCallback((change: Partial<State>) => {
    const next = { ...readState(location.search), ...change };
    if (!metricsOf(next.view).includes(next.metric)) next.metric = defaults.metric;
    history.pushState(null, '', location.pathname + writeState(next));
    setState(next);
  }, []);
  return [state, set];
}

interface PagesAnswer {
  pages: Page[] | null; // null: not known yet
  error: ApiError | null;
  reload: () => void;
}

function usePages(): PagesAnswer {
  const [pages, setPages] = useState<Page[] | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let timer = 0;
    const again = (ms: number) => (timer = setTimeout(() => setTurn((n) => n + 1), ms) as unknown as number);
    fetchPages().then(
      (list) => {
        setPages((known) => (JSON.stringify(known) === JSON.stringify(list) ? known : list));
        setError(null);
        again(list.length === 0 ? 2000 : 60000);
      },
      (failure: unknown) => {
        const known = failure instanceof ApiError ? failure : new ApiError(0, 'offline', String(failure));
        setError(known);
        if (known.passing) again(2000);
      },
    );
    return () => clearTimeout(timer);
  }, [turn]);
  return { pages, error, reload: () => setTurn((n) => n + 1) };
}

function zoneOf(pages: Page[], chosen: string[]): string {
  const zones = new Set(pages.filter((page) => chosen.length === 0 || chosen.includes(page.page)).map((page) => page.tz));
  return zones.size === 1 ? [...zones][0]! : fallbackZone;
}

export function App() {
  const [state, set] = useAddress();
  const { pages, error, reload } = usePages();
  const pageZone = zoneOf(pages ?? [], state.pages);
  // A platform's days are told of the page's own days alone.
  const tz = (state.view !== 'reconcile' && state.tz) || pageZone;
  const t = textsOf(state.lang);
  const name = pages ? chosenName(pages, state.pages, t.allPages, t.pagesCount) : '';
  useEffect(() => {
    document.documentElement.lang = state.lang;
    document.documentElement.classList.toggle('wall', state.wall);
    document.title = [name, t.title, 'pagepulse'].filter(Boolean).join(' · ');
  }, [state.lang, state.wall, name]);
  return (
    <LocaleContext.Provider value={{ lang: state.lang, t, tz }}>
      <a class="skip" href="#main">
        {t.skip}
      </a>
      <Header state={state} set={set} pages={pages ?? []} pageZone={pageZone} name={name} ready={pages !== null && pages.length > 0} />
      <main id="main" tabIndex={-1}>
        <Connection />
        <Content state={state} set={set} pages={pages} error={error} reload={reload} tz={tz} />
      </main>
      <Footer />
    </LocaleContext.Provider>
  );
}

interface HeaderProps {
  state: State;
  set: (change: Partial<State>) => void;
  pages: Page[];
  pageZone: string;
  name: string;
  ready: boolean;
}

function Header(props: HeaderProps) {
  const { t, tz } = useLocale();
  const { state, set, ready } = props;
  const now = useClock(state.wall ? 1000 : 60000);
  if (state.wall) {
    const civil = toCivil(now, tz);
    return (
      <header class="wall-head">
        <h1>{props.name || 'pagepulse'}</h1>
        <p class="wall-clock">
          <time>{civil.slice(11, 16)}</time>
          <span class="muted">
            {formatDate(civil)} · {zoneLabel(tz, now)} · {tz}
          </span>
        </p>
        <LiveBadge />
        <button type="button" class="button small leave" onClick={() => set({ wall: false })}>
          {t.leaveWall}
        </button>
      </header>
    );
  }
  return (
    <header class="top">
      <h1 class="brand">
        <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
          <path d="M2 13h4l3-8 5 15 3-7h5" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" />
        </svg>
        pagepulse <span class="sr-only">{t.title}</span>
      </h1>
      {ready && <PagePicker pages={props.pages} chosen={state.pages} onChoose={(pages) => set({ pages, quoted: null })} />}
      <nav aria-label={t.views}>
        {views.map((view) => (
          <a
            key={view}
            href={location.pathname + writeState({ ...state, view })}
            aria-current={state.view === view ? 'page' : undefined}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              set({ ...state, view });
            }}
          >
            {t.viewNames[view]}
          </a>
        ))}
      </nav>
      {ready && state.view !== 'reconcile' && <LiveBadge />}
      <Settings state={state} set={set} pageZone={props.pageZone} now={now} />
    </header>
  );
}

function LiveBadge() {
  const { t } = useLocale();
  const { phase } = useConnection();
  if (phase === 'none') return null;
  const stale = phase === 'stale';
  return (
    <span class={stale ? 'badge stale' : 'badge'} title={stale ? undefined : t.liveHelp}>
      {stale ? t.disconnectedShort : t.live}
    </span>
  );
}

// Says aloud, once, that the numbers are old; and how old.
function Connection() {
  const { t, tz } = useLocale();
  const now = useConnection();
  const lost = now.phase === 'stale';
  const civil = lost ? toCivil(now.since, tz) : '';
  return (
    <div role="status" class={lost ? 'connection lost' : 'connection'}>
      {lost && t.disconnected(`${civil.slice(11, 19)} ${formatDate(civil)}`)}
    </div>
  );
}

interface ContentProps {
  state: State;
  set: (change: Partial<State>) => void;
  pages: Page[] | null;
  error: ApiError | null;
  reload: () => void;
  tz: string;
}

function Content(props: ContentProps) {
  const { t } = useLocale();
  const { state, set, pages, error, tz } = props;
  const now = useClock(60000);
  const page = state.pages.length > 0 ? state.pages : pages?.length === 1 ? [pages[0]!.page] : '*';
  const scope: Scope = { page, tz };
  const known = pages !== null && pages.length > 0;
  const extent = useExtent(known ? scope : null, dayOf(now, tz));
  if (error?.wantsToken) return <TokenForm onSaved={props.reload} />;
  if (!pages && error && !error.passing) return <div class="card"><Failed error={error} /></div>;
  if (!pages) {
    return (
      <div class="card">
        {error && <p role="alert">{t.connecting}</p>}
        <Loading lines={6} />
      </div>
    );
  }
  if (!known) {
    return (
      <div class="card">
        <Empty title={t.noPagesTitle}>
          <p>{t.noPagesText}</p>
          <p class="muted">
            {t.noPagesHow} <code>POST {location.origin}/v1/events</code>
          </p>
        </Empty>
      </div>
    );
  }
  const view = { state, set, scope, pages, now, extent };
  switch (state.view) {
    case 'now':
      return <NowView {...view} />;
    case 'range':
      return <RangeView {...view} />;
    case 'reconcile':
      return <ReconcileView {...view} />;
  }
}

function Footer() {
  const { t } = useLocale();
  return (
    <footer class="muted small">
      <p>{t.footer}</p>
      {savedToken() !== '' && (
        <button
          type="button"
          class="link-button"
          onClick={() => {
            saveToken('');
            location.reload();
          }}
        >
          {t.tokenForget}
        </button>
      )}
    </footer>
  );
}
