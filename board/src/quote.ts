// The sentence that goes into a report. Every rounding word in it is true: `hơn` / more than is
// written of a figure below the real one, `gần` / nearly of one above it, none of the very number.

import { formatDate, formatClock, formatNumber, type Lang } from './format.ts';

export interface QuotedFigure {
  metric: 'views' | 'reach' | 'interactions';
  value: number;
  atLeast?: boolean; // of some of the pages alone: of all it may be more
  estimate?: boolean; // no rounding word would be sure: `khoảng` / about
}

export interface QuoteSubject {
  kind: 'page' | 'pages' | 'all';
  name: string; // of one page; of several, their names in a list
  count: number;
}

// Civil texts. `to` is the last day, or for a range that ends within a day, that moment.
export interface QuoteRange {
  from: string;
  to: string;
}

interface Rounded {
  value: number;
  side: 'exact' | 'above' | 'below'; // of the real number, seen from the rounded one
}

// `gần` is said of what is near, so of this much of the last digit at least; else it is `hơn`.
const nearFrom = 0.6;

// To three digits; whole below ten thousand, where nobody rounds.
export function roundFigure(value: number): Rounded {
  const size = Math.abs(value);
  if (size < 10000) return { value, side: 'exact' };
  const unit = 10 ** (Math.floor(Math.log10(size)) - 2);
  const below = Math.floor(size / unit) * unit;
  const rounded = (size - below) / unit >= nearFrom ? below + unit : below;
  if (value < 0 || rounded === size) return { value: value < 0 ? value : rounded, side: 'exact' };
  return { value: rounded, side: size > rounded ? 'above' : 'below' };
}

const scales = {
  vi: [
    { unit: 1e9, word: 'tỷ' },
    { unit: 1e6, word: 'triệu' },
  ],
  en: [
    { unit: 1e9, word: 'billion' },
    { unit: 1e6, word: 'million' },
  ],
};

// 2,24 triệu; 372.000. In words only where that keeps every digit.
export function writeFigure(value: number, lang: Lang): string {
  for (const { unit, word } of scales[lang]) {
    const scaled = value / unit;
    if (scaled >= 1 && Number.isInteger(Math.round(value) / (unit / 1000))) {
      return `${formatNumber(scaled, lang, 3)} ${word}`;
    }
  }
  return formatNumber(value, lang);
}

const sides = {
  vi: { exact: '', above: 'hơn ', below: 'gần ', about: 'khoảng ', least: 'ít nhất ' },
  en: { exact: '', above: 'more than ', below: 'nearly ', about: 'about ', least: 'at least ' },
};

// `hơn 2,24 triệu`
export function approximate(figure: QuotedFigure, lang: Lang): string {
  const rounded = roundFigure(figure.value);
  const word = figure.estimate ? sides[lang].about : sides[lang][rounded.side];
  return (figure.atLeast ? sides[lang].least : '') + word + writeFigure(rounded.value, lang);
}

const units = {
  vi: { views: ['lượt xem'], reach: ['người'], interactions: ['lượt tương tác'] },
  en: {
    views: ['view', 'views'],
    reach: ['person', 'people'],
    interactions: ['interaction', 'interactions'],
  },
};

export function unitOf(figure: QuotedFigure, lang: Lang): string {
  const forms = units[lang][figure.metric] as string[];
  return figure.value === 1 ? forms[0]! : forms[forms.length - 1]!;
}

function phrase(figure: QuotedFigure, lang: Lang): string {
  return `${approximate(figure, lang)} ${unitOf(figure, lang)}`;
}

function list(items: string[], lang: Lang): string {
  const and = lang === 'vi' ? ' và ' : ' and ';
  if (items.length < 2) return items.join('');
  return items.slice(0, -1).join(', ') + and + items[items.length - 1];
}

function rangeWords({ from, to }: QuoteRange, lang: Lang): string {
  const moment = to.length > 10;
  const oneDay = from.slice(0, 10) === to.slice(0, 10);
  const [first, last, clock] = [formatDate(from), formatDate(to), formatClock(to)];
  if (lang === 'vi') {
    if (oneDay) return moment ? `Ngày ${last}, tính đến ${clock}` : `Ngày ${last}`;
    return `Từ ngày ${first} đến ${moment ? `${clock} ngày ${last}` : last}`;
  }
  if (oneDay) return moment ? `On ${last}, by ${clock}` : `On ${last}`;
  return `From ${first} to ${moment ? `${clock} on ${last}` : last}`;
}

function subjectWords(subject: QuoteSubject, lang: Lang): string {
  const count = formatNumber(subject.count, lang);
  if (lang === 'vi') {
    if (subject.kind === 'page') return `trang ${subject.name}`;
    if (subject.kind === 'pages') return `${count} trang (${subject.name})`;
    return `tất cả ${count} trang`;
  }
  if (subject.kind === 'page') return `the page ${subject.name}`;
  if (subject.kind === 'pages') return `${count} pages (${subject.name})`;
  return `all ${count} pages`;
}

export function quoteSentence(
  figures: QuotedFigure[],
  subject: QuoteSubject,
  range: QuoteRange,
  lang: Lang,
): string {
  const counts = figures.filter((figure) => figure.metric !== 'reach');
  const reach = figures.find((figure) => figure.metric === 'reach');
  const begin = `${rangeWords(range, lang)}, ${subjectWords(subject, lang)}`;
  const counted = list(counts.map((figure) => phrase(figure, lang)), lang);
  if (lang === 'vi') {
    const reached = reach ? `tiếp cận ${phrase(reach, lang)}` : '';
    if (!counted) return `${begin} đã ${reached}.`;
    return `${begin} đã đạt ${counted}${reached ? `, ${reached}` : ''}.`;
  }
  if (!counted) return `${begin} reached ${phrase(reach!, lang)}.`;
  return `${begin} had ${counted}${reach ? `, reaching ${phrase(reach, lang)}` : ''}.`;
}
