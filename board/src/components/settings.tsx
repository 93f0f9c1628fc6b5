// Zone, language, theme. The theme is the reader's and stays in this browser; the others are the view's.

import { useEffect, useState } from 'preact/hooks';
import { zoneLabel } from '../civil.ts';
import { useLocale } from '../i18n/index.ts';
import type { State } from '../state.ts';

type Theme = 'auto' | 'light' | 'dark';
const themes: Theme[] = ['auto', 'light', 'dark'];
const themeKey = 'pagepulse.theme';

export const savedTheme = (): Theme => themes.find((theme) => theme === localStorage.getItem(themeKey)) ?? 'auto';

export function applyTheme(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

// `pageZone`: the zone of the chosen pages, the default.
export function Settings(props: { state: State; set: (change: Partial<State>) => void; pageZone: string; now: number }) {
  const { t, lang } = useLocale();
  const { state, set, pageZone, now } = props;
  const [theme, setTheme] = useState(savedTheme());
  useEffect(() => {
    localStorage.setItem(themeKey, theme);
    applyTheme(theme);
  }, [theme]);
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const common = [...new Set(['Asia/Ho_Chi_Minh', own === 'Asia/Saigon' ? 'Asia/Ho_Chi_Minh' : own, 'UTC', state.tz])].filter((tz) => tz !== '' && tz !== pageZone);
  // Four hundred of them, so not before the numbers.
  const [all, setAll] = useState<string[]>([]);
  useEffect(() => {
    const timer = setTimeout(() => setAll(Intl.supportedValuesOf('timeZone').filter((tz) => tz !== 'Asia/Saigon')), 1000);
    return () => clearTimeout(timer);
  }, []);
  // Its city, which is what fits; the list below has the names in full.
  const name = (tz: string) => `${zoneLabel(tz, now)} · ${tz.slice(tz.lastIndexOf('/') + 1).replaceAll('_', ' ')}`;
  return (
    <div class="settings">
      <label class="field inline">
        <span class="sr-only">{t.zone}</span>
        <select value={state.tz} title={t.zone} onChange={(event) => set({ tz: event.currentTarget.value })}>
          <option value="">{name(pageZone)}</option>
          <optgroup label={t.commonZones}>
            {common.map((tz) => (
              <option key={tz} value={tz}>
                {name(tz)}
              </option>
            ))}
          </optgroup>
          <optgroup label={t.allZones}>
            {all
              .filter((tz) => tz !== pageZone && !common.includes(tz))
              .map((tz) => (
                <option key={tz} value={tz}>
                  {tz}
                </option>
              ))}
          </optgroup>
        </select>
      </label>
      <button
        type="button"
        class="button small icon"
        title={`${t.theme}: ${t.themes[theme]}`}
        aria-label={`${t.theme}: ${t.themes[theme]}`}
        onClick={() => setTheme(themes[(themes.indexOf(theme) + 1) % themes.length]!)}
      >
        <span aria-hidden="true">{{ auto: '◐', light: '☀', dark: '☾' }[theme]}</span>
      </button>
      <button type="button" class="button small" lang={lang === 'vi' ? 'en' : 'vi'} onClick={() => set({ lang: lang === 'vi' ? 'en' : 'vi' })}>
        {t.otherLanguage}
      </button>
      <button type="button" class="button small wall-button" onClick={() => set({ wall: true })}>
        {t.wall}
      </button>
    </div>
  );
}
