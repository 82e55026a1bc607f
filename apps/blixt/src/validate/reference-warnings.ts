/**
 * What looks wrong when objects are seen together: references that do not lead where they should. A file knows
 * only a part of a cluster, so that nothing of this is an error, and what is missing is not judged unless asked.
 */
import { KeyPairCheck, type LoadedObject, type ObjectKey } from '@blixt/controller';
import {
  type Explanation,
  type ExplanationCause,
  type Gateway,
  type GatewayClass,
  isRoute,
  type Listener,
  type ModelObject,
  ObjectIndex,
  type ParentReference,
  parentOfRef,
  type Route,
  resolveGateway,
} from '@blixt/gateway-model';
import { withNameLabels } from '../namespaces.ts';
import type { Finding } from './finding.ts';
import {
  missingParents,
  restsOn,
  toFinding,
  withoutRepetition,
  wrongParameters,
} from './reference-findings.ts';

/** What is judged: `known` what both ends of are in the files, `all` also references to what is not. */
export type References = 'none' | 'known' | 'all';

/** Stands for every controller: the linter judges by the standard, not by what one controller supports. */
const CONTROLLER = 'lint.blixt.gateway.networking.k8s.io/any';

/** Rules that every controller follows, and that two objects of the files can break. */
const RULES = new Set([
  'listener-distinct-protocol',
  'listener-distinct-hostname',
  'listener-merge-precedence',
  'listener-route-kinds',
  'certificate-grant',
  'certificate-secret-type',
  'certificate-key-pair',
  'listener-set-allowed',
  'route-section-name',
  'route-kind',
  'route-namespace',
  'route-hostname',
  'route-precedence',
  'backend-grant',
  'backend-external-name',
  'backend-port',
]);

/** Rules that a cluster may fulfil with objects that are not in the files. */
const MISSING_RULES = new Set(['certificate-exists', 'backend-exists']);

/**
 * Finds references that lead nowhere, are not allowed, or lead to what cannot be.
 *
 * @param loaded - valid objects, which know where their fields stand
 * @param wrong - objects of the files that are not valid, as findings call them: they are not missing
 */
export function referenceWarnings(
  loaded: ReadonlyMap<ObjectKey, LoadedObject>,
  references: References,
  wrong: ReadonlySet<string> = new Set(),
): Finding[] {
  if (references === 'none') return [];
  const objects = [...loaded.values()].map(({ object }) => object);
  const index = indexOf(standardized(withNameLabels(objects)));
  const judgement = new Judgement(index, references === 'all');
  const explanations = [...explainGateways(index), ...explainBackends(objects, index)].filter(
    (it) => judgement.tells(it) && !(MISSING_RULES.has(it.rule.id) && restsOn(it, wrong)),
  );
  const warnings = explanations.map((it) => toFinding(it, loaded, index));
  const missing =
    references === 'all' ? objects.flatMap((object) => missingParents(object, loaded, wrong)) : [];
  const parameters = objects.flatMap((object) => wrongParameters(object, loaded));
  return withoutRepetition([...warnings, ...parameters, ...missing]);
}

function indexOf(objects: readonly ModelObject[]): ObjectIndex {
  const index = new ObjectIndex({ controllerName: CONTROLLER });
  for (const object of objects) index.apply({ type: 'upsert', object });
  return index;
}

/** Makes every class one that is accepted, and adds those that nobody declares. */
function standardized(objects: readonly ModelObject[]): ModelObject[] {
  const names = new Set(objects.flatMap((it) => (it.kind === 'Gateway' ? it.spec.gatewayClassName : [])));
  const classes = [...names].map(
    (name): GatewayClass => ({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name },
      spec: { controllerName: CONTROLLER },
    }),
  );
  return [...objects.filter(({ kind }) => kind !== 'GatewayClass'), ...classes];
}

const keyPairs = new KeyPairCheck();

/** Everything about a Gateway, as a controller decides that supports what it asks for. */
function explain(gateway: Gateway, index: ObjectIndex): Explanation[] {
  const supportedTypes = (gateway.spec.addresses ?? []).map(({ type }) => type ?? 'IPAddress');
  return resolveGateway(gateway, index, {
    controllerName: CONTROLLER,
    now: '1970-01-01T00:00:00Z',
    addresses: { assigned: ['192.0.2.1'], supportedTypes },
    gatewayParameters: { ok: true },
    programmed: { ok: true },
    checkKeyPair: keyPairs.check,
  }).explain();
}

/** Whether a Gateway of the files decides about the route. */
function isAttached(route: Route, index: ObjectIndex): boolean {
  return (route.spec.parentRefs ?? []).some((ref) => {
    const parent = parentOfRef(ref, route.metadata.namespace);
    if (parent?.kind === 'Gateway') return index.gateway(parent) !== undefined;
    const set = parent && index.get('ListenerSet', parent.namespace, parent.name);
    const gateway = set && parentOfRef(set.spec.parentRef, set.metadata.namespace);
    return gateway !== undefined && index.gateway(gateway) !== undefined;
  });
}

function explainGateways(index: ObjectIndex): Explanation[] {
  return [...index.list('Gateway')].flatMap((gateway) => explain(gateway, index));
}

