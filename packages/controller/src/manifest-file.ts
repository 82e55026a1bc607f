import {
  GATEWAY_API_GROUP,
  type ModelKind,
  type ModelObject,
  parseObject,
  withDefaults,
} from '@blixt/gateway-model';
import { ManifestError, type SourcePosition } from './errors.ts';
import { parsePath } from './field-path.ts';
import { type Manifest, parseManifests } from './manifest.ts';
import { describeKey, groupOf, keyOf, type ObjectKey, objectKey } from './object.ts';

/** An object of a file, and where it stands. */
export interface LoadedObject {
  readonly object: ModelObject;
  readonly position: SourcePosition;
}

/** A kind in a file that this controller has no use for. */
export interface IgnoredKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Its first occurrence. */
  readonly position: SourcePosition;
}

/** A file's objects, checked and with defaults. */
export interface LoadedFile {
  readonly file: string;
  readonly objects: ReadonlyMap<ObjectKey, LoadedObject>;
  readonly problems: readonly ManifestError[];
  readonly ignored: readonly IgnoredKind[];
}

/** The kinds that are read, by group. */
const KINDS: Readonly<Record<ModelKind, { readonly group: string; readonly namespaced: boolean }>> = {
  GatewayClass: { group: GATEWAY_API_GROUP, namespaced: false },
  Gateway: { group: GATEWAY_API_GROUP, namespaced: true },
  ListenerSet: { group: GATEWAY_API_GROUP, namespaced: true },
  TCPRoute: { group: GATEWAY_API_GROUP, namespaced: true },
  UDPRoute: { group: GATEWAY_API_GROUP, namespaced: true },
  HTTPRoute: { group: GATEWAY_API_GROUP, namespaced: true },
  GRPCRoute: { group: GATEWAY_API_GROUP, namespaced: true },
  TLSRoute: { group: GATEWAY_API_GROUP, namespaced: true },
  BackendTLSPolicy: { group: GATEWAY_API_GROUP, namespaced: true },
  ReferenceGrant: { group: GATEWAY_API_GROUP, namespaced: true },
  Service: { group: '', namespaced: true },
  Secret: { group: '', namespaced: true },
  Namespace: { group: '', namespaced: false },
  EndpointSlice: { group: 'discovery.k8s.io', namespaced: true },
};

/**
 * Reads a manifest file's text: parses it, sets `metadata.namespace` to `default` where a namespaced object
 * has none, drops statuses, checks every object, fills in defaults. Never throws.
 *
 * @param file - name of the file, as it shall appear in messages
 */
export function loadManifestFile(file: string, text: string): LoadedFile {
  const parsed = parseManifests(file, text);
  const objects = new Map<ObjectKey, LoadedObject>();
  const problems = [...parsed.problems];
  const ignored = new Map<string, IgnoredKind>();
  for (const manifest of parsed.manifests) {
    const { apiVersion, kind, position } = manifest;
    if (!isReadKind(kind) || KINDS[kind].group !== groupOf(apiVersion)) {
      const id = `${apiVersion} ${kind}`;
      if (!ignored.has(id)) ignored.set(id, { apiVersion, kind, position });
      continue;
    }
    // Defaults come first, as at an API server: what is valid may depend on them.
    const result = parseObject(withDefaults(admit(manifest.value, KINDS[kind].namespaced)));
    if (!result.ok) {
      problems.push(...result.errors.map((error) => fieldProblem(manifest, error.path, error.message)));
      continue;
    }
    const object = withoutStatus(result.object);
    const key = keyOf(object);
    const entry = { object, position };
    const other = objects.get(key);
    if (other !== undefined) problems.push(duplicateProblem(key, entry, other));
    else objects.set(key, entry);
  }
  problems.sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
  return { file, objects, problems, ignored: [...ignored.values()] };
}

/** The problem of an object that is declared twice. */
export function duplicateProblem(key: ObjectKey, entry: LoadedObject, other: LoadedObject): ManifestError {
  const { file, line, column } = other.position;
  return new ManifestError({
    code: 'ERR_MANIFEST_DUPLICATE',
    position: entry.position,
    path: '',
    object: describeKey(key),
    reason: `is declared already at ${file}:${line}:${column}`,
    hint: 'remove one of the two',
  });
}

function isReadKind(kind: string): kind is ModelKind {
  return Object.hasOwn(KINDS, kind);
}

/** Files are not where statuses come from, and neither are the schemas' defaults. */
function withoutStatus(object: ModelObject): ModelObject {
  if (!('status' in object)) return object;
  const { status: _status, ...rest } = object;
  return rest;
}

/** What an API server does before it validates: the namespace of the request, no status from outside. */
function admit(value: Readonly<Record<string, unknown>>, namespaced: boolean): Record<string, unknown> {
  const { status: _status, metadata, ...rest } = value;
  if (!namespaced || !isRecord(metadata) || metadata.namespace !== undefined) return { ...rest, metadata };
  return { ...rest, metadata: { ...metadata, namespace: 'default' } };
}

function fieldProblem(manifest: Manifest, path: string, message: string): ManifestError {
  const prefix = `${path || 'object'}: `;
  return new ManifestError({
    code: 'ERR_MANIFEST_INVALID',
    position: manifest.locate(parsePath(path)),
    path,
    object: describeManifest(manifest),
    reason: message.startsWith(prefix) ? message.slice(prefix.length) : message,
    hint: '',
  });
}

function describeManifest({ kind, value }: Manifest): string {
  const metadata = isRecord(value.metadata) ? value.metadata : {};
  if (typeof metadata.name !== 'string') return kind;
  const given = typeof metadata.namespace === 'string' ? metadata.namespace : 'default';
  const namespace = isReadKind(kind) && KINDS[kind].namespaced ? given : undefined;
  return describeKey(objectKey(kind, namespace, metadata.name));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
