/** Validation of any value as an object that the model reads, as kube-apiserver validates requests. */
import type { ModelObject } from '../objects/kinds.ts';
import { Decoder, isReadable } from './decode.ts';
import { didYouMean } from './did-you-mean.ts';
import { type FieldError, fieldError, formatValue } from './field-error.ts';
import { type JsonObject, ownEntry } from './json.ts';
import { type DecodedMeta, decodeMetadata, generatedName } from './metadata.ts';
import type { Pair } from './ratchet.ts';
import { RuleChecker } from './rules.ts';
import type { KindSchema, Schema } from './schema.ts';
import { kindSchemas } from './schemas.ts';
import { withoutSecret } from './secrecy.ts';
import { StructureChecker } from './structure.ts';
import { identityErrors, metadataErrors, metadataUpdateErrors } from './validate-metadata.ts';

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
  /**
   * The object as it is stored: the value then is an update of it. Rules that compare with the value before
   * hold, what must not change is told (code `immutable`), and errors of unchanged values are tolerated
   * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting).
   * `resourceVersion` is not compared: whether it is the newest, only the server knows.
   */
  readonly old?: unknown;
  /**
   * `status`: the value is written to the subresource, so that its status counts; all else stays as in
   * `old`, and only unknown fields are told in it (without `old`, all of the value is validated). Absent:
   * the value is written to the object itself, and, as the server then ignores its status, only unknown
   * fields are told in that.
   */
  readonly subresource?: 'status';
}

/** The kinds that are known, with their schemas. */
export type KindSchemas = ReadonlyMap<string, KindSchema>;

/** The kind that a value claims to be of, with the schema of its version. */
interface Claim {
  readonly kind: KindSchema;
  readonly apiVersion: string;
  readonly schema: Schema;
}

/** Finds the schema that the value claims to follow. */
function claimOf(value: unknown, kinds: KindSchemas): Claim | FieldError {
  const names = [...kinds.keys()];
  if (!isReadable(value)) return fieldError('type', [], value, 'a Kubernetes object');
  const kind: unknown = value.kind;
  if (kind === undefined) return fieldError('required', ['kind'], kind, `one of ${names.join(', ')}`);
  const known = typeof kind === 'string' ? kinds.get(kind) : undefined;
  if (!known) {
    const guess = typeof kind === 'string' ? didYouMean(kind, names) : undefined;
    const hint = guess && `did you mean ${guess}?`;
    return fieldError('unknown-kind', ['kind'], kind, `one of ${names.join(', ')}`, hint);
  }
  const apiVersion: unknown = value.apiVersion;
  const versions = known.apiVersions.join(' or ');
  if (apiVersion === undefined) return fieldError('required', ['apiVersion'], apiVersion, versions);
  const schema = typeof apiVersion === 'string' ? ownEntry(known.schemas, apiVersion) : undefined;
  if (!schema || typeof apiVersion !== 'string')
    return fieldError('unknown-version', ['apiVersion'], apiVersion, `${versions} for kind ${known.kind}`);
  return { kind: known, apiVersion, schema };
}

/** An object in plain data, with its defaults. */
interface Decoded {
  readonly metadata: DecodedMeta;
  /** All fields but apiVersion, kind and metadata. */
  readonly fields: JsonObject;
}

const ROOT_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);

/** Reads an object; ignored fields are those that are not validated. */
function decode(
  value: object,
  { kind, schema }: Claim,
  errors: FieldError[],
  isIgnored: (name: string) => boolean,
): Decoded {
  const metadata = decodeMetadata(Reflect.get(value, 'metadata'), errors);
  const decoder = new Decoder();
  const fields: Record<string, unknown> = {};
  const known = schema.properties ?? {};
  for (const name of Object.keys(value)) {
    const field: unknown = Reflect.get(value, name);
    if (field === undefined || ROOT_FIELDS.has(name)) continue;
    const fieldSchema = ownEntry(known, name);
    if (!fieldSchema) {
      if (schema.open) fields[name] = field;
      else decoder.unknownField(name, field, [...ROOT_FIELDS, ...Object.keys(known)]);
    } else if (field !== null || fieldSchema.nullable) {
      fields[name] = isIgnored(name)
        ? decoder.decodeIgnored(field, fieldSchema, name)
        : decoder.decodeField(field, fieldSchema, name);
    }
  }
  decoder.addDefaults(fields, schema);
  errors.push(...decoder.errors);
  const { namespace, ...clusterMeta } = metadata;
  return { metadata: kind.namespaced ? metadata : clusterMeta, fields };
}

