import { escapeControls, hexDigits, jsonLine, toJson } from './json.ts';
import type { Side } from './side.ts';

const PLAIN = /^[\w.:/@+-]+$/;

/** A value for people, on one line: text and numbers as they are, bytes as hexadecimal digits. */
export function cell(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return PLAIN.test(value) ? value : escapeControls(JSON.stringify(value));
  if (value instanceof Uint8Array) return hexDigits(value).replaceAll(/(..)(?=.)/g, '$1 ');
  if (Array.isArray(value)) return `[${value.map(cell).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([name, field]) => `${name}: ${cell(field)}`)
      .join(', ')} }`;
  }
  return typeof value === 'bigint' ? String(value) : jsonLine(toJson(value));
}

/** The members that a key or value has, each of which is a column; undefined if it is a column itself. */
function membersOf(value: unknown): Array<[string, unknown]> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    return undefined;
  }
  const members = Object.entries(value);
  return members.length === 0 ? undefined : members;
}

/** Titles of the columns for values that look like this one. */
export function titles(side: Side, value: unknown): string[] {
  return membersOf(value)?.map(([name]) => `${side.role}.${name}`) ?? [side.role];
}

/** What stands in those columns. */
export function cells(value: unknown): string[] {
  return membersOf(value)?.map(([, member]) => cell(member)) ?? [cell(value)];
}
