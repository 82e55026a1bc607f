/** Decides about a set of objects as `blixt run` would, with everything that a cluster would add assumed. */
import {
  ClassParameters,
  describeKey,
  gatewayKey,
  KeyPairCheck,
  PoolAddresses,
  PortClaims,
} from '@blixt/controller';
import {
  comparePrecedence,
  type Explanation,
  explainGatewayClass,
  type Forwarding,
  formatName,
  type Gateway,
  type GatewayClass,
  isRoute,
  type ListenerSet,
  type ModelObject,
  namespacedName,
  ObjectIndex,
  parentOfRef,
  type Resolution,
  type ResolveContext,
  type Route,
  type RouteParentName,
  resolveGateway,
  type SpecificationRule,
  specificationRules,
} from '@blixt/gateway-model';
import { impliedNamespaces, withNameLabels } from '../namespaces.ts';
import { nameOf } from './explained-object.ts';

/** What is assumed about the world around the objects. */
export interface ResolveOptions {
  /** `spec.controllerName` of the classes that are ours. */
  readonly controllerName: string;
  /** CIDR blocks or addresses for Gateways that ask for none. */
  readonly pool: readonly string[];
  /** Whether a GatewayClass that a Gateway names and nobody declares is ours. */
  readonly assumeClass: boolean;
  /** RFC 3339, in seconds. */
  readonly now: string;
}

/** What was decided about all the objects. */
export interface ResolvedObjects {
  readonly explanations: readonly Explanation[];
  readonly forwarding: readonly Forwarding[];
  /** What was assumed, in sentences for people. */
  readonly notes: readonly string[];
}

/**
 * Resolves every GatewayClass and every Gateway of a class of ours, with their ListenerSets and routes; and
 * says of routes and ListenerSets that lead to none of them why nothing was decided.
 *
 * @throws ControllerError `ERR_POOL_CIDR` when an address of the pool cannot be read
 */
export function resolveObjects(objects: readonly ModelObject[], options: ResolveOptions): ResolvedObjects {
  const notes: string[] = [];
  const index = new ObjectIndex({ controllerName: options.controllerName });
  for (const object of complete(objects, options, notes)) index.apply({ type: 'upsert', object });
  const gateways = [...index.list('Gateway')].sort(comparePrecedence);
  const classes = objects.filter((object) => object.kind === 'GatewayClass').sort(comparePrecedence);
  const resolver = new GatewayResolver(index, options);
  const resolutions = resolver.resolve(gateways);
  if (resolver.assigned) {
    notes.push(`Gateways that ask for no address get one of ${options.pool.join(', ')}, as an example.`);
  }
  for (const [name, of] of resolver.elsewhere)
    notes.push(
      `The addresses of Gateways of GatewayClass ${name} are those of ${of}: examples stand for them.`,
    );
  const explanations = [
    ...classes.flatMap((gatewayClass) =>
      explainGatewayClass(gatewayClass, resolver.contextOfClass(gatewayClass)),
    ),
    ...resolutions.flatMap((resolution) => resolution.explain()),
  ];
  const undated = objects.some(({ kind, metadata }) => kind.endsWith('Route') && !metadata.creationTimestamp);
  if (undated && explanations.some(({ rule, outcome }) => rule.id === 'route-precedence' && outcome !== 'ok'))
    notes.push(
      'Routes without creationTimestamp count as the youngest, and among them the first by name as the oldest.',
    );
  const answered = new Set(explanations.map(({ subject, path }) => `${nameOf(subject)} ${path}`));
  const strays = objects.filter(
    (object): object is Route | ListenerSet => isRoute(object) || object.kind === 'ListenerSet',
  );
  return {
    explanations: [...explanations, ...strays.flatMap((object) => explainStray(object, index, answered))],
    forwarding: resolutions.map(({ forwarding }) => forwarding),
    notes,
  };
}

/** Adds what an API server has without being told: namespaces, with their names as labels; and assumed classes. */
function complete(
  objects: readonly ModelObject[],
  { assumeClass, controllerName }: ResolveOptions,
  notes: string[],
): ModelObject[] {
  const result = [...withNameLabels(objects), ...impliedNamespaces(objects)];
  if (!assumeClass) return result;
  const declared = new Set(objects.flatMap((it) => (it.kind === 'GatewayClass' ? it.metadata.name : [])));
  for (const object of objects) {
    if (object.kind !== 'Gateway' || declared.has(object.spec.gatewayClassName)) continue;
    const name = object.spec.gatewayClassName;
    declared.add(name);
    notes.push(`GatewayClass ${name} is not among the files: it is taken for one of ${controllerName}.`);
    result.push(assumedClass(name, controllerName));
  }
  return result;
}

function assumedClass(name: string, controllerName: string): GatewayClass {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name },
    spec: { controllerName },
  };
}

/** Resolves Gateways against each other: an address and port is the oldest's that asks for it. */
class GatewayResolver {
  /** Whether a Gateway got an address of the pool. */
  assigned = false;
  /** Whose addresses the Gateways of a class get that has them not from a pool, by the name of the class. */
  readonly elsewhere = new Map<string, string>();
  readonly #base: Omit<ResolveContext, 'addresses'>;
  readonly #index: ObjectIndex;
  readonly #pool: PoolAddresses;
  readonly #parameters: ClassParameters;
  readonly #claims = new PortClaims();

