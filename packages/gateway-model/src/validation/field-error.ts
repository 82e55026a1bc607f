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

/** Shows any value in a short line; never throws. */
export function formatValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    text = typeof value === 'object' ? 'an object that is not JSON' : String(value);
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
