/** What a schema asks for, in words. */
import type { Schema } from './schema.ts';

/** `"A" or "B"` */
export const describeList = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value)).join(' or ');

/** `a list` */
export function describeType(type: Schema['type']): string {
  switch (type) {
    case 'array':
      return 'a list';
    case 'object':
      return 'an object with fields';
    case 'integer':
      return 'an integer';
    case 'string':
      return 'a text';
    case undefined:
      return 'a value';
    default:
      return `a ${type}`;
  }
}

/** What a missing field should hold. */
export function describeItems(schema: Schema | undefined): string {
  if (schema?.enum) return describeList(schema.enum);
  if (schema?.type === 'integer') return describeRange(schema);
  return describeType(schema?.type);
}

/** `a number from 1 to 65535` */
export function describeRange({ type, minimum, maximum, format }: Schema): string {
  const least = minimum ?? (format === 'int32' ? -(2 ** 31) : undefined);
  const most = maximum ?? (format === 'int32' ? 2 ** 31 - 1 : undefined);
  const number = type === 'integer' ? 'an integer' : 'a number';
  if (least === undefined) return most === undefined ? number : `${number} of at most ${most}`;
  return most === undefined ? `${number} of at least ${least}` : `${number} from ${least} to ${most}`;
}

/** `1 to 16 items` */
export function describeCount(unit: string, least: number | undefined, most: number | undefined): string {
  const many = (count: number): string => `${count} ${unit}${count === 1 ? '' : 's'}`;
  if (most === undefined) return `at least ${many(least ?? 0)}`;
  if (!least) return `at most ${many(most)}`;
  return least === most ? `exactly ${many(most)}` : `${least} to ${many(most)}`;
}
