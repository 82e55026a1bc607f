/** Formats of texts, checked as the API server checks those of CRDs (kube-openapi's `strfmt`). */
import { isIPv4Format, isIPv6Format } from './ip.ts';

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether there is such a day. */
export function isDate(year: number, month: number, day: number): boolean {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
}

/** `2026-11-22T15:00:00Z`; `z` and `t` may be small, and any character may precede fractions of a second. */
function isDateTimeFormat(text: string): boolean {
  const [date = '', time = ''] = text.toLowerCase().split('t');
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date) ?? [];
  const [, hour = '', minute = '', second = ''] =
    /^(\d\d):(\d\d):(\d\d)([^\n]\d+)?(z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  return (
    isDate(Number(year), Number(month), Number(day)) &&
    hour !== '' &&
    hour <= '23' &&
    minute <= '59' &&
    second <= '59'
  );
}

/** A format of texts. */
export interface TextFormat {
  readonly test: (text: string) => boolean;
  /** `an IPv4 address` */
  readonly expected: string;
}

/** By name; other formats (`int32`) are not of texts. */
export const textFormats: ReadonlyMap<string, TextFormat> = new Map([
  ['date-time', { test: isDateTimeFormat, expected: 'a date and time such as 2026-11-22T15:00:00Z' }],
  ['ipv4', { test: isIPv4Format, expected: 'an IPv4 address' }],
  ['ipv6', { test: isIPv6Format, expected: 'an IPv6 address' }],
]);

const pad = (number: number): string => String(number).padStart(2, '0');

/**
 * Reads a time of Kubernetes' own objects (RFC 3339, as Go's `time.Parse` does) and writes it as the API
 * server does: in seconds, UTC. Undefined when the text is no time.
 */
export function normalizeTime(text: string): string | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|([+-])(\d\d):(\d\d))$/.exec(
    text,
  );
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const [zoneHour, zoneMinute] = [Number(match[8] ?? 0), Number(match[9] ?? 0)];
  if (!isDate(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined;
  if (zoneHour > 24 || zoneMinute > 60) return undefined;
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  const offset = (match[7] === '-' ? -1 : 1) * (zoneHour * 60 + zoneMinute);
  time.setUTCHours(hour, minute - offset, second);
  const date = `${String(time.getUTCFullYear()).padStart(4, '0')}-${pad(time.getUTCMonth() + 1)}-${pad(time.getUTCDate())}`;
  return `${date}T${pad(time.getUTCHours())}:${pad(time.getUTCMinutes())}:${pad(time.getUTCSeconds())}Z`;
}
