import type { AddressAssignment, BlixtParametersSpec, Gateway, NamespacedName } from '@blixt/gateway-model';
import type { AddressHost, AddressProvider } from './address-provider.ts';

/** Providers by their names in `BlixtParameters`. */
export interface AddressProviders {
  /** Of classes without parameters as well. */
  readonly Pool: AddressProvider;
  /** Absent: classes that want it are refused. */
  readonly Node?: AddressProvider;
  /** Absent: classes that want it are refused. */
  readonly Service?: AddressProvider;
}

/** Addresses from the provider that the parameters of the Gateway's class name. */
export class ClassAddresses implements AddressProvider {
  readonly #providers: AddressProviders;
  readonly #all: readonly AddressProvider[];
  /** Which provider answered for a Gateway last. */
  readonly #users = new Map<string, AddressProvider>();
  #host: AddressHost | undefined;

  constructor(providers: AddressProviders) {
    this.#providers = providers;
    this.#all = [providers.Pool, providers.Node, providers.Service].filter((it) => it !== undefined);
  }

  attach(host: AddressHost): void {
    this.#host = host;
    for (const provider of this.#all) provider.attach?.(host);
  }

  refuse(parameters: BlixtParametersSpec): string | undefined {
    const name = parameters.addresses?.provider ?? 'Pool';
    const provider = this.#providers[name];
    if (provider === undefined)
      return `spec.addresses.provider: ${name} needs the Kubernetes API, and objects come from elsewhere; use Pool.`;
    return provider.refuse?.(parameters);
  }

  observe(gateway: Gateway): void {
    for (const provider of this.#all) provider.observe(gateway);
  }

  assign(gateway: Gateway): AddressAssignment {
    const name = this.#host?.parameters(gateway)?.addresses?.provider ?? 'Pool';
    const provider = this.#providers[name] ?? this.#providers.Pool;
    const key = `${gateway.metadata.namespace}/${gateway.metadata.name}`;
    const before = this.#users.get(key);
    if (before !== undefined && before !== provider) before.release(gateway.metadata, false);
    this.#users.set(key, provider);
    return provider.assign(gateway);
  }

  release(gateway: NamespacedName, isGone: boolean): void {
    this.#users.delete(`${gateway.namespace}/${gateway.name}`);
    for (const provider of this.#all) provider.release(gateway, isGone);
  }
}
