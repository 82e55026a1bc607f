import { createHash } from 'node:crypto';
import { type ApiObject, type ApiResource, microTime } from '../api-resource.ts';
import { type LinkNetwork, parseLink } from './link-network.ts';

/** Leases of `coordination.k8s.io/v1`. */
export const LEASES = {
  group: 'coordination.k8s.io',
  version: 'v1',
  resource: 'leases',
} as const satisfies ApiResource;

/** What the Leases of nodes are selected by. */
export const NODE_LEASE_LABEL = { name: 'blixt.dev/component', value: 'node' } as const;
/** `ADDRESS/PREFIX-LENGTH` of the links that a node announces on, with commas. Missing: it announces nothing. */
export const LINKS_ANNOTATION = 'blixt.dev/links';
/** JSON, by the plural of a kind: up to which resourceVersion the node has loaded its objects. */
export const LOADED_ANNOTATION = 'blixt.dev/loaded';
/** `namespace/name` of Gateways that the node could not load, with commas; {@link ANY_GATEWAY} for too many. */
export const NOT_LOADED_ANNOTATION = 'blixt.dev/not-loaded';
/** Stands for Gateways that are not named one by one. */
export const ANY_GATEWAY = '*';

const PREFIX = 'blixt-node-';
/** Longest name of an object (DNS subdomain). */
const MAX_NAME = 253;

/** Up to which resourceVersion objects are loaded, by kind. Those of a kind are comparable (KEP-5504). */
export interface LoadedVersions {
  readonly gateways: string;
  readonly listenersets: string;
}

/** What a node says of itself. */
export interface NodeState {
  /** Of the Node. */
  readonly name: string;
  /** The links that it announces on; undefined when it announces nothing. */
  readonly links: readonly LinkNetwork[] | undefined;
  readonly loaded: LoadedVersions;
  /** Gateways that it could not load as they are: `namespace/name`, or {@link ANY_GATEWAY}. */
  readonly notLoaded: ReadonlySet<string>;
}

/** A Lease, as far as it is read. */
export interface LeaseObject extends ApiObject {
  readonly metadata: ApiObject['metadata'] & {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly renewTime?: string;
  };
}

/** What is kept of the Lease of a node. */
export interface KnownLease {
  readonly metadata: Pick<ApiObject['metadata'], 'name' | 'uid' | 'resourceVersion'>;
  readonly renewTime: string;
  readonly durationMs: number;
  readonly node: NodeState;
  /** Tells states from each other. */
  readonly fingerprint: string;
}

/** The name of a node's Lease: `blixt-node-<node>`; of one that would be too long, a part and a hash. */
export function nodeLeaseName(node: string): string {
  const name = PREFIX + node;
  if (name.length <= MAX_NAME) return name;
  const hash = createHash('sha256').update(node).digest('hex').slice(0, 16);
  return `${name.slice(0, MAX_NAME - hash.length - 1).replace(/[^a-z0-9]+$/, '')}-${hash}`;
}

/** What is written of a node's Lease. */
export interface LeaseContent {
  readonly namespace: string;
  readonly node: string;
  /** `ADDRESS/PREFIX-LENGTH`. */
  readonly links: readonly string[] | undefined;
  readonly loaded: LoadedVersions;
  readonly notLoaded: readonly string[];
  readonly durationMs: number;
  /** The uid of the Node, when there is one. */
  readonly nodeUid: string | undefined;
}

/** A Lease as it is applied: now renewed. */
export function nodeLeaseManifest(content: LeaseContent) {
  const { namespace, node, links, loaded, notLoaded, durationMs, nodeUid } = content;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: nodeLeaseName(node),
      namespace,
      labels: { [NODE_LEASE_LABEL.name]: NODE_LEASE_LABEL.value },
      annotations: {
        ...(links === undefined ? {} : { [LINKS_ANNOTATION]: links.join() }),
        [LOADED_ANNOTATION]: JSON.stringify(loaded),
        ...(notLoaded.length === 0 ? {} : { [NOT_LOADED_ANNOTATION]: notLoaded.join() }),
      },
      ...(nodeUid === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node, uid: nodeUid }] }),
    },
    spec: {
      holderIdentity: node,
      leaseDurationSeconds: Math.ceil(durationMs / 1_000),
      renewTime: microTime(),
    },
  };
}

/** Reads a node's Lease; undefined for one without a holder. Annotations that cannot be read say nothing. */
export function readNodeLease({ metadata, spec = {} }: LeaseObject): KnownLease | undefined {
  const { holderIdentity = '', leaseDurationSeconds = 1, renewTime = '' } = spec;
  if (holderIdentity === '') return undefined;
  const { name, uid, resourceVersion, annotations = {} } = metadata;
  const links = annotations[LINKS_ANNOTATION];
  const loaded = readVersions(annotations[LOADED_ANNOTATION]);
  const notLoaded = listed(annotations[NOT_LOADED_ANNOTATION]);
  return {
    metadata: { name, uid, resourceVersion },
    renewTime,
    durationMs: leaseDurationSeconds * 1_000,
    node: {
      name: holderIdentity,
      links: links === undefined ? undefined : listed(links).flatMap((link) => parseLink(link) ?? []),
      loaded,
      notLoaded: new Set(notLoaded),
    },
    fingerprint: JSON.stringify([holderIdentity, links, loaded, notLoaded]),
  };
}

const listed = (text = ''): string[] => text.split(',').filter((part) => part !== '');

function readVersions(text = ''): LoadedVersions {
  const known: Record<string, unknown> = {};
  try {
    Object.assign(known, JSON.parse(text));
  } catch {
    // Nothing is known to be loaded.
  }
  const versionOf = (value: unknown): string => (typeof value === 'string' ? value : '0');
  return { gateways: versionOf(known.gateways), listenersets: versionOf(known.listenersets) };
}
