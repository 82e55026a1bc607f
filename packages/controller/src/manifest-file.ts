import {
  BLIXT_GROUP,
  type FieldError,
  GATEWAY_API_GROUP,
  type ModelObject,
  modelKinds,
  parseObject,
} from '@blixt/gateway-model';
import { ManifestError, type SourceSpan } from './errors.ts';
import { parsePath } from './field-path.ts';
import { type Locate, type Manifest, parseManifests } from './manifest.ts';
import type { FieldPart } from './manifest-position.ts';
import { describeKey, groupOf, keyOf, type ObjectKey, objectKey } from './object.ts';

/** How manifest files are read. */
export interface ManifestOptions {
  /** Namespace of objects that name none although their kind lives in one (default `default`). */
  readonly namespace?: string;
  /**
   * Whether an object that claims to be of Gateway API, and is of no kind or version that its standard channel
   * serves, is a problem (default false: it is ignored as any other kind).
   */
  readonly strictKinds?: boolean;
  /** Whether a mapping without apiVersion, kind and metadata is skipped (default false: it is a problem). */
  readonly skipForeign?: boolean;
  /** Whether objects keep {@link LoadedObject.locate}, and with it the parsed text (default false). */
  readonly locatable?: boolean;
}

/** An object of a file, and where it stands. */
export interface LoadedObject {
  /** The object, valid and with its defaults. */
  readonly object: ModelObject;
  /** Where it stands. */
  readonly position: SourceSpan;
  /** Finds the object's fields in the file; only when that was asked for. */
  readonly locate?: Locate;
}

/** A kind in a file that this controller has no use for. */
export interface IgnoredKind {
  /** Group and version, as written. */
  readonly apiVersion: string;
  /** The kind, as written. */
  readonly kind: string;
  /** Its first occurrence. */
  readonly position: SourceSpan;
  /** How many objects of the kind the file has. */
  readonly count: number;
}

/** A file's objects, checked and with defaults. */
export interface LoadedFile {
  /** Path or name of the file. */
  readonly file: string;
  /** The valid objects by key. */
  readonly objects: ReadonlyMap<ObjectKey, LoadedObject>;
  /** What is wrong, in the order of the text. */
  readonly problems: readonly ManifestError[];
  /** Kinds that are not read. */
  readonly ignored: readonly IgnoredKind[];
  /** How many objects of kinds that are read the file has, right or wrong. */
  readonly read: number;
  /** How many mappings were skipped as they do not look like objects. */
  readonly foreign: number;
}

/**
 * Reads a manifest file's text: parses it, sets `metadata.namespace` where a namespaced object has none,
 * drops statuses, checks every object, fills in defaults. Never throws.
 *
 * @param file - name of the file, as it shall appear in messages
 */
export function loadManifestFile(file: string, text: string, options: ManifestOptions = {}): LoadedFile {
  const { namespace = 'default', strictKinds = false, skipForeign = false, locatable = false } = options;
  const parsed = parseManifests(file, text);
  const objects = new Map<ObjectKey, LoadedObject>();
  const problems = [...parsed.problems, ...(skipForeign ? [] : parsed.foreign)];
  const ignored = new Map<string, IgnoredKind>();
  let read = 0;
  let lines: readonly string[] | undefined;
  for (const manifest of parsed.manifests) {
    const { apiVersion, kind, position, locate } = manifest;
    if (!isRead(apiVersion, kind) && !(strictKinds && claimsToBeRead(apiVersion, kind))) {
      const id = `${apiVersion} ${kind}`;
      const { count = 0, position: first = position } = ignored.get(id) ?? {};
      ignored.set(id, { apiVersion, kind, position: first, count: count + 1 });
      continue;
    }
    read += 1;
    const { status: _status, ...rest } = manifest.value;
    const result = parseObject(rest, { namespace });
    if (!result.ok) {
      const told = result.errors.filter((error) => !isConsequence(error, result.errors));
      lines ??= text.split('\n');
      for (const error of told) problems.push(fieldProblem(manifest, error, namespace, lines));
      continue;
    }
    const object = withoutStatus(result.object);
    const key = keyOf(object);
    const entry = { object, position, ...(locatable && { locate }) };
    const other = objects.get(key);
    if (other === undefined) objects.set(key, entry);
    else if (!isGeneratedName(manifest)) problems.push(duplicateProblem(key, entry, other));
  }
  problems.sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
  const foreign = skipForeign ? parsed.foreign.length : 0;
  return { file, objects, problems, ignored: [...ignored.values()], read, foreign };
}