/** Decisions about the backends of routes whose parents are not in the files, as if some Gateway took them. */
function explainBackends(objects: readonly ModelObject[], index: ObjectIndex): Explanation[] {
  const routes = objects.filter(isRoute).filter((route) => !isAttached(route, index));
  if (routes.length === 0) return [];
  const gateway: Gateway = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'any', namespace: NOWHERE },
    spec: { gatewayClassName: 'any', listeners: [{ name: 'any', port: 1, protocol: 'TCP' }] },
  };
  const parentRefs = [{ name: gateway.metadata.name, namespace: NOWHERE }];
  const others = objects.filter(({ kind }) => kind !== 'Gateway' && kind !== 'ListenerSet');
  const around = indexOf(standardized([...others, gateway]));
  for (const route of routes) around.apply({ type: 'upsert', object: withParents(route, parentRefs) });
  return explain(gateway, around).filter(
    ({ rule, subject }) =>
      rule.id.startsWith('backend-') &&
      // Whether a route of a service mesh needs a grant depends on whose Service it is about (GEP-1294).
      !(rule.id === 'backend-grant' && routes.some((route) => isOfMesh(route) && isSubject(route, subject))),
  );
}

/** Whether a parent is no Gateway or ListenerSet: mostly a Service. */
function isOfMesh({ spec, metadata }: Route): boolean {
  return (spec.parentRefs ?? []).some((ref) => parentOfRef(ref, metadata.namespace) === undefined);
}

function isSubject({ kind, metadata }: Route, subject: Explanation['subject']): boolean {
  return kind === subject.kind && metadata.name === subject.name && metadata.namespace === subject.namespace;
}

function withParents(route: Route, parentRefs: readonly ParentReference[]): Route {
  switch (route.kind) {
    case 'TCPRoute':
      return { ...route, spec: { ...route.spec, parentRefs } };
    case 'UDPRoute':
      return { ...route, spec: { ...route.spec, parentRefs } };
    case 'HTTPRoute':
      return { ...route, spec: { ...route.spec, parentRefs } };
  }
}

/** A namespace that no object can be in. */
const NOWHERE = '<none>';

/** Decides what of a controller's decisions a file can be told. */
class Judgement {
  readonly #index: ObjectIndex;
  readonly #isComplete: boolean;

  /** @param isComplete - whether the files are all there is */
  constructor(index: ObjectIndex, isComplete: boolean) {
    this.#index = index;
    this.#isComplete = isComplete;
  }

  tells(explanation: Explanation): boolean {
    const { outcome, rule, condition, subject, path } = explanation;
    if (outcome !== 'refused') return false;
    if (MISSING_RULES.has(rule.id)) return this.#isComplete && condition === undefined;
    if (!RULES.has(rule.id)) return false;
    switch (rule.id) {
      case 'route-precedence':
        // Layer-7 routes share a listener.
        return subject.kind === 'TCPRoute' || subject.kind === 'UDPRoute';
      case 'listener-route-kinds':
        return condition?.type === 'ResolvedRefs' && this.#hasImpossibleKind(explanation);
      case 'route-kind':
        return condition?.type === 'Accepted' && !this.#isOfOtherProtocol(explanation);
      case 'route-namespace':
        return condition?.type === 'Accepted' && !this.#selectsByUnknownLabels(explanation);
      case 'route-section-name':
      case 'route-hostname':
        return condition?.type === 'Accepted';
      case 'listener-set-allowed':
        return condition?.type === 'Accepted' && !this.#selectsByUnknownLabels(explanation);
      case 'listener-distinct-protocol':
      case 'listener-distinct-hostname':
      case 'listener-merge-precedence':
        return condition?.type === 'Conflicted';
      default:
        // Of references each is told by itself, not once more by the condition that sums them up.
        return condition === undefined && path !== '';
    }
  }

  /** Whether a kind of Gateway API is allowed that no controller attaches to the protocol. */
  #hasImpossibleKind({ subject, path }: Explanation): boolean {
    const listener = this.#listener(subject, path);
    const possible = listener === undefined ? undefined : protocolKinds[listener.protocol];
    if (possible === undefined) return false;
    return (listener?.allowedRoutes?.kinds ?? []).some(
      ({ group, kind }) => (group ?? GROUP) === GROUP && !possible.includes(kind),
    );
  }

  /** Whether a listener that the route may mean is of a protocol that the model does not serve. */
  #isOfOtherProtocol({ because, subject }: Explanation): boolean {
    return because.some((cause) => {
      const listener = cause.path === undefined ? undefined : this.#listener(cause, cause.path);
      const possible = listener && protocolKinds[listener.protocol];
      return listener !== undefined && (possible === undefined || possible.includes(subject.kind));
    });
  }

  /** Whether labels of a Namespace decide that is not in the files. */
  #selectsByUnknownLabels({ because, subject }: Explanation): boolean {
    if (subject.namespace === undefined || this.#index.namespace(subject.namespace)) return false;
    return because.some((cause) => {
      const listener = cause.path === undefined ? undefined : this.#listener(cause, cause.path);
      if (listener !== undefined) return listener.allowedRoutes?.namespaces?.from === 'Selector';
      const gateway =
        cause.kind === 'Gateway' ? this.#index.get('Gateway', cause.namespace, cause.name) : undefined;
      return gateway?.spec.allowedListeners?.namespaces?.from === 'Selector';
    });
  }

  #listener({ kind, namespace, name }: ExplanationCause, path: string): Listener | undefined {
    const at = /^spec\.listeners\[(\d+)\]/.exec(path)?.[1];
    if (at === undefined || (kind !== 'Gateway' && kind !== 'ListenerSet')) return undefined;
    return this.#index.get(kind, namespace, name)?.spec.listeners[Number(at)];
  }
}

const GROUP = 'gateway.networking.k8s.io';

/** Kinds of routes that a listener of a protocol of the standard can take (API reference, ProtocolType). */
const protocolKinds: Readonly<Record<string, readonly string[]>> = {
  HTTP: ['HTTPRoute', 'GRPCRoute'],
  HTTPS: ['HTTPRoute', 'GRPCRoute'],
  TLS: ['TLSRoute'],
  TCP: ['TCPRoute'],
  UDP: ['UDPRoute'],
};
