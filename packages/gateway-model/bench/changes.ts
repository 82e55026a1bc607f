import type { ModelObject } from '../src/index.ts';
import type { Subject } from './subject.ts';

/** A kind of change: each call gives a version of an object that decides something else than the last one. */
export interface Change {
  readonly name: string;
  next(subject: Subject, turn: number): ModelObject;
}

function pick<T>(items: readonly T[], turn: number): T {
  // Steps that share no factor with the sizes, so that all objects have their turn, in no order of memory.
  const item = items[(turn * 7919) % items.length];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}

/** Each object has a turn with the one version, and then all of them one with the other. */
const isOdd = (items: readonly unknown[], turn: number): boolean => Math.floor(turn / items.length) % 2 === 0;

export const changes: readonly Change[] = [
  {
    name: 'EndpointSlice',
    next({ world: { slices } }, turn) {
      const slice = pick(slices, turn);
      const endpoints = isOdd(slices, turn) ? (slice.endpoints ?? []).slice(1) : (slice.endpoints ?? []);
      return { ...slice, endpoints };
    },
  },
  {
    name: 'Service',
    next({ world: { services } }, turn) {
      const service = pick(services, turn);
      const ports = isOdd(services, turn) ? [{ port: 81 }] : [{ port: 80 }];
      return { ...service, spec: { ...service.spec, ports } };
    },
  },
  {
    name: 'TCPRoute',
    next({ world: { routes }, index }, turn) {
      const { metadata } = pick(routes, turn);
      const route = index.get('TCPRoute', metadata.namespace, metadata.name);
      if (route === undefined) throw new Error(`TCPRoute ${metadata.name} is not there`);
      const weight = isOdd(routes, turn) ? 2 : 1;
      const rules = route.spec.rules.map((rule) => ({
        ...rule,
        backendRefs: rule.backendRefs.map((ref) => ({ ...ref, weight })),
      }));
      const generation = (route.metadata.generation ?? 0) + 1;
      return { ...route, metadata: { ...route.metadata, generation }, spec: { ...route.spec, rules } };
    },
  },
  {
    name: 'ReferenceGrant',
    next({ world: { grants } }, turn) {
      const grant = pick(grants, turn);
      const to = isOdd(grants, turn) ? [{ group: '', kind: 'Secret' }] : grant.spec.to;
      return { ...grant, spec: { ...grant.spec, to } };
    },
  },
  {
    name: 'Namespace',
    next({ world: { namespaces } }, turn) {
      const namespace = pick(namespaces, turn);
      const tier = isOdd(namespaces, turn) ? 'drained' : 'live';
      return { ...namespace, metadata: { ...namespace.metadata, labels: { tier } } };
    },
  },
];
