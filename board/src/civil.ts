// Civil time of a zone. A civil text is RFC 3339 as the engine writes it, `2025-07-01T09:41:00+07:00`;
// what is before the offset is what clocks in the zone show.

const parts = new Map<string, Intl.DateTimeFormat>();

function formatterOf(tz: string): Intl.DateTimeFormat {
  let format = parts.get(tz);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: tz,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    parts.set(tz, format);
  }
  return format;
}

export function isZone(tz: string): boolean {
  try {
    formatterOf(tz);
    return true;
  } catch {
    return false;
  }
}

// What clocks show, `2025-07-01T09:41:07`, without an offset.
function clockText(ms: number, tz: string): string {
  const p: Record<string, string> = {};
  for (const { type, value } of formatterOf(tz).formatToParts(ms)) p[type] = value;
  return `${p.year!.padStart(4, '0')}-${p.month}-${p.day}T${p.hour}:${p.minute}:${p.second}`;
}

// Minutes east of UTC.
export function offsetMinutes(ms: number, tz: string): number {
  return Math.round((Date.parse(clockText(ms, tz) + 'Z') - Math.floor(ms / 1000) * 1000) / 60000);
}

export function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

// RFC 3339 with the zone's offset.
export function toCivil(ms: number, tz: string): string {
  return clockText(ms, tz) + offsetText(offsetMinutes(ms, tz));
}

// The instant at which clocks show `date` and `time` (HH:mm); the earlier one where they show it
// twice, the shifted one where they never do.
export function toInstant(date: string, time: string, tz: string): number {
  const wanted = Date.parse(`${date}T${time}:00Z`);
  const before = wanted - offsetMinutes(wanted - 86400000, tz) * 60000;
  if (clockText(before, tz).startsWith(`${date}T${time}`)) return before;
  return wanted - offsetMinutes(wanted + 86400000, tz) * 60000;
}

export const dayOf = (ms: number, tz: string): string => toCivil(ms, tz).slice(0, 10);

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date + 'T00:00:00Z') + days * 86400000).toISOString().slice(0, 10);
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to + 'T00:00:00Z') - Date.parse(from + 'T00:00:00Z')) / 86400000);
}

// 0 is Sunday.
export const weekdayOf = (date: string): number => new Date(date + 'T00:00:00Z').getUTCDay();

// A real day, `yyyy-MM-dd`.
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(text + 'T00:00:00Z');
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

// dd/MM/yyyy as people type it, also d/M/yyyy or with dashes or dots -> yyyy-MM-dd; null: no day.
export function parseDay(text: string): string | null {
  const match = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*$/.exec(text);
  if (!match) return isDay(text.trim()) ? text.trim() : null;
  const day = `${match[3]}-${match[2]!.padStart(2, '0')}-${match[1]!.padStart(2, '0')}`;
  return isDay(day) ? day : null;
}

// `GMT+7` in the words people use: UTC+7, UTC+5:30.
export function zoneLabel(tz: string, ms: number): string {
  const minutes = offsetMinutes(ms, tz);
  const [hours, rest] = offsetText(minutes).slice(1).split(':') as [string, string];
  return `UTC${minutes < 0 ? '−' : '+'}${Number(hours)}${rest === '00' ? '' : ':' + rest}`;
}
