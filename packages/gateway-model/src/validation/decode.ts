/**
 * Reads any value into plain data of a schema's form, as the API server decodes a request: unknown fields
 * are told (strict decoding), nulls are dropped where they are not allowed, and defaults are filled in
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting).
 * Only what the schema knows is looked at, so that neither depth nor cycles matter. Values of a wrong type
 * stay as they are, for validation to tell.
 */
import { didYouMean } from './did-you-mean.ts';
import { type FieldError, fieldError } from './field-error.ts';
import { isObject, type JsonObject, MAX_LIST_LENGTH, ownEntry, setField, wellFormed } from './json.ts';
import type { Schema } from './schema.ts';

/** How deep fields are looked for in a value of a wrong type. */
const MAX_DEPTH = 100;

const schemaOfField = (schema: Schema, field: string): Schema | undefined =>
  ownEntry(schema.properties, field) ?? schema.additionalProperties;

export class Decoder {
  readonly errors: FieldError[] = [];
  readonly #path: (string | number)[] = [];
  #mismatches = false;

  /** Reads the value of a field of the root. */
  decodeField(value: unknown, schema: Schema, name: string): unknown {
    this.#path.push(name);
    const result = this.#decode(value, schema);
    this.#path.pop();
    return result;
  }

  /**
   * The same, for a value that is checked no further: unknown fields in it are told even where a value of a
   * wrong type stands, as the server finds them before it looks at types.
   */
  decodeIgnored(value: unknown, schema: Schema, name: string): unknown {
    this.#mismatches = true;
    const result = this.decodeField(value, schema, name);
    this.#mismatches = false;
    return result;
  }

  /** Tells a field that the schema does not have. */
  unknownField(name: string, value: unknown, known: readonly string[]): void {
    const guess = didYouMean(name, known);
    const hint = guess
      ? `did you mean ${guess}?`
      : known.length > 0
        ? `known fields: ${known.join(', ')}`
        : '';
    this.errors.push(fieldError('unknown-field', [...this.#path, name], value, 'no such field', hint));
  }

  #decode(value: unknown, schema: Schema): unknown {
    if (typeof value === 'string') return wellFormed(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      if (schema.type === 'array' && value.length <= MAX_LIST_LENGTH)
        return this.#list(value, schema.items ?? {});
    } else if (value instanceof Date) {
      return schema.type === 'string' && !Number.isNaN(value.getTime()) ? value.toJSON() : value;
    } else if (schema.type === 'object') {
      return this.#object(value, schema);
    }
    // A list passes for a text with a format.
    const passes = Array.isArray(value) && schema.format !== undefined;
    if (this.#mismatches || passes) this.#findFields(value, schema, 0);
    return value;
  }

  #list(list: readonly unknown[], items: Schema): unknown[] {
    const result: unknown[] = [];
    for (let index = 0; index < list.length; index++) {
      const item = list[index] ?? null;
      this.#path.push(index);
      const missing = item === null && items.nullable !== true && items.default !== undefined;
      result.push(this.#decode(missing ? items.default : item, items));
      this.#path.pop();
    }
    return result;
  }

  #object(object: object, schema: Schema): JsonObject {
    const result: Record<string, unknown> = {};
    for (const name of Object.keys(object)) {
      const value: unknown = Reflect.get(object, name);
      if (value === undefined) continue;
      const field = schemaOfField(schema, name);
      if (!field) {
        if (schema.open) setField(result, name, value);
        else this.unknownField(name, value, Object.keys(schema.properties ?? {}));
      } else if (value !== null || field.nullable) {
        this.#path.push(name);
        setField(result, name, this.#decode(value, field));
        this.#path.pop();
      } else if (schema.additionalProperties === field && field.default !== undefined) {
        setField(result, name, this.#decode(field.default, field));
      }
    }
    this.addDefaults(result, schema);
    return result;
  }

  /** Adds the defaults of the fields that are missing. */
  addDefaults(object: Record<string, unknown>, { properties }: Schema): void {
    for (const name in properties) {
      const field = properties[name];
      if (field?.default !== undefined && object[name] === undefined)
        object[name] = this.#decode(field.default, field);
    }
  }

  /** Tells the fields within a value that is no object of the schema. */
  #findFields(value: object, schema: Schema | undefined, depth: number): void {
    if (depth > MAX_DEPTH) return;
    const known = Array.isArray(value) ? [] : Object.keys(schema?.properties ?? {});
    for (const [name, child] of Object.entries(value)) {
      const list = Array.isArray(value);
      const field = list ? schema?.items : schema && schemaOfField(schema, name);
      if (!list && !field) {
        this.unknownField(name, child, known);
      } else if (typeof child === 'object' && child !== null) {
        this.#path.push(list ? Number(name) : name);
        this.#findFields(child, field, depth + 1);
        this.#path.pop();
      }
    }
  }
}

/** Whether a value is an object that {@link Decoder} can read. */
export const isReadable = (value: unknown): value is JsonObject =>
  isObject(value) && !(value instanceof Date);
