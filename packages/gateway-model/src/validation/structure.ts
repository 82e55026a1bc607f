/**
 * Structural validation of decoded data, as the API server's OpenAPI validator does it, and the uniqueness
 * of items in lists that are maps or sets.
 */
import { codePoints } from './cel.ts';
import { describeCount, describeItems, describeList, describeRange, describeType } from './describe.ts';
import { didYouMean } from './did-you-mean.ts';
import { type FieldError, type FieldErrorCode, fieldError } from './field-error.ts';
import { textFormats } from './formats.ts';
import { isObject, type JsonObject, MAX_LIST_LENGTH, ownEntry } from './json.ts';
import { isUnchanged, type Pair, pairField, pairItem } from './ratchet.ts';
import type { Schema } from './schema.ts';

/** Errors after which the rules are not evaluated: their values may not have the types that rules expect. */
const blockingCodes: ReadonlySet<FieldErrorCode> = new Set(['required', 'type', 'enum', 'format']);

function hasType(value: unknown, type: Schema['type']): boolean {
  switch (type) {
    case undefined:
      return true;
    case 'object':
      return isObject(value) && !(value instanceof Date);
    case 'array':
      return Array.isArray(value) && value.length <= MAX_LIST_LENGTH;
    case 'integer':
      return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 63;
    case 'number':
      return Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

/** Nobody reads more. */
const MAX_ERRORS = 10_000;

const INT32 = 2 ** 31;

export class StructureChecker {
  readonly errors: FieldError[] = [];
  /** Items that occur twice: apart, as updates tolerate them in another way. */
  readonly duplicates: FieldError[] = [];
  /** Rules cannot be evaluated. */
  blocked = false;
  /** There were errors of values that are as before. */
  tolerant = false;
  readonly #path: (string | number)[];

  readonly #typesOnly: boolean;

  /** `typesOnly`: what passes has the types of the schema, even where the server is more lenient. */
  constructor(path: readonly (string | number)[] = [], typesOnly = false) {
    this.#path = [...path];
    this.#typesOnly = typesOnly;
  }

  /** Checks a value; what is wrong with a part of it that is as before is left out. */
  check(value: unknown, schema: Schema, pair?: Pair): void {
    const { errors, blocked } = this;
    const before = errors.length;
    if (hasType(value, schema.type) || (value === null && schema.nullable) || this.#passes(value, schema))
      this.#contents(value, schema, pair);
    else this.#type(value, schema);
    if (errors.length === before || !isUnchanged(pair)) return;
    errors.length = before;
    this.blocked = blocked;
    this.tolerant = true;
  }

  #add(code: FieldErrorCode, value: unknown, expected: string, hint = '', blocking = false): void {
    if (this.errors.length < MAX_ERRORS)
      this.errors.push(fieldError(code, this.#path, value, expected, hint));
    if (blocking || blockingCodes.has(code)) this.blocked = true;
  }

  /** The server does not look at the type of a list where a text with a format should be. */
  #passes(value: unknown, { type, format }: Schema): boolean {
    return !this.#typesOnly && Array.isArray(value) && type === 'string' && format !== undefined;
  }

  #type(value: unknown, schema: Schema): void {
    if (Array.isArray(value) && schema.type === 'array')
      this.#add('length', value, 'a shorter list', '', true);
    else this.#add('type', value, describeType(schema.type));
  }

  #contents(value: unknown, schema: Schema, pair: Pair | undefined): void {
    if (typeof value === 'string') this.#text(value, schema);
    else if (typeof value === 'number') this.#number(value, schema);
    else if (Array.isArray(value) && schema.type !== 'string') this.#list(value, schema, pair);
    else if (isObject(value)) this.#object(value, schema, pair);
    if (schema.enum && !schema.enum.includes(value)) {
      const names = schema.enum.map(String);
      const guess = typeof value === 'string' ? didYouMean(value, names) : undefined;
      this.#add('enum', value, describeList(schema.enum), guess && `did you mean ${guess}?`);
    }
    this.#combinations(value, schema);
  }

  #text(text: string, { minLength = 0, maxLength, pattern, format }: Schema): void {
    const expected = (): string => describeCount('character', minLength, maxLength);
    // Like the server, one error a text: a pattern is not tried on one that is too long.
    if (maxLength !== undefined && text.length > maxLength && codePoints(text) > maxLength)
      this.#add('length', text, expected(), '', true);
    else if (minLength > 0 && text.length < 2 * minLength && codePoints(text) < minLength)
      this.#add('length', text, expected());
    else if (pattern && !pattern.test(text))
      this.#add('pattern', text, `text that matches ${pattern.source}`);
    const known = format === undefined ? undefined : textFormats.get(format);
    if (known && !known.test(text)) this.#add('format', text, known.expected);
  }

  #number(value: number, schema: Schema): void {
    const { minimum, maximum, format } = schema;
    const fits = format !== 'int32' || (value >= -INT32 && value < INT32);
    const low = minimum !== undefined && value < minimum;
    const high = maximum !== undefined && value > maximum;
    if (!fits || low || high) this.#add('range', value, describeRange(schema));
  }

  #list(list: readonly unknown[], schema: Schema, pair: Pair | undefined): void {
    const { items, minItems, maxItems } = schema;
    if (maxItems !== undefined && list.length > maxItems)
      this.#add('length', list, describeCount('item', minItems, maxItems), `there are ${list.length}`, true);
    if (minItems !== undefined && list.length < minItems)
      this.#add('length', list, describeCount('item', minItems, maxItems));
    if (schema.listType === 'map' || schema.listType === 'set') this.#unique(list, schema);
    if (!items) return;
    for (let index = 0; index < list.length; index++) {
      this.#path.push(index);
      this.check(list[index], items, pair && pairItem(pair, index));
      this.#path.pop();
    }
  }

  #unique(list: readonly unknown[], { listType, listMapKeys = [] }: Schema): void {
    if (list.length < 2) return;
    const first = new Map<unknown, number>();
    for (const [index, item] of list.entries()) {
      const key =
        listType === 'map' && isObject(item)
          ? Object.fromEntries(listMapKeys.flatMap((name) => (name in item ? [[name, item[name]]] : [])))
          : item;
      const id = isObject(key) || Array.isArray(key) ? JSON.stringify(key) : key;
      const known = first.get(id);
      if (known === undefined) {
        first.set(id, index);
        continue;
      }
      const what = listType === 'set' ? 'a value' : `a ${listMapKeys.join(' and ')}`;
      this.duplicates.push(
        fieldError(
          'duplicate',
          [...this.#path, index],
          key,
          `${what} unique in the list`,
          `the same as item ${known}`,
        ),
      );
    }
  }

  #object(object: JsonObject, schema: Schema, pair: Pair | undefined): void {
    const { required, properties, additionalProperties, minProperties, maxProperties } = schema;
    for (const name of required ?? []) {
      if (Object.hasOwn(object, name)) continue;
      this.#path.push(name);
      this.#add('required', undefined, describeItems(ownEntry(properties, name)));
      this.#path.pop();
    }
    for (const name in properties) {
      const field = properties[name];
      if (field && Object.hasOwn(object, name))
        this.checkField(name, object[name], field, pairField(pair, name));
    }
    if (additionalProperties)
      for (const name of Object.keys(object))
        if (!ownEntry(properties, name))
          this.checkField(name, object[name], additionalProperties, pairField(pair, name));
    if (minProperties === undefined && maxProperties === undefined) return;
    const count = Object.keys(object).length;
    const expected = describeCount('field', minProperties, maxProperties);
    if (count > (maxProperties ?? count)) this.#add('length', object, expected, `there are ${count}`, true);
    if (count < (minProperties ?? 0)) this.#add('length', object, expected);
  }

  /** Checks a field of the value that the path leads to. */
  checkField(name: string, value: unknown, schema: Schema, pair: Pair | undefined): void {
    this.#path.push(name);
    this.check(value, schema, pair);
    this.#path.pop();
  }

  #combinations(value: unknown, { oneOf, anyOf, allOf, not }: Schema): void {
    const errorsOf = (branch: Schema): readonly FieldError[] => {
      const checker = new StructureChecker(this.#path, this.#typesOnly);
      checker.check(value, branch);
      return checker.errors;
    };
    for (const branch of allOf ?? []) for (const error of errorsOf(branch)) this.#adopt(error);
    if (not && errorsOf(not).length === 0)
      this.#add('rule', value, 'a value that the schema does not exclude');
    if (anyOf) {
      const failed = anyOf.map(errorsOf);
      if (failed.every((errors) => errors.length > 0)) this.#noBranch(value, failed.flat());
    }
    if (oneOf) {
      const failed = oneOf.map(errorsOf);
      const matching = failed.filter((errors) => errors.length === 0).length;
      if (matching > 1) this.#add('rule', value, 'a value that one branch of the schema allows');
      if (matching === 0) this.#noBranch(value, failed.flat());
    }
  }

  #adopt(error: FieldError): void {
    this.errors.push(error);
    if (blockingCodes.has(error.code)) this.blocked = true;
  }

  /** Tells that no branch fits by the formats, or else the types, that the branches ask for. */
  #noBranch(value: unknown, errors: readonly FieldError[]): void {
    const asked = errors.find(({ code }) => code === 'format') ?? errors.find(({ code }) => code === 'type');
    if (!asked) {
      this.#add('rule', value, 'a value that the schema allows');
      return;
    }
    const { code, path } = asked;
    const same = errors.filter((other) => other.code === code && other.path === path);
    const expected = [...new Set(same.map((error) => error.expected))].join(' or ');
    const message = asked.message.replace(asked.expected, () => expected);
    this.#adopt({ ...asked, expected, message });
  }
}
