import {
  formatName,
  type Gateway,
  GatewayConditionType,
  type ListenerSet,
  type NamespacedName,
  namespacedName,
  type ProgrammedVerdict,
} from '@blixt/gateway-model';
import type { BoundAddresses, LoadGate, LoadGateHost } from '../../load-gate.ts';
import { isOlder } from '../resource-version.ts';
import type { AddressElection } from './address-election.ts';
import type { LivingNodes } from './living-nodes.ts';
import { ANY_GATEWAY, type LoadedVersions, type NodeState } from './node-lease.ts';

/** What others have to have loaded of a Gateway. */
interface Need {
  readonly name: NamespacedName;
  /** Tells a spec and addresses from others. */
  readonly signature: string;
  /** The first versions that we saw of it. */
  readonly versions: LoadedVersions;
  /** It was Programmed already when we first saw it: with which version, others knew. */
  readonly wasProgrammed: boolean;
}

/** A Gateway that was asked about. */
interface Asked {
  readonly need: Need;
  /** Addresses that it has, and whether its status tells them. */
  readonly addresses: readonly { readonly address: string; readonly isTold: boolean }[];
  /** Whether one node answers for each of them. */
  readonly announce: boolean;
  /** Since when it is waited for; undefined when all is loaded. */
  waitsSince: number | undefined;
  timer: NodeJS.Timeout | undefined;
  /** What was answered last. */
  answer: string;
}

const OK: ProgrammedVerdict = { ok: true };

/**
 * Says of Gateways whether the nodes that answer for their addresses have loaded their rules, as far as the nodes'
 * Leases tell. Addresses that no node answers for are waited for at all nodes, as packets to them may come to any.
 */
export class NodeLoadGate implements LoadGate {
  readonly #nodes: LivingNodes;
  readonly #election: AddressElection;
  readonly #self: string;
  readonly #waitMs: number;
  readonly #asked = new Map<string, Asked>();
  #host: LoadGateHost | undefined;

  /** @internal Use `NodeGroup.loadGate`. */
  constructor(nodes: LivingNodes, election: AddressElection, self: string, waitMs: number) {
    this.#nodes = nodes;
    this.#election = election;
    this.#self = self;
    this.#waitMs = waitMs;
    nodes.onChange(() => this.#look());
  }

  attach(host: LoadGateHost): void {
    this.#host = host;
  }

  verdict(
    gateway: Gateway,
    { addresses, announce }: BoundAddresses,
    listenerSets: readonly ListenerSet[] = [],
  ): ProgrammedVerdict | 'wait' {
    const name = formatName(namespacedName(gateway));
    const told = new Set(gateway.status?.addresses?.map(({ value }) => value));
    const before = this.#asked.get(name);
    const need = needOf(gateway, listenerSets, before?.need);
    const isSame = before !== undefined && before.need.signature === need.signature;
    const asked: Asked = {
      need,
      addresses: addresses.map((address) => ({ address, isTold: told.has(address) })),
      announce,
      waitsSince: isSame ? before.waitsSince : undefined,
      timer: undefined,
      answer: '',
    };
    clearTimeout(before?.timer);
    this.#asked.set(name, asked);
    return this.#answer(asked);
  }

  /** Gateways are gone, or none of ours any more. */
  release(gateways: Iterable<NamespacedName>): void {
    for (const gateway of gateways) {
      const name = formatName(gateway);
      clearTimeout(this.#asked.get(name)?.timer);
      this.#asked.delete(name);
    }
  }

  /** Nothing more is told. */
  stop(): void {
    for (const { timer } of this.#asked.values()) clearTimeout(timer);
    this.#asked.clear();
  }

  #answer(asked: Asked): ProgrammedVerdict | 'wait' {
    const verdict = this.#judge(asked);
    if (verdict === OK) asked.waitsSince = undefined;
    else asked.waitsSince ??= performance.now();
    if (verdict === 'wait') {
      const left = (asked.waitsSince ?? 0) + this.#waitMs - performance.now();
      asked.timer = setTimeout(() => this.#host?.changed([asked.need.name]), left + 1);
    }
    asked.answer = describe(verdict);
    return verdict;
  }

  #judge({ need, addresses, announce, waitsSince }: Asked): ProgrammedVerdict | 'wait' {
    const lacking = addresses.flatMap(({ address, isTold }) => {
      const node = this.#responsible(address, announce).find((it) => !this.#hasLoaded(it, need, isTold));
      return node === undefined ? [] : { address, node };
    });
    const [first] = lacking;
    if (first === undefined) return OK;
    if (waitsSince === undefined || performance.now() < waitsSince + this.#waitMs) return 'wait';
    const { address, node } = first;
    const refuses = node.notLoaded.has(formatName(need.name));
    const what = refuses ? 'could not load the rules' : 'has not loaded the rules yet';
    return {
      ok: false,
      reason: 'Pending',
      message: `Node ${node.name}, which ${announce ? 'answers for' : 'may get packets to'} ${address}, ${what}.`,
    };
  }

  #responsible(address: string, announce: boolean): NodeState[] {
    const elected = announce ? this.#election.electedNode(address) : undefined;
    if (elected === undefined) return [...this.#nodes.list()];
    const node = this.#nodes.get(elected);
    return node === undefined ? [] : [node];
  }

  /** This instance has: it asks. */
  #hasLoaded(node: NodeState, { name, versions, wasProgrammed }: Need, isTold: boolean): boolean {
    if (node.name === this.#self) return true;
    if (!isTold || node.notLoaded.has(formatName(name)) || node.notLoaded.has(ANY_GATEWAY)) return false;
    if (wasProgrammed) return true;
    return (
      reaches(node.loaded.gateways, versions.gateways) &&
      (versions.listenersets === '' || reaches(node.loaded.listenersets, versions.listenersets))
    );
  }

  /** The nodes have changed, or what they have loaded. */
  #look(): void {
    const changed = [...this.#asked.values()].filter(
      (asked) => describe(this.#judge(asked)) !== asked.answer,
    );
    if (changed.length > 0) this.#host?.changed(changed.map(({ need }) => need.name));
  }
}

/** Whether what was loaded up to a version has another; `0` is nothing. */
const reaches = (loaded: string, version: string): boolean => loaded !== '0' && !isOlder(loaded, version);

const describe = (verdict: ProgrammedVerdict | 'wait'): string => JSON.stringify(verdict);

function needOf(gateway: Gateway, listenerSets: readonly ListenerSet[], before: Need | undefined): Need {
  const { uid, generation, resourceVersion = '' } = gateway.metadata;
  const signature = JSON.stringify([
    uid,
    generation,
    gateway.status?.addresses?.map(({ value }) => value),
    listenerSets.map(({ metadata }) => [metadata.uid, metadata.generation]),
  ]);
  if (before?.signature === signature) return before;
  const newest = listenerSets
    .map(({ metadata }) => metadata.resourceVersion ?? '')
    .reduce((latest, version) => (latest === '' || isOlder(latest, version) ? version : latest), '');
  return {
    name: namespacedName(gateway),
    signature,
    versions: { gateways: resourceVersion, listenersets: newest },
    wasProgrammed: before === undefined && isProgrammed(gateway),
  };
}

const isProgrammed = ({ metadata, status }: Gateway): boolean =>
  status?.conditions?.some(
    ({ type, status: value, observedGeneration }) =>
      type === GatewayConditionType.Programmed &&
      value === 'True' &&
      observedGeneration === metadata.generation,
  ) ?? false;
