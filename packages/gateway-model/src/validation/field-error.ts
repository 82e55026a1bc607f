/** What is wrong with a field of an object. */

/** The kinds of errors that {@link FieldError.code} tells apart. */
export type FieldErrorCode =
  | 'unreadable'
  | 'unknown-kind'
  | 'unknown-version'
  | 'required'
  | 'forbidden'
  | 'unknown-field'
  | 'type'
  | 'enum'
  | 'pattern'
  | 'format'
  | 'range'
  | 'length'
  | 'duplicate'
  | 'immutable'
  | 'rule';

/** One error of one field. */
export interface FieldError {
  /** Where, e.g. `spec.listeners[0].port` or `metadata.labels["example.com/app"]`; '' is the object itself. */
  readonly path: string;
  /** What is there; undefined when a required field is missing. */
  readonly value: unknown;
  /** What should be there, e.g. `an integer from 1 to 65535`. */
  readonly expected: string;
  /** One sentence for people, with path, value and expectation in it. */
  readonly message: string;
  /** Stable word for machines. */
  readonly code: FieldErrorCode;
  /** What may be meant, where there is an idea: `did you mean listeners?`. `message` ends with it. */
  readonly suggestion?: string;
  /** The CEL expression of the CRD that is broken, where there is one. */
  readonly rule?: string;
}

/** Steps from the object to a field. */
export type FieldPath = readonly (string | number)[];

/** Writes a path: `spec.listeners[0].port`; names that are no plain words are quoted. */
export function formatPath(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

const MAX_VALUE_LENGTH = 80;

/** Writes a value like JSON, at least `room` characters of it if there are as many. */
function preview(value: unknown, room: number, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, room));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth > 4) return '…';
  const list = Array.isArray(value);
  let text = '';
  for (const key of list ? value.keys() : Object.keys(value)) {
    if (text.length > room) break;
    const item: unknown = Reflect.get(value, key);
    if (item === undefined && !list) continue;
    const name = list ? '' : `${JSON.stringify(String(key).slice(0, room))}:`;
    text += `${text && ','}${name}${preview(item, room - text.length, depth + 1)}`;
  }
  return list ? `[${text}]` : `{${text}}`;
}

/** Shows any value in a short line; never throws, and looks at no more of the value than it shows. */
export function formatValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  let text: string;
  try {
    text = preview(value, MAX_VALUE_LENGTH, 0);
  } catch {
    return 'an object that cannot be read';
  }
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
}

/** Builds an error; the message says where, what was expected and what came. `hint` follows it. */
export function fieldError(
  code: FieldErrorCode,
  path: FieldPath,
  value: unknown,
  expected: string,
  hint = '',
): FieldError {
  const where = formatPath(path);
  const message = `${where || 'object'}: expected ${expected}, got ${formatValue(value)}${hint && `; ${hint}`}`;
  return { path: where, value, expected, message, code, ...(hint && { suggestion: hint }) };
}