/** Adds the namespace that a client such as kubectl would send. */
function inNamespace(
  metadata: DecodedMeta,
  { namespaced }: KindSchema,
  namespace: string | undefined,
): DecodedMeta {
  const lacks = namespaced && metadata.namespace === undefined;
  return lacks && namespace !== undefined ? { ...metadata, namespace } : metadata;
}

/** The fields with another status, or none. */
function withStatus({ status: _, ...fields }: JsonObject, status: unknown): JsonObject {
  return status === undefined ? fields : { ...fields, status };
}

/** What is validated, and what the result of a valid request is. */
interface Request {
  readonly fields: JsonObject;
  readonly result: JsonObject;
}

/** A status that does not follow its schema is as good as none: the default takes its place. */
function usableStatus(fields: JsonObject, schema: Schema): JsonObject {
  const status = schema.properties?.status;
  if (!status || fields.status === undefined) return fields;
  const checker = new StructureChecker([], true);
  checker.check(fields.status, status);
  if (checker.errors.length + checker.duplicates.length === 0) return fields;
  const defaulted: Record<string, unknown> = { ...withStatus(fields, undefined) };
  new Decoder().addDefaults(defaulted, schema);
  return defaulted;
}

/** What the server makes of the value before it validates. */
function requestOf(
  { fields }: Decoded,
  old: Decoded | undefined,
  { kind, schema }: Claim,
  subresource: ParseOptions['subresource'],
): Request {
  if (!kind.statusSubresource) return { fields, result: fields };
  if (subresource === 'status') {
    const written = withStatus(old?.fields ?? fields, fields.status);
    return { fields: written, result: written };
  }
  if (old) {
    const written = withStatus(fields, old.fields.status);
    return { fields: written, result: written };
  }
  return { fields: withStatus(fields, undefined), result: usableStatus(fields, schema) };
}

/** Checks structure, then, if that lets them, the rules. */
function fieldErrors(
  fields: JsonObject,
  old: JsonObject | undefined,
  schema: Schema,
  onlyStatus: boolean,
): FieldError[] {
  const pair: Pair | undefined = old && { now: fields, before: old, schema, root: true };
  const structure = new StructureChecker();
  if (onlyStatus) checkStatus(structure, fields, old, schema);
  else structure.check(fields, schema, pair);
  const errors = [...structure.errors];
  if (structure.duplicates.length > 0 && !(old && hasDuplicates(old, schema)))
    errors.push(...structure.duplicates);
  if (structure.blocked) return errors;
  // Where not all of the structure holds, rules cannot rely on it.
  const rules = new RuleChecker(structure.tolerant || onlyStatus);
  rules.check(fields, old, schema, { current: pair });
  return [...errors, ...rules.errors];
}

function checkStatus(
  structure: StructureChecker,
  fields: JsonObject,
  old: JsonObject | undefined,
  { properties }: Schema,
): void {
  const { status } = fields;
  const schema = properties?.status;
  if (!schema || status === undefined) return;
  const before = old?.status;
  structure.checkField(
    'status',
    status,
    schema,
    before === undefined ? undefined : { now: status, before, schema },
  );
}

function hasDuplicates(fields: JsonObject, schema: Schema): boolean {
  const checker = new StructureChecker();
  checker.check(fields, schema);
  return checker.duplicates.length > 0;
}

/** Reads the stored object; what is wrong with it is not told, unless it is no object of the kind. */
function decodeOld(old: unknown, claim: Claim): Decoded | FieldError {
  const expected = `the stored ${claim.kind.kind} in options.old`;
  if (!isReadable(old)) return fieldError('type', [], old, expected);
  if (old.kind !== claim.kind.kind)
    return fieldError('immutable', ['kind'], claim.kind.kind, `${formatValue(old.kind)}, as before`);
  return decode(old, claim, [], () => false);
}

