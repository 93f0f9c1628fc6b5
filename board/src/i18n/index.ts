import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Lang } from '../format.ts';
import { en } from './en.ts';
import { vi, type Texts } from './vi.ts';

export const textsOf = (lang: Lang): Texts => (lang === 'vi' ? vi : en);

export interface Locale {
  lang: Lang;
  t: Texts;
  tz: string;
}

export const LocaleContext = createContext<Locale>({ lang: 'vi', t: vi, tz: 'Asia/Ho_Chi_Minh' });
export const useLocale = (): Locale => useContext(LocaleContext);
