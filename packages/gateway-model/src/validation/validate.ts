/** Validation of any value as an object that the model reads. */

import type { ModelObject } from '../objects/kinds.ts';
import { withDefaults } from './defaults.ts';
import { didYouMean } from './did-you-mean.ts';
import { type FieldError, fieldError, formatValue } from './field-error.ts';
import { listKeyErrors } from './list-keys.ts';
import { ruleErrors } from './rules.ts';
import { type KindSchema, kindSchemas, objectSchema } from './schemas.ts';
import { structuralErrors } from './validator.ts';

/** A valid object with its defaults, or what is wrong with it. */
export type ParseResult =
  | {
      /** The object is valid. */
      readonly ok: true;
      /** The object, with its defaults. */
      readonly object: ModelObject;
    }
  | {
      /** The object is not valid, or is none. */
      readonly ok: false;
      /** Everything that is wrong with it; never empty. */
      readonly errors: readonly FieldError[];
    };

/** See {@link parseObject}. */
export interface ParseOptions {
  /** Namespace of objects that name none although their kind lives in one. Absent: that is an error. */
  readonly namespace?: string;
}

const kinds = (): string[] => [...kindSchemas.keys()];

/** Finds the schema that the value claims to follow. */
function schemaOf(value: unknown): KindSchema | FieldError {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fieldError('type', [], value, 'a Kubernetes object');
  }
  const kind: unknown = Reflect.get(value, 'kind');
  if (kind === undefined) return fieldError('required', ['kind'], kind, `one of ${kinds().join(', ')}`);
  const schema = typeof kind === 'string' ? kindSchemas.get(kind) : undefined;
  if (!schema) {
    const guess = typeof kind === 'string' ? didYouMean(kind, kinds()) : undefined;
    return fieldError(
      'unknown-kind',
      ['kind'],
      kind,
      `one of ${kinds().join(', ')}`,
      guess && `did you mean ${guess}?`,
    );
  }
  const apiVersion: unknown = Reflect.get(value, 'apiVersion');
  if (apiVersion === undefined)
    return fieldError('required', ['apiVersion'], apiVersion, schema.apiVersions.join(' or '));
  if (typeof apiVersion !== 'string' || !schema.apiVersions.includes(apiVersion)) {
    return fieldError(
      'unknown-version',
      ['apiVersion'],
      apiVersion,
      `${schema.apiVersions.join(' or ')} for kind ${schema.kind}`,
    );
  }
  return schema;
}

/** Whether a value has the structure of the kind; what it lacks goes to `errors`. */
function hasStructure(value: unknown, schema: KindSchema, errors: FieldError[]): value is ModelObject {
  errors.push(...structuralErrors(schema, value));
  return errors.length === 0;
}

/** Adds the namespace that a client such as kubectl would send. */
function inNamespace(value: unknown, { namespaced }: KindSchema, namespace: string | undefined): unknown {
  if (!namespaced || namespace === undefined || typeof value !== 'object' || value === null) return value;
  const metadata: unknown = Reflect.get(value, 'metadata');
  if (typeof metadata !== 'object' || metadata === null || Reflect.get(metadata, 'namespace') !== undefined)
    return value;
  return { ...value, metadata: { ...metadata, namespace } };
}

function check(value: unknown, { namespace }: ParseOptions): ParseResult {
  const schema = schemaOf(value);
  if ('message' in schema) return { ok: false, errors: [schema] };
  // Defaults come before validation, as in the API server: some schemas need them.
  const object = withDefaults(inNamespace(value, schema, namespace));
  const errors: FieldError[] = [];
  if (!hasStructure(object, schema, errors)) return { ok: false, errors };
  errors.push(...listKeyErrors(object, objectSchema(schema), []), ...ruleErrors(object));
  return errors.length > 0 ? { ok: false, errors } : { ok: true, object };
}

/**
 * Validates any value, such as a parsed YAML document, and fills in defaults: the object is then as the API
 * server would store it. Never throws, whatever the value.
 *
 * Checked, in this order: kind and version; structure (CRD schema: types, enumerations, patterns, limits,
 * required and unknown fields); then, if the structure is right, unique keys of lists and rules across
 * fields. Fields of Service, EndpointSlice and Namespace that the model does not read are not looked at.
 *
 * O(size of the object). The first object of a kind also compiles the kind's schema.
 */
export function parseObject(value: unknown, options: ParseOptions = {}): ParseResult {
  try {
    return check(value, options);
  } catch (error) {
    // Values that are no plain data: getters that throw, revoked proxies.
    const reason = error instanceof Error ? error.message : formatValue(error);
    return { ok: false, errors: [fieldError('unreadable', [], undefined, 'plain data', reason)] };
  }
}

/** Validates any value; see {@link parseObject}. Empty when nothing is wrong. */
export function validate(value: unknown, options: ParseOptions = {}): FieldError[] {
  const result = parseObject(value, options);
  return result.ok ? [] : [...result.errors];
}
