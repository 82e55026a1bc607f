/** A small world of objects around one Gateway, and short ways to ask what was decided about it. */
import type {
  Condition,
  Explanation,
  Forwarding,
  ForwardingService,
  Gateway,
  GatewayStatus,
  ListenerEntryStatus,
  ListenerSetStatus,
  ListenerStatus,
  Meta,
  ModelObject,
  ResolveContext,
  RouteParentStatus,
  RouteStatusUpdate,
  Secret,
  StatusUpdate,
} from '../src/index.ts';
import { endpointSlice, gatewayClass, listView, resolveGateway, service, tlsSecret } from '../src/index.ts';

export const CONTROLLER = 'gateway.networking.k8s.io/blixt';
export const NOW = '2026-11-22T15:00:00Z';
export const LATER = '2026-11-22T16:00:00Z';

/** A context in which everything beside the objects is well. */
export function context(overrides: Partial<ResolveContext> = {}): ResolveContext {
  return {
    controllerName: CONTROLLER,
    now: NOW,
    addresses: { assigned: ['192.0.2.1'] },
    programmed: { ok: true },
    ...overrides,
  };
}

/** A Service with port 80 and ready IPv4 endpoints that listen on 8080. */
export function backend(name: string, addresses: readonly string[], namespace = 'default'): ModelObject[] {
  return [
    service(name, [80], { namespace }),
    endpointSlice({ service: name, endpoints: addresses, ports: [{ port: 8080 }] }, { namespace }),
  ];
}

/** A PEM block around a DER structure: the integer 1 in a SEQUENCE. */
const pem = (label: string): string => `-----BEGIN ${label}-----\nMAMCAQE=\n-----END ${label}-----\n`;

/** A Secret that has the structure of a certificate and its key, and nothing in them. */
export function certificate(name = 'certificate', meta: Meta = {}): Secret {
  return tlsSecret(name, { certificate: pem('CERTIFICATE'), key: pem('PRIVATE KEY') }, meta);
}

/** What was decided, by name. Asking for something that is not there is a mistake of the test. */
export class Decision {
  readonly forwarding: Forwarding;
  readonly statuses: readonly StatusUpdate[];
  readonly explanations: readonly Explanation[];

  constructor(
    forwarding: Forwarding,
    statuses: readonly StatusUpdate[],
    explanations: readonly Explanation[] = [],
  ) {
    this.forwarding = forwarding;
    this.statuses = statuses;
    this.explanations = explanations;
  }

  get gateway(): GatewayStatus {
    const update = this.statuses.find((status) => status.kind === 'Gateway');
    if (update?.kind !== 'Gateway') throw new Error('no status of a Gateway');
    return update.status;
  }

  listener(name: string): ListenerStatus {
    const found = this.gateway.listeners?.find((listener) => listener.name === name);
    if (!found) throw new Error(`no status of listener ${name}`);
    return found;
  }

  listenerSet(name = 'listener-set'): ListenerSetStatus {
    const update = this.statuses.find((status) => status.kind === 'ListenerSet' && status.name === name);
    if (update?.kind !== 'ListenerSet') throw new Error(`no status of ListenerSet ${name}`);
    return update.status;
  }

  entry(name: string, set = 'listener-set'): ListenerEntryStatus {
    const found = this.listenerSet(set).listeners?.find((listener) => listener.name === name);
    if (!found) throw new Error(`no status of listener ${name} of ListenerSet ${set}`);
    return found;
  }

  /** The rules by which something was decided about a part of an object. */
  rulesOf(name: string, path: string): string[] {
    return this.explanations
      .filter((explanation) => explanation.subject.name === name && explanation.path === path)
      .map(({ rule }) => rule.id);
  }

  route(name = 'route'): RouteStatusUpdate {
    const found = this.statuses.find((status) => status.name === name && status.kind.endsWith('Route'));
    if (!found || !('parent' in found)) throw new Error(`no status of route ${name}`);
    return found;
  }

  parents(name = 'route'): readonly RouteParentStatus[] {
    return this.route(name).status.parents;
  }

  service(port: number, address?: string): ForwardingService {
    const found = this.forwarding.services.find(
      (entry) => entry.port === port && (address === undefined || entry.address === address),
    );
    if (!found) throw new Error(`no service on port ${port}`);
    return found;
  }
}

/** Resolves the Gateway in a world with the GatewayClass `blixt` and the given objects. */
export function decide(
  gateway: Gateway,
  objects: readonly (ModelObject | readonly ModelObject[])[] = [],
  overrides: Partial<ResolveContext> = {},
): Decision {
  const view = listView([gatewayClass(), gateway, ...objects.flat()]);
  const { forwarding, statuses, explain } = resolveGateway(gateway, view, context(overrides));
  return new Decision(forwarding, statuses, explain());
}

/** `Accepted=False/NoMatchingParent` and so on, by type. */
export function summary(conditions: readonly Condition[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (conditions ?? []).map(({ type, status, reason }) => [type, `${status}/${reason}`]),
  );
}
