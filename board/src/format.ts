// Numbers and dates as people of the two languages write them. Dates are dd/MM/yyyy in both.

export type Lang = 'vi' | 'en';

const locales = { vi: 'vi-VN', en: 'en-US' };
const formatters = new Map<string, Intl.NumberFormat>();

function numberFormat(lang: Lang, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = lang + JSON.stringify(options);
  let format = formatters.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locales[lang], options);
    formatters.set(key, format);
  }
  return format;
}

// 2.240.000 or 2,240,000; a minus sign that is one.
export function formatNumber(value: number, lang: Lang, decimals = 0): string {
  const options = { maximumFractionDigits: decimals, useGrouping: true };
  return numberFormat(lang, options).format(value).replace('-', '−');
}

// A fraction as per cent.
export function formatPercent(fraction: number, lang: Lang, decimals = 1): string {
  return `${formatNumber(fraction * 100, lang, decimals)}%`;
}

// Short enough for an axis: 2,5 tr, 12k.
export function formatShort(value: number, lang: Lang): string {
  const size = Math.abs(value);
  if (size >= 1e9) return formatNumber(value / 1e9, lang, 1) + (lang === 'vi' ? ' tỷ' : 'B');
  if (size >= 1e6) return formatNumber(value / 1e6, lang, 1) + (lang === 'vi' ? ' tr' : 'M');
  if (size >= 1e4) return formatNumber(value / 1e3, lang, 1) + (lang === 'vi' ? ' ng' : 'k');
  return formatNumber(value, lang, size < 10 ? 2 : 0);
}

// `2025-07-01…` -> 01/07/2025
export function formatDate(civil: string): string {
  return `${civil.slice(8, 10)}/${civil.slice(5, 7)}/${civil.slice(0, 4)}`;
}

// `2025-07-01T09:41…` -> 09:41
export const formatClock = (civil: string): string => civil.slice(11, 16);

// `2025-07-01T09:41…` -> 09:41 01/07/2025
export const formatMoment = (civil: string): string => `${formatClock(civil)} ${formatDate(civil)}`;
