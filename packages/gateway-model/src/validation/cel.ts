/**
 * What compiled rules call: CEL's operations that JavaScript has no operator for. Values are those of
 * parsed JSON; an error of evaluation (https://github.com/google/cel-spec/blob/master/doc/langdef.md) is
 * thrown as {@link CelError} and caught where a rule is evaluated.
 */
export { isIP } from './ip.ts';

/** An error of evaluation, such as `no such key: port`. */
export class CelError extends Error {}

/** `object.name`, where the field may be missing. */
export function field<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new CelError(`no such key: ${name}`);
  return value;
}

/** `list[index]` */
export function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new CelError(`index out of bounds: ${index}`);
  return item;
}

/** `map[key]` */
export function entry<T>(map: Readonly<Record<string, T>>, key: string): T {
  const value = Object.hasOwn(map, key) ? map[key] : undefined;
  return field(value, key);
}

/** `left && right`: false wins over an error on either side. */
export function and(left: () => boolean, right: () => boolean): boolean {
  let value: boolean;
  try {
    value = left();
  } catch (error) {
    if (!right()) return false;
    throw error;
  }
  return value && right();
}

/** `left || right`: true wins over an error on either side. */
export function or(left: () => boolean, right: () => boolean): boolean {
  return !and(
    () => !left(),
    () => !right(),
  );
}

/** `list.all(item, test)`: false wins over errors of other items. */
export function all<T>(list: readonly T[], test: (item: T) => boolean): boolean {
  let failure: unknown;
  let failed = false;
  for (const item of list) {
    try {
      if (!test(item)) return false;
    } catch (error) {
      if (!failed) failure = error;
      failed = true;
    }
  }
  if (failed) throw failure;
  return true;
}

/** `list.exists(item, test)`: true wins over errors of other items. */
export function exists<T>(list: readonly T[], test: (item: T) => boolean): boolean {
  return !all(list, (item) => !test(item));
}

/** `list.exists_one(item, test)`: any error is the result's. */
export function existsOne<T>(list: readonly T[], test: (item: T) => boolean): boolean {
  let found = 0;
  for (const item of list) if (test(item)) found += 1;
  return found === 1;
}

/** `size(text)`: Unicode code points. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(index + 1);
    if (next < 0xdc00 || next > 0xdfff) continue;
    count -= 1;
    index += 1;
  }
  return count;
}

/** `text.substring(start, end)`, in code points. */
export function substring(text: string, start: number, end?: number): string {
  const points = [...text];
  const last = end ?? points.length;
  if (start < 0 || start > points.length) throw new CelError(`index out of range: ${start}`);
  if (last < 0 || last > points.length) throw new CelError(`index out of range: ${last}`);
  if (start > last) throw new CelError(`invalid substring range. start: ${start}, end: ${last}`);
  return points.slice(start, last).join('');
}

/** `text.split(separator)`; an empty separator splits into code points. */
export const split = (text: string, separator: string): string[] =>
  separator === '' ? [...text] : text.split(separator);

const NANOSECONDS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n],
  ['μs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const MAX_INT64 = 2n ** 63n;

/** `duration(text)` in nanoseconds, read like Go's `time.ParseDuration`: `1h30m`, `-1.5s`, `0`. */
export function duration(text: string): bigint {
  const invalid = new CelError(`type conversion error from 'string' to 'google.protobuf.Duration'`);
  const sign = text.startsWith('-') || text.startsWith('+') ? text.slice(0, 1) : '';
  const rest = text.slice(sign.length);
  if (rest === '0') return 0n;
  if (rest === '') throw invalid;
  const part = /(\d*)(?:\.(\d*))?([^\d.]+)/y;
  let total = 0n;
  while (part.lastIndex < rest.length) {
    const [, whole = '', fraction = '', name = ''] = part.exec(rest) ?? [];
    const unit = NANOSECONDS.get(name);
    if (unit === undefined || (whole === '' && fraction === '')) throw invalid;
    total += BigInt(whole || 0) * unit;
    if (fraction !== '') total += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
    if (total > MAX_INT64) throw invalid;
  }
  if (total === MAX_INT64 && sign !== '-') throw invalid;
  return sign === '-' ? -total : total;
}

const MIN_INT64 = -(2n ** 63n);

/** `left + right` of integers. */
export function add(left: number, right: number): number {
  const sum = left + right;
  const exact = BigInt(left) + BigInt(right);
  if (exact >= MAX_INT64 || exact < MIN_INT64) throw new CelError('integer overflow');
  return sum;
}
