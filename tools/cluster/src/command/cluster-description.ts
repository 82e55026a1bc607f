import type { Cluster } from '../cluster.ts';
import type { Keeper } from './background.ts';

/** What is to be known of a cluster that another process keeps. */
export interface ClusterDescription {
  readonly url: string;
  readonly kubeconfig: string;
  /** Where logs and data are. */
  readonly directory: string;
  /** Of this machine in the cluster's network. */
  readonly addresses: readonly string[];
  readonly nodes: readonly {
    readonly name: string;
    readonly namespace: string;
    readonly directory: string;
  }[];
}

export const clusterDescription = ({ control, network, nodes }: Cluster): ClusterDescription => ({
  url: control.url,
  kubeconfig: control.kubeconfigPath,
  directory: control.directory,
  addresses: [network.address.ipv4, network.address.ipv6],
  nodes: nodes.map(({ name, site, directory }) => ({ name, namespace: site.namespace.path, directory })),
});

/** Lines for people. */
export const clusterLines = (description: ClusterDescription & Keeper): readonly string[] => [
  `API server   ${description.url}`,
  `kubeconfig   ${description.kubeconfig}`,
  `since        ${description.since}`,
  `logs         ${description.directory}`,
  `this machine ${description.addresses.join(', ')}`,
  ...description.nodes.map(({ name, namespace }) => `${name.padEnd(12)} nsenter --net=${namespace}`),
];
