import type { Side } from './side.ts';

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * A value as JSON: integers are numbers where every reader of JSON has them exactly (up to 2^53 - 1 on either
 * side of zero), beyond that strings of their digits; bytes are arrays of numbers, as bpftool has them; NaN and
 * infinities, which JSON lacks, are strings.
 */
export function toJson(value: unknown): Json {
  switch (typeof value) {
    case 'bigint': {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : String(value);
    }
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'string':
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      if (value instanceof Uint8Array) return [...value];
      if (Array.isArray(value)) return value.map(toJson);
      return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, toJson(field)]));
    default:
      return null;
  }
}

/** Bytes as two hexadecimal digits each. */
export function hexDigits(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : '';
}

/** A key or a value (of a per-CPU map, all of an entry's) as JSON; bytes of no known type are hexadecimal digits. */
export function sideJson(side: Side, value: unknown, cpus?: number): Json {
  if (cpus !== undefined && Array.isArray(value)) return value.map((each) => sideJson(side, each));
  return side.raw ? hexDigits(value) : toJson(value);
}

/** JSON on one line, with nothing in it that a terminal would act on. */
export function jsonLine(value: Json): string {
  return escapeControls(JSON.stringify(value));
}

/** JSON on several lines. */
export function jsonText(value: Json): string {
  return escapeControls(JSON.stringify(value, undefined, 2));
}

/** JSON.stringify escapes control characters of ASCII, but not DEL and those above. */
export function escapeControls(text: string): string {
  return text.replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
