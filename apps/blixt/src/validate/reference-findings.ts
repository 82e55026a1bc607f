/** Turns decisions about references into findings: where they stand in the files, and what to do. */
import { describeKey, type LoadedObject, type ObjectKey, objectKey, parsePath } from '@blixt/controller';
import {
  BLIXT_GROUP,
  type Explanation,
  type ExplanationCause,
  isRoute,
  type ModelObject,
  type ObjectIndex,
  parametersName,
  parentOfRef,
} from '@blixt/gateway-model';
import type { Finding, RelatedPlace } from './finding.ts';

type LoadedObjects = ReadonlyMap<ObjectKey, LoadedObject>;

/** What to do about a broken rule, where one sentence fits all. */
const suggestions: Readonly<Record<string, string>> = {
  'backend-grant': 'unless the cluster has one, add a ReferenceGrant in the namespace of the Service',
  'certificate-grant': 'unless the cluster has one, add a ReferenceGrant in the namespace of the Secret',
  'route-namespace': 'let allowedRoutes.namespaces of the listener take the namespace of the route',
  'listener-set-allowed':
    'let allowedListeners.namespaces of the Gateway take the namespace of the ListenerSet',
  'route-precedence': 'give each route a listener of its own, or put the backends into one route',
};

/** Where a decision about a part of an object shows best. */
const places: Readonly<Record<string, string>> = {
  'listener-distinct-protocol': '.port',
  'listener-distinct-hostname': '.port',
  'listener-merge-precedence': '.port',
  'listener-route-kinds': '.allowedRoutes.kinds',
  'backend-port': '.port',
  'backend-grant': '.namespace',
  'backend-exists': '.name',
  'certificate-grant': '.namespace',
  'certificate-exists': '.name',
  'listener-set-allowed': 'spec.parentRef',
};

/** Makes a warning of a decision. */
export function toFinding(explanation: Explanation, loaded: LoadedObjects, index: ObjectIndex): Finding {
  const { subject, rule, because } = explanation;
  const key = keyOf(subject);
  const path = `${explanation.path}${places[rule.id] ?? ''}${selectorOf(explanation, loaded.get(key)?.object)}`;
  const related = because
    .flatMap((cause) => placeOf(cause, loaded))
    .filter(({ object }) => object !== describeKey(key));
  return {
    severity: 'warning',
    rule: rule.id,
    object: describeKey(key),
    path,
    message: messageOf(explanation),
    suggestion: suggestions[rule.id] ?? alternatives(explanation, index),
    span: spanOf(loaded.get(key), path),
    related,
  };
}

/** Which field of a parentRef found no listener. */
function selectorOf({ rule, path }: Explanation, object: ModelObject | undefined): string {
  if (rule.id !== 'route-section-name' || object === undefined || !isRoute(object)) return '';
  const at = Number(parsePath(path).at(-1));
  const ref = object.spec.parentRefs?.[at];
  if (ref?.sectionName !== undefined) return '.sectionName';
  return ref?.port === undefined ? '' : '.port';
}

function messageOf({ rule, decision, because }: Explanation): string {
  const [winner] = because;
  if (rule.id === 'route-precedence' && winner !== undefined) {
    // Which of them is older is for the cluster to say.
    return `attaches to the same listener as ${describeKey(keyOf(winner))}: the older of them takes all traffic`;
  }
  return decision.replace(/\.$/, '');
}

/** What there is instead of what was not found. */
function alternatives({ rule, because }: Explanation, index: ObjectIndex): string {
  const [cause] = because;
  if (cause?.namespace === undefined) return '';
  if (rule.id === 'backend-port' && cause.kind === 'Service') {
    const ports = index.get('Service', cause.namespace, cause.name)?.spec.ports ?? [];
    const list = ports.map(({ port, protocol = 'TCP' }) => `${port}/${protocol}`).join(', ');
    return list === '' ? 'the Service has no port' : `the Service has ${list}`;
  }
  if (rule.id === 'route-section-name' && (cause.kind === 'Gateway' || cause.kind === 'ListenerSet')) {
    const listeners = index.get(cause.kind, cause.namespace, cause.name)?.spec.listeners ?? [];
    const list = listeners.map(({ name, port, protocol }) => `${name} (${protocol} ${port})`).join(', ');
    return `the ${cause.kind} has ${list}`;
  }
  return '';
}

