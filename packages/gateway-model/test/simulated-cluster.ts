/** An API server in a few lines, and a controller that looks only at what the index tells it. */
import {
  type AffectedRoots,
  type Forwarding,
  formatName,
  type Gateway,
  isRoute,
  isStatusOwner,
  type ModelObject,
  mergeStatus,
  type NamespacedName,
  ObjectIndex,
  type Resolution,
  type ResolveContext,
  type RouteParentStatus,
  releaseGateway,
  releaseListenerSet,
  resolveGateway,
  resolveGatewayClass,
  type StatusUpdate,
} from '../src/index.ts';
import { CONTROLLER, context } from './world.ts';

/** What happens to a cluster. */
export interface ClusterChange {
  /**
   * `upsert` and `delete`: of the object; `annotate`: of what is stored in its place, only metadata that nobody
   * reads; `meddle`: somebody else writes to the status of what is stored in its place.
   */
  readonly type: 'upsert' | 'delete' | 'annotate' | 'meddle';
  readonly object: ModelObject;
}

export const keyOf = ({ kind, metadata }: ModelObject): string =>
  `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** The same object with another status. */
export const withStatus = (object: ModelObject, status: unknown): ModelObject =>
  ({ ...object, status }) as ModelObject;

/** Addresses of both families, and everything well beside the objects. */
export const dualStack = (now?: string): ResolveContext =>
  context({ addresses: { assigned: ['192.0.2.1', '2001:db8::1'] }, ...(now && { now }) });

export const gatewaysIn = (objects: Iterable<ModelObject>): Gateway[] =>
  [...objects].flatMap((object) => (object.kind === 'Gateway' ? [object] : []));

export class SimulatedCluster {
  readonly index = new ObjectIndex({ controllerName: CONTROLLER });
  /** By {@link keyOf}. */
  readonly objects = new Map<string, ModelObject>();
  /** What a data plane has, by the name of the Gateway. */
  readonly loaded = new Map<string, Forwarding>();
  #version = 0;

  /** A cluster with these objects, about which nothing is decided yet. */
  constructor(objects: Iterable<ModelObject> = []) {
    for (const object of objects) this.change({ type: 'upsert', object });
  }

  /** A cluster with these objects and their statuses. */
  static settled(objects: Iterable<ModelObject>): SimulatedCluster {
    const cluster = new SimulatedCluster(objects);
    cluster.settle(cluster.index.roots());
    return cluster;
  }

  /** Changes the objects as an API server does: generations count, statuses stay. */
  change({ type, object }: ClusterChange): AffectedRoots {
    const stored = this.objects.get(keyOf(object));
    if (type === 'delete') {
      this.objects.delete(keyOf(object));
      return this.index.apply({ type, object });
    }
    if (type === 'upsert') return this.#store(stored ? updated(object, stored) : created(object));
    if (!stored) return this.index.apply({ type: 'delete', object });
    if (type === 'meddle') return this.#store(meddled(stored, this.#version));
    const annotations = { version: String(this.#version) };
    return this.#store({ ...stored, metadata: { ...stored.metadata, annotations } } as ModelObject);
  }

  /** Decides about the roots, loads, and writes the statuses. What it writes itself is no reason to decide again. */
  settle({ gatewayClasses, gateways, listenerSets }: AffectedRoots): void {
    for (const name of gatewayClasses) {
      const found = this.index.gatewayClass(name);
      const update = found && resolveGatewayClass(found, dualStack());
      if (update) this.#write(update);
    }
    for (const name of gateways) {
      const resolution = this.decide(name);
      if (resolution.forwarding.services.length > 0) this.loaded.set(formatName(name), resolution.forwarding);
      else this.loaded.delete(formatName(name));
      for (const update of resolution.statuses) this.#write(update);
    }
    for (const name of listenerSets)
      for (const update of releaseListenerSet(name, this.index, dualStack())) this.#write(update);
  }

  /** What is decided about a Gateway, whether it is there or not. */
  decide(name: NamespacedName, now?: string): Resolution {
    const gateway = this.index.gateway(name);
    return gateway
      ? resolveGateway(gateway, this.index, dualStack(now))
      : releaseGateway(name, this.index, dualStack(now));
  }

  /** What is decided about every Gateway that is there. */
  decideAll(now?: string): Resolution[] {
    return gatewaysIn(this.objects.values()).map(({ metadata }) => this.decide(metadata, now));
  }

  #write(update: StatusUpdate): void {
    const stored = this.objects.get(`${update.kind} ${update.namespace ?? ''}/${update.name}`);
    if (!update.changed || !stored || !isStatusOwner(stored)) return;
    const status = mergeStatus(update, stored);
    if (status) this.#store(withStatus(stored, status));
  }

  #store(object: ModelObject): AffectedRoots {
    this.#version += 1;
    const versioned = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#version) },
    } as ModelObject;
    this.objects.set(keyOf(versioned), versioned);
    return this.index.apply({ type: 'upsert', object: versioned });
  }
}

const created = (object: ModelObject): ModelObject =>
  ({ ...object, metadata: { ...object.metadata, uid: keyOf(object), generation: 1 } }) as ModelObject;

const updated = (object: ModelObject, { metadata, ...stored }: ModelObject): ModelObject => {
  const { uid, generation = 0, creationTimestamp } = metadata;
  const kept = { uid, generation: generation + 1, ...(creationTimestamp && { creationTimestamp }) };
  return {
    ...object,
    ...('status' in stored && { status: stored.status }),
    metadata: { ...object.metadata, ...kept },
  } as ModelObject;
};

/** A condition or, on a route, an entry of another controller. */
function meddled(object: ModelObject, version: number): ModelObject {
  if (!isStatusOwner(object)) return object;
  const conditions = [
    {
      type: 'example.com/Seen',
      status: 'True' as const,
      reason: 'Seen',
      message: String(version),
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ];
  if (!isRoute(object)) {
    const others = (object.status?.conditions ?? []).filter(({ type }) => type !== 'example.com/Seen');
    return withStatus(object, { ...object.status, conditions: [...others, ...conditions] });
  }
  const [parentRef] = object.spec.parentRefs ?? [];
  if (!parentRef) return object;
  const entry: RouteParentStatus = { parentRef, controllerName: 'example.com/other', conditions };
  const others = (object.status?.parents ?? []).filter(({ controllerName }) => controllerName === CONTROLLER);
  return withStatus(object, { parents: [entry, ...others] });
}
