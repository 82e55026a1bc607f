import {
  type AddressAssignment,
  formatName,
  type Gateway,
  type NamespacedName,
  type NodeParameters,
  namespacedName,
} from '@blixt/gateway-model';
import type { AddressHost, AddressProvider } from '../address-provider.ts';
import { canonicalAddress } from '../address-ranges.ts';
import { addressRequests } from '../address-requests.ts';
import { type Logger, silentLogger } from '../logger.ts';
import type { ApiClient } from './api-client.ts';
import type { ApiObject, ApiResource } from './api-resource.ts';
import { Informer } from './informer.ts';
import type { ForwardingNode, ForwardingNodeList } from './infrastructure/wanted-objects.ts';
import { OutageLog } from './outage-log.ts';

/** The nodes that forward. */
export interface ForwardingNodes {
  /** Whether the node of that name forwards the packets that it receives. */
  has(node: string): boolean;
  /** Calls back whenever another answer is given. */
  onChange(listener: () => void): void;
}

/** Settings of {@link NodeAddresses}. */
export interface NodeAddressesOptions {
  /** Lists and watches nodes; it is not closed. */
  readonly client: ApiClient;
  /** Which nodes forward (default: all that are Ready). */
  readonly nodes?: ForwardingNodes;
  /** Where problems are told (default: nowhere). */
  readonly logger?: Logger;
}

/** A Node, as far as it is read. */
interface NodeObject extends ApiObject {
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** What is kept of a Node. */
interface KnownNode {
  readonly name: string;
  readonly isReady: boolean;
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
}

type AddressType = NonNullable<NodeParameters['type']>;

const NODES: ApiResource = { group: '', version: 'v1', resource: 'nodes' };
/** `status.addresses` of a Gateway takes no more. */
const MOST_ADDRESSES = 16;

/**
 * The nodes' own addresses, for all Gateways alike: they share the ports among them. Nodes are listed and watched
 * from the first Gateway on that asks.
 *
 * A Gateway that asks for addresses by value gets those of them that are a node's. The 16 first, by the nodes'
 * names, are taken where there are more.
 */
export class NodeAddresses implements AddressProvider, ForwardingNodeList, AsyncDisposable {
  readonly #options: NodeAddressesOptions;
  readonly #users = new Map<string, NamespacedName>();
  readonly #listeners = new Set<() => void>();
  #informer: Informer<NodeObject, KnownNode> | undefined;
  #host: AddressHost | undefined;

  constructor(options: NodeAddressesOptions) {
    this.#options = options;
    options.nodes?.onChange(() => this.#tell());
  }

  attach(host: AddressHost): void {
    this.#host = host;
  }

  /** Nothing: a node's address is nobody's. */
  observe(): void {}

  assign(gateway: Gateway): AddressAssignment {
    const name = namespacedName(gateway);
    this.#users.set(formatName(name), name);
    this.#informer ??= this.#watch();
    const { type = 'InternalIP' } = this.#host?.parameters(gateway)?.addresses?.node ?? {};
    const found = this.#addresses(type);
    const { requested, unusable, wantsAny } = addressRequests(gateway);
    const strange = requested.filter((address) => !found.includes(address));
    const isKnown = this.#informer.hasSynced;
    return {
      assigned: wantsAny ? found.slice(0, MOST_ADDRESSES) : requested.filter((it) => found.includes(it)),
      unusable: [
        ...unusable,
        ...(isKnown ? strange : []).map((value) => ({
          value,
          reason: `it is no ${type} of a node that forwards`,
        })),
      ],
      ...(found.length > 0 ? {} : { pending: isKnown ? noAddress(type) : 'The nodes are being listed.' }),
    };
  }

  release(gateway: NamespacedName): void {
    this.#users.delete(formatName(gateway));
  }

  /** The nodes that forward, by their names, with their internal addresses; undefined until they were listed. */
  list(): readonly ForwardingNode[] | undefined {
    this.#informer ??= this.#watch();
    if (!this.#informer.hasSynced) return undefined;
    return this.#forwarding().map((node) => ({
      nodeName: node.name,
      addresses: addressesOf(node, 'InternalIP'),
    }));
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Watches no more. */
  async stop(): Promise<void> {
    await this.#informer?.stop();
  }

  /** Stops it, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Of all nodes that forward, IPv4 and IPv6, by the nodes' names. */
  #addresses(type: AddressType): string[] {
    return [...new Set(this.#forwarding().flatMap((node) => addressesOf(node, type)))];
  }

  #forwarding(): KnownNode[] {
    const { nodes } = this.#options;
    return [...(this.#informer?.objects() ?? [])]
      .filter(({ name, isReady }) => nodes?.has(name) ?? isReady)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #watch(): Informer<NodeObject, KnownNode> {
    const { client, logger = silentLogger } = this.#options;
    const informer: Informer<NodeObject, KnownNode> = new Informer<NodeObject, KnownNode>({
      client,
      ...OutageLog.of(client, logger).hooks('nodes', () => informer.retryNow()),
      resource: NODES,
      transform: ({ metadata: { name }, status = {} }) => ({
        name,
        isReady: status.conditions?.some((it) => it.type === 'Ready' && it.status === 'True') ?? false,
        addresses: status.addresses ?? [],
      }),
    });
    let known = '';
    informer.subscribe(() => {
      // Heartbeats change nodes all the time, and nothing that is read here.
      const now = JSON.stringify([...informer.objects()]);
      if (now !== known) this.#tell();
      known = now;
    });
    informer.start();
    void informer.synced().then(
      () => this.#tell(),
      () => undefined,
    );
    return informer;
  }

  #tell(): void {
    if (this.#users.size > 0) this.#host?.changed([...this.#users.values()]);
    for (const listener of this.#listeners) listener();
  }
}

const addressesOf = ({ addresses }: KnownNode, type: AddressType): string[] =>
  addresses.flatMap((it) => (it.type === type ? (canonicalAddress(it.address) ?? []) : []));

const noAddress = (type: string): string =>
  `No node that forwards has an address of type ${type}: see status.addresses of the Nodes, or set addresses.node.type of the class's BlixtParameters.`;