/** Whether a decision rests on one of some objects, which are called as in findings. */
export function restsOn({ because }: Explanation, objects: ReadonlySet<string>): boolean {
  return because.some((cause) => objects.has(describeKey(keyOf(cause))));
}

/** Parents, classes and parameters that the files do not have, right or wrong. */
export function missingParents(
  object: ModelObject,
  loaded: LoadedObjects,
  wrong: ReadonlySet<string>,
): Finding[] {
  return parentsOf(object).flatMap(({ path, parent }) => {
    if (loaded.has(parent) || wrong.has(describeKey(parent))) return [];
    const key = keyOf({ kind: object.kind, ...object.metadata });
    const finding: Finding = {
      severity: 'warning',
      rule: 'missing-object',
      object: describeKey(key),
      path,
      message: `${describeKey(parent)} is not among the files`,
      suggestion: '',
      span: spanOf(loaded.get(key), path),
      related: [],
    };
    return [finding];
  });
}

function parentsOf(object: ModelObject): { readonly path: string; readonly parent: ObjectKey }[] {
  if (object.kind === 'Gateway') {
    const parent = objectKey('GatewayClass', undefined, object.spec.gatewayClassName);
    return [{ path: 'spec.gatewayClassName', parent }];
  }
  if (object.kind === 'GatewayClass') {
    const name = parametersName(object);
    if (name === undefined) return [];
    return [{ path: 'spec.parametersRef.name', parent: objectKey('BlixtParameters', undefined, name) }];
  }
  const refs =
    object.kind === 'ListenerSet'
      ? [{ path: 'spec.parentRef', ref: object.spec.parentRef }]
      : isRoute(object)
        ? (object.spec.parentRefs ?? []).map((ref, at) => ({ path: `spec.parentRefs[${at}]`, ref }))
        : [];
  return refs.flatMap(({ path, ref }) => {
    const parent = parentOfRef(ref, object.metadata.namespace ?? '');
    return parent ? [{ path: `${path}.name`, parent: keyOf(parent) }] : [];
  });
}

/** References of GatewayClasses to what is of our group and no BlixtParameters: the kind is another, or there is a namespace. */
export function wrongParameters(object: ModelObject, loaded: LoadedObjects): Finding[] {
  if (object.kind !== 'GatewayClass') return [];
  const { parametersRef } = object.spec;
  if (parametersRef?.group !== BLIXT_GROUP || parametersName(object) !== undefined) return [];
  const key = keyOf({ kind: object.kind, name: object.metadata.name });
  const field = parametersRef.kind === 'BlixtParameters' ? 'namespace' : 'kind';
  const path = `spec.parametersRef.${field}`;
  return [
    {
      severity: 'warning',
      rule: 'gateway-class-parameters',
      object: describeKey(key),
      path,
      message: `expected ${field === 'kind' ? 'kind BlixtParameters' : 'no namespace'} for group ${BLIXT_GROUP}, got "${parametersRef[field]}"`,
      suggestion: field === 'kind' ? '' : 'BlixtParameters are of cluster scope',
      span: spanOf(loaded.get(key), path),
      related: [],
    },
  ];
}

/** Leaves out what was told of the same place already. */
export function withoutRepetition(findings: readonly Finding[]): Finding[] {
  const told = new Map(findings.map((it) => [`${it.rule} ${it.object} ${it.path} ${it.message}`, it]));
  return [...told.values()];
}

function keyOf({ kind, namespace, name }: { kind: string; namespace?: string; name: string }): ObjectKey {
  return objectKey(kind, namespace, name);
}

function placeOf(cause: ExplanationCause, loaded: LoadedObjects): RelatedPlace[] {
  const key = keyOf(cause);
  const entry = loaded.get(key);
  if (entry === undefined) return [];
  const object = cause.path === undefined ? describeKey(key) : `${describeKey(key)} ${cause.path}`;
  return [{ object, span: spanOf(entry, cause.path ?? 'metadata.name') }];
}

const NO_PLACE = { file: '', line: 1, column: 1, endLine: 1, endColumn: 1 };

/** Where a field stands, or what is nearest to it. */
export function spanOf(entry: LoadedObject | undefined, path: string): Finding['span'] {
  return entry?.locate?.(parsePath(path)) ?? entry?.position ?? NO_PLACE;
}