  constructor(index: ObjectIndex, { controllerName, now, pool }: ResolveOptions) {
    this.#index = index;
    this.#pool = new PoolAddresses({ ranges: pool });
    this.#parameters = new ClassParameters(index, (spec) => this.#pool.refuse(spec));
    this.#pool.attach({
      changed: () => undefined,
      parameters: ({ spec }) => {
        const gatewayClass = index.gatewayClass(spec.gatewayClassName);
        return gatewayClass && this.#parameters.judge(gatewayClass).spec;
      },
    });
    this.#base = { controllerName, now, programmed: { ok: true }, checkKeyPair: new KeyPairCheck().check };
  }

  /** What decisions about a class, and about its Gateways, start from. */
  contextOfClass(gatewayClass: GatewayClass): Omit<ResolveContext, 'addresses'> {
    return { ...this.#base, parameters: this.#parameters.judge(gatewayClass).verdict };
  }

  /** @param gateways - in order of precedence */
  resolve(gateways: readonly Gateway[]): Resolution[] {
    // Addresses that a Gateway asks for are not given to others.
    for (const gateway of gateways) this.#pool.observe(gateway);
    const contexts = new Map(gateways.map((it) => [it, this.#contextOf(it)]));
    const turns = gateways.map((gateway) => {
      const context = contexts.get(gateway) ?? this.#contextOf(gateway);
      const resolution = resolveGateway(gateway, this.#index, context);
      this.#claims.set(gatewayKey(gateway.metadata), gateway, resolution.forwarding.services);
      return { gateway, context, resolution };
    });
    return turns.map(({ gateway, context, resolution }) => {
      const { conflicts } = this.#claims.settle(resolution.forwarding);
      if (conflicts.length === 0) return resolution;
      const unavailablePorts = conflicts.map(({ service: { address, port, protocol }, owner }) => ({
        port,
        protocol,
        message: `${describeKey(owner)} is older and has port ${port}/${protocol} of ${address}.`,
      }));
      return resolveGateway(gateway, this.#index, { ...context, unavailablePorts });
    });
  }

  #contextOf(gateway: Gateway): ResolveContext {
    const gatewayClass = this.#index.gatewayClass(gateway.spec.gatewayClassName);
    if (gatewayClass?.spec.controllerName !== this.#base.controllerName)
      return { ...this.#base, addresses: { assigned: [] } };
    const context = this.contextOfClass(gatewayClass);
    const named = gateway.spec.addresses ?? [];
    const { pool, provider } = this.#parameters.judge(gatewayClass).spec?.addresses ?? {};
    const isOpen = named.length === 0 || named.some(({ value }) => !value);
    if (context.parameters?.ok && isOpen && pool === undefined) this.assigned = true;
    if (provider === 'Node') this.elsewhere.set(gatewayClass.metadata.name, 'nodes');
    if (provider === 'Service') this.elsewhere.set(gatewayClass.metadata.name, 'a Service for each Gateway');
    return { ...context, addresses: this.#pool.assign(gateway) };
  }
}

/** Says of a parentRef that no Gateway of ours answered why that is so. */
function explainStray(
  object: Route | ListenerSet,
  index: ObjectIndex,
  answered: ReadonlySet<string>,
): Explanation[] {
  const subject = nameOf({ kind: object.kind, ...namespacedName(object) });
  const refs =
    object.kind === 'ListenerSet'
      ? [{ path: 'spec.parentRef', ref: object.spec.parentRef }]
      : (object.spec.parentRefs ?? []).map((ref, at) => ({ path: `spec.parentRefs[${at}]`, ref }));
  if (refs.length === 0)
    return [stray(object, 'spec', 'It names no parent: no Gateway takes it.', undefined)];
  return refs.flatMap(({ path, ref }) => {
    if (answered.has(`${subject} ${path}`)) return [];
    const parent = parentOfRef(ref, object.metadata.namespace);
    if (parent === undefined) {
      const message = `${ref.kind ?? 'Gateway'} ${ref.name} is no Gateway or ListenerSet: nothing is decided here.`;
      return [stray(object, path, message, undefined)];
    }
    return [stray(object, path, whyNotOurs(parent, index), parent)];
  });
}

function whyNotOurs(parent: RouteParentName, index: ObjectIndex): string {
  const name = `${parent.kind} ${formatName(parent)}`;
  const set =
    parent.kind === 'ListenerSet' ? index.get('ListenerSet', parent.namespace, parent.name) : undefined;
  if (parent.kind === 'ListenerSet' && set === undefined) return `${name} is not among the files.`;
  const gateway = set ? parentOfRef(set.spec.parentRef, set.metadata.namespace) : parent;
  const found = gateway && index.gateway(gateway);
  const gatewayName = gateway ? `Gateway ${formatName(gateway)}` : 'its parent';
  if (found === undefined) return `${set ? `${name}: ` : ''}${gatewayName} is not among the files.`;
  const className = found.spec.gatewayClassName;
  const gatewayClass = index.gatewayClass(className);
  const reason = gatewayClass
    ? `GatewayClass ${className} is of ${gatewayClass.spec.controllerName}, or is not accepted`
    : `there is no GatewayClass ${className}`;
  return `${gatewayName} is not managed: ${reason}.`;
}

function stray(
  { kind, metadata: { namespace, name } }: Route | ListenerSet,
  path: string,
  decision: string,
  parent: RouteParentName | undefined,
): Explanation {
  return {
    subject: { kind, namespace, name },
    path,
    decision,
    outcome: 'refused',
    rule: managedRule(),
    because: parent ? [parent] : [],
  };
}

function managedRule(): SpecificationRule {
  const rule = specificationRules.find(({ id }) => id === 'gateway-managed');
  if (rule === undefined) throw new TypeError('The catalogue of rules has no gateway-managed.');
  return rule;
}