/** The object that a claim, metadata and fields make: their structure has been checked. */
function assemble({ kind, apiVersion }: Claim, metadata: DecodedMeta, fields: JsonObject): ModelObject {
  const { name, generateName } = metadata;
  const generated = name === undefined && generateName !== undefined && { name: generatedName(generateName) };
  const object: unknown = { apiVersion, kind: kind.kind, metadata: { ...metadata, ...generated }, ...fields };
  return object as ModelObject;
}

function check(value: unknown, options: ParseOptions, kinds: KindSchemas): ParseResult {
  const claim = claimOf(value, kinds);
  if ('message' in claim) return { ok: false, errors: [claim] };
  const { kind, schema } = claim;
  const { subresource, namespace } = options;
  const statusRequest = subresource === 'status' && kind.statusSubresource;
  const onlyStatus = statusRequest && options.old !== undefined;
  const errors: FieldError[] = [];
  const isIgnored = (name: string): boolean =>
    statusRequest ? onlyStatus && name !== 'status' : kind.statusSubresource && name === 'status';
  const decoded = decode(Object(value), claim, errors, isIgnored);
  const given = inNamespace(decoded.metadata, kind, namespace);
  let old: Decoded | undefined;
  if (options.old !== undefined) {
    const found = decodeOld(options.old, claim);
    if ('message' in found) return { ok: false, errors: [found] };
    old = { ...found, metadata: inNamespace(found.metadata, kind, namespace) };
    errors.push(...identityErrors(given, old.metadata, kind));
    if (!onlyStatus) errors.push(...metadataUpdateErrors(given, old.metadata));
  }
  // A status is written to the object as it is: its metadata stays.
  const metadata = onlyStatus && old ? old.metadata : given;
  if (metadata === given) errors.push(...metadataErrors(given, kind, old !== undefined));
  const { fields, result } = requestOf(decoded, old, claim, subresource);
  errors.push(...fieldErrors(fields, old?.fields, schema, onlyStatus));
  if (errors.length > 0)
    return { ok: false, errors: kind.kind === 'Secret' ? errors.map(withoutSecret) : errors };
  return { ok: true, object: assemble(claim, metadata, result) };
}

/** {@link parseObject} with other schemas than those of the package. */
export function parseAgainst(kinds: KindSchemas, value: unknown, options: ParseOptions = {}): ParseResult {
  try {
    return check(value, options, kinds);
  } catch (error) {
    // Values that are no plain data: getters that throw, revoked proxies.
    const reason = error instanceof Error ? error.message : formatValue(error);
    return { ok: false, errors: [fieldError('unreadable', [], undefined, 'plain data', reason)] };
  }
}

/**
 * Validates any value, such as a parsed YAML document, as kube-apiserver 1.36 validates a request with
 * strict field validation, and fills in defaults: the object is then as the server would store it, in plain
 * data of its own. Never throws, whatever the value. All errors are told, where one does not follow from
 * another.
 *
 * Checked: kind and version; metadata; unknown fields; structure (types, enumerations, patterns, formats,
 * limits, required fields, unique keys of lists); and, unless a value has the wrong type or a required one
 * is missing, the CRD's rules across fields (CEL). Of Service, EndpointSlice, Namespace and Secret only what
 * the model reads is checked. Errors of a Secret do not show the values of its data.
 *
 * Objects are read with their status, which validation ignores unless `options` say otherwise: one that
 * does not follow its schema is replaced by the default. An object that asks for a generated name gets one
 * that ends in `xxxxx`.
 *
 * O(size of the object) but for rules that compare the items of a list with each other: their lists have
 * at most 64 items.
 */
export function parseObject(value: unknown, options: ParseOptions = {}): ParseResult {
  return parseAgainst(kindSchemas, value, options);
}

/** Validates any value; see {@link parseObject}. Empty when nothing is wrong. */
export function validate(value: unknown, options: ParseOptions = {}): FieldError[] {
  const result = parseObject(value, options);
  return result.ok ? [] : [...result.errors];
}
