/** JSON values, as they come: not yet known to have a form. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object with fields: no list, not null. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Sets a field, `__proto__` as well, as JSON.parse does. */
export function setField(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}

/** Names of items of a schema's table: not those that every JavaScript object has. */
export const ownEntry = <T>(table: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  table && Object.hasOwn(table, name) ? table[name] : undefined;

/** A request may have 3 MiB: no list in it can be longer. */
export const MAX_LIST_LENGTH = 3 * 1024 * 1024;

/** The text with U+FFFD for each lone surrogate: what Go makes of it. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');