/** The problem of an object that is declared twice. */
export function duplicateProblem(key: ObjectKey, entry: LoadedObject, other: LoadedObject): ManifestError {
  const { file, line, column } = other.position;
  return new ManifestError({
    code: 'ERR_MANIFEST_DUPLICATE',
    rule: 'duplicate-object',
    position: entry.position,
    path: '',
    object: describeKey(key),
    reason: `is declared already at ${file}:${line}:${column}`,
    hint: 'remove one of the two',
  });
}

function isRead(apiVersion: string, kind: string): boolean {
  return modelKinds.get(kind)?.group === groupOf(apiVersion);
}

/**
 * Whether an object means to be of Gateway API, or of ours: by its group, or as it has a kind of Gateway API and no
 * group, or another group of Kubernetes (`networking.k8s.io` and old or misspelt ones), which have no such kinds.
 */
function claimsToBeRead(apiVersion: string, kind: string): boolean {
  const group = groupOf(apiVersion);
  if (group === GATEWAY_API_GROUP || group === BLIXT_GROUP) return true;
  if (modelKinds.get(kind)?.group !== GATEWAY_API_GROUP) return false;
  return group === '' || /(^|[.-])k8s\.io$/.test(group) || group.startsWith('gateway.network');
}

/** Files are not where statuses come from, and neither are the schemas' defaults. */
function withoutStatus(object: ModelObject): ModelObject {
  if (!('status' in object)) return object;
  const { status: _status, ...rest } = object;
  return rest;
}

/** A field of the wrong type counts as missing for the server; people are told once. */
function isConsequence({ code, path }: FieldError, errors: readonly FieldError[]): boolean {
  return code === 'required' && errors.some((other) => other.code === 'type' && other.path === path);
}

/** Whether the server makes up the name: then two that look the same are not. */
function isGeneratedName({ value }: Manifest): boolean {
  return isRecord(value.metadata) && !value.metadata.name && Boolean(value.metadata.generateName);
}

/** What is missing is told at the field that lacks it, what should not be there at its name. */
function partOf({ code }: FieldError): FieldPart {
  if (code === 'required') return 'parent';
  return code === 'unknown-field' ? 'key' : 'value';
}

function fieldProblem(
  manifest: Manifest,
  error: FieldError,
  namespace: string,
  lines: readonly string[],
): ManifestError {
  const { path, message, code, suggestion } = error;
  const position = manifest.locate(parsePath(path), partOf(error));
  const prefix = `${path || 'object'}: `;
  const suffix = suggestion === undefined ? '' : `; ${suggestion}`;
  const reason = message.slice(
    message.startsWith(prefix) ? prefix.length : 0,
    message.endsWith(suffix) ? message.length - suffix.length : undefined,
  );
  return new ManifestError({
    code: 'ERR_MANIFEST_INVALID',
    rule: code,
    position,
    path,
    object: describeManifest(manifest, namespace),
    reason,
    hint: suggestion ?? (manifest.kind === 'Secret' ? '' : quotingHint(error, position, lines)),
  });
}

/** YAML takes `on`, `no` or `1.0` for something else than text. */
function quotingHint(
  { code, expected, value }: FieldError,
  position: SourceSpan,
  lines: readonly string[],
): string {
  const isScalar = typeof value === 'boolean' || typeof value === 'number';
  if (code !== 'type' || !isScalar || !/\b(string|text)\b/.test(expected)) return '';
  const line = lines[position.line - 1] ?? '';
  const source = line.slice(position.column - 1, position.endColumn - 1);
  return source === '' ? '' : `YAML reads ${source} as a ${typeof value}: write it in quotes, "${source}"`;
}

function describeManifest({ kind, value }: Manifest, defaultNamespace: string): string {
  const metadata = isRecord(value.metadata) ? value.metadata : {};
  if (typeof metadata.name !== 'string') return kind;
  const given = typeof metadata.namespace === 'string' ? metadata.namespace : defaultNamespace;
  return describeKey(objectKey(kind, modelKinds.get(kind)?.namespaced ? given : undefined, metadata.name));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
