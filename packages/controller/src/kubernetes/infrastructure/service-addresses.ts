import { isDeepStrictEqual } from 'node:util';
import {
  type AddressAssignment,
  AddressType,
  formatName,
  type Gateway,
  type NamespacedName,
  namespacedName,
} from '@blixt/gateway-model';
import type { AddressHost, AddressProvider } from '../../address-provider.ts';
import { canonicalAddress } from '../../address-ranges.ts';
import { addressRequests } from '../../address-requests.ts';
import type { GatewayServices } from './gateway-services.ts';
import type { ServiceState } from './service-state.ts';
import { requestedOfService } from './wanted-objects.ts';

/**
 * Addresses that something else gives: the ingress addresses of the Service of type LoadBalancer that
 * {@link GatewayServices} makes for each Gateway of a class with provider `Service`. MetalLB, a cloud's controller, or
 * anything else that fills `status.loadBalancer` will do, if packets reach the nodes with that address as their
 * destination.
 *
 * - An address that a Gateway asks for by value is asked of the load balancer, one of each family.
 * - A host name is listed in the Gateway's status, and nothing is forwarded for it.
 * - An address of `ipMode: Proxy` is none: packets for it come to a port of a node.
 */
export class ServiceAddresses implements AddressProvider {
  readonly #services: Pick<GatewayServices, 'state' | 'subscribe'>;
  /** What was answered last, by Gateway. */
  readonly #users = new Map<string, { readonly gateway: Gateway; readonly state: ServiceState }>();

  /** @param services - have to be started before the controller: what they do not know is no address */
  constructor(services: Pick<GatewayServices, 'state' | 'subscribe'>) {
    this.#services = services;
  }

  attach(host: AddressHost): void {
    this.#services.subscribe((gateways) => {
      const changed = gateways.filter((gateway) => {
        const user = this.#users.get(formatName(gateway));
        return user !== undefined && !isDeepStrictEqual(user.state, this.#services.state(user.gateway));
      });
      if (changed.length > 0) host.changed(changed);
    });
  }

  /** Nothing: Services hold what there is to know. */
  observe(): void {}

  assign(gateway: Gateway): AddressAssignment {
    const state = this.#services.state(gateway);
    this.#users.set(formatName(namespacedName(gateway)), { gateway, state });
    const { requested, unusable, wantsAny } = addressRequests(gateway);
    const askable = requestedOfService(gateway);
    const given = state.ingress.flatMap(({ ip = '', ipMode = 'VIP' }) =>
      ipMode === 'VIP' ? (canonicalAddress(ip) ?? []) : [],
    );
    const usable = wantsAny ? given : given.filter((address) => askable.includes(address));
    const pending = waitsFor(gateway, state, { given, askable, wantsAny });
    return {
      assigned: [...new Set([...usable, ...state.ingress.flatMap(({ hostname }) => hostname ?? [])])],
      unusable: [
        ...unusable,
        ...requested
          .filter((address) => !askable.includes(address))
          .map((value) => ({ value, reason: 'a Service has one address of each family' })),
      ],
      supportedTypes: [AddressType.IPAddress, AddressType.Hostname],
      ...(pending === undefined ? {} : { pending }),
    };
  }

  release(gateway: NamespacedName): void {
    this.#users.delete(formatName(gateway));
  }
}

/** What a Gateway waits for: a sentence for people. Undefined when it has what it asks for. */
function waitsFor(
  { metadata }: Gateway,
  { name, exists, problem, ingress }: ServiceState,
  { given, askable, wantsAny }: { given: readonly string[]; askable: readonly string[]; wantsAny: boolean },
): string | undefined {
  const service = `Service ${metadata.namespace}/${name}`;
  const asked = askable.join(' and ');
  if (!exists) {
    return `${service} is not there yet: ${problem ?? 'it is made when a listener is accepted.'}`;
  }
  if (ingress.length === 0) {
    const wish = asked === '' ? '' : `, and may it give ${asked}`;
    const hint = `is a load balancer controller running${wish}? See kubectl describe service -n ${metadata.namespace} ${name}.`;
    return `${service} has no ingress address yet: ${hint}`;
  }
  if (given.length === 0) {
    const isProxy = ingress.some(({ ip }) => ip !== undefined);
    return isProxy
      ? `The load balancer of ${service} sends packets to ports of nodes (ipMode Proxy), where nothing forwards them: use one that leaves them their destination (ipMode VIP).`
      : `The load balancer of ${service} gave a host name and no IP address: packets are forwarded by their IP address; use one that gives it.`;
  }
  if (askable.some((address) => !given.includes(address))) {
    return `${service} asks for ${asked} and has ${given.join(' and ')}: may the load balancer give what is asked for? See kubectl describe service -n ${metadata.namespace} ${name}.`;
  }
  if (wantsAny && askable.length > 0 && given.length === askable.length) {
    return `${service} can ask for any addresses, or for given ones, not for both: take the entry without a value out of spec.addresses.`;
  }
  return undefined;
}
