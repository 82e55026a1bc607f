/** Types of CEL expressions, as the API server derives them from a CRD's schema. */
import type { CrdSchema } from '../crds.ts';

export type CelType =
  | { readonly kind: 'bool' | 'int' | 'double' | 'string' | 'duration' }
  | { readonly kind: 'list'; readonly item: CelType }
  | { readonly kind: 'map'; readonly value: CelType }
  | { readonly kind: 'object'; readonly schema: CrdSchema };

export const BOOL: CelType = { kind: 'bool' };
export const INT: CelType = { kind: 'int' };
export const DOUBLE: CelType = { kind: 'double' };
export const STRING: CelType = { kind: 'string' };
export const DURATION: CelType = { kind: 'duration' };

/** Formats that make a text something else in CEL (timestamps, durations, bytes). */
const convertedFormats = new Set(['date-time', 'date', 'duration', 'byte']);

/** The type of a value that follows the schema, or undefined where this compiler knows none. */
export function typeOfSchema(schema: CrdSchema): CelType | undefined {
  if (
    schema.nullable ||
    schema['x-kubernetes-int-or-string'] ||
    schema['x-kubernetes-preserve-unknown-fields']
  )
    return undefined;
  switch (schema.type) {
    case 'boolean':
      return BOOL;
    case 'integer':
      return INT;
    case 'number':
      return DOUBLE;
    case 'string':
      return convertedFormats.has(String(schema.format)) ? undefined : STRING;
    case 'array': {
      const item = schema.items && typeOfSchema(schema.items);
      return item && { kind: 'list', item };
    }
    case 'object': {
      if (typeof schema.additionalProperties !== 'object') return { kind: 'object', schema };
      const value = typeOfSchema(schema.additionalProperties);
      return value && { kind: 'map', value };
    }
    default:
      return undefined;
  }
}

/** `list(string)`: for messages, and to compare types. Object types are the same when their schema is. */
export function showType(type: CelType): string {
  switch (type.kind) {
    case 'list':
      return `list(${showType(type.item)})`;
    case 'map':
      return `map(string, ${showType(type.value)})`;
    default:
      return type.kind;
  }
}

const TEXT: Readonly<Record<string, string>> = {
  bool: 'boolean',
  int: 'number',
  double: 'number',
  string: 'string',
  duration: 'bigint',
};

/** The type in TypeScript; of an object's fields, only those that are named in `names`. */
export function typescriptType(type: CelType, names: ReadonlySet<string>, presence: Presence): string {
  switch (type.kind) {
    case 'list':
      return `readonly ${wrap(typescriptType(type.item, names, presence))}[]`;
    case 'map':
      return `Readonly<Record<string, ${typescriptType(type.value, names, presence)}>>`;
    case 'object': {
      const fields = Object.entries(type.schema.properties ?? {}).flatMap(([name, schema]) => {
        const fieldType = names.has(name) ? typeOfSchema(schema) : undefined;
        if (!fieldType) return [];
        const optional = isPresent(type.schema, name, presence) ? '' : '?';
        return [`${JSON.stringify(name)}${optional}: ${typescriptType(fieldType, names, presence)}`];
      });
      return `{ ${fields.join('; ')} }`;
    }
    default:
      return TEXT[type.kind] ?? 'never';
  }
}

const wrap = (text: string): string => (text.includes(' ') && !text.startsWith('{') ? `(${text})` : text);

/**
 * Which fields are there for sure: those that are `required` or have a default; or, where errors of
 * structure are tolerated, those that have a default only.
 */
export type Presence = 'required' | 'defaulted';

/** Whether every object that follows the schema has the field, once defaults are filled in. */
export function isPresent(schema: CrdSchema, name: string, presence: Presence = 'required'): boolean {
  if (schema.properties?.[name]?.default !== undefined) return true;
  return presence === 'required' && schema.required?.includes(name) === true;
}

const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);
const ESCAPES: Readonly<Record<string, string>> = {
  underscores: '__',
  dot: '.',
  dash: '-',
  slash: '/',
};

/** The field that a name in an expression stands for: `__namespace__` is `namespace`. */
export function unescapeName(name: string): string {
  const [, reserved = ''] = /^__(.+)__$/.exec(name) ?? [];
  if (RESERVED.has(reserved)) return reserved;
  return name.replace(/__(underscores|dot|dash|slash)__/g, (_, word: string) => ESCAPES[word] ?? '');
}
