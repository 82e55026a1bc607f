/** Values that errors must not show. */

import type { FieldError } from './field-error.ts';

/** Fields of a Secret whose values are known to be no secrets. */
const open = /^(?:apiVersion|kind|type|metadata(?!\.annotations)\b.*)$/;

/** What a value is, without the value. */
function typeOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'a text';
    case 'object':
      return 'an object';
    default:
      return `a ${typeof value}`;
  }
}

/**
 * An error of a Secret, that tells of what type the value is and not the value: errors end up in logs, and a
 * value that is out of place may be a private key as well as one that is in its place. An annotation may hold
 * the whole object, as that of `kubectl apply` does.
 */
export function withoutSecret(error: FieldError): FieldError {
  const { path, expected, value, suggestion } = error;
  if (open.test(path)) return error;
  const message = `${path || 'object'}: expected ${expected}, got ${typeOf(value)}`;
  return { ...error, value: undefined, message: suggestion ? `${message}; ${suggestion}` : message };
}
