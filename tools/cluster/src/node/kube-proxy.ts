import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { DaemonOptions } from '../daemon.ts';
import { type Identity, identity } from '../identity.ts';
import { type NodeSite, POD_RANGES } from './node-network.ts';

/** Bound to system:node-proxier by the API server itself. */
export const kubeProxyIdentity = (): Identity => identity('system:kube-proxy', []);

/** https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/ */
function kubeProxyConfig(kubeconfig: string, { name }: NodeSite): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig },
    hostnameOverride: name,
    clusterCIDR: `${POD_RANGES.ipv4},${POD_RANGES.ipv6}`,
    // Sizes of conntrack tables are the machine's.
    conntrack: { maxPerCore: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    nftables: { minSyncPeriod: '0s' },
  };
}

/** Writes kube-proxy's configuration; tells how to start it. It serves Services' cluster addresses in a node. */
export function kubeProxyDaemon(
  binary: string,
  directory: string,
  site: NodeSite,
  kubeconfig: string,
): DaemonOptions {
  const config = join(directory, 'kube-proxy.yaml');
  writeFileSync(config, stringify(kubeProxyConfig(kubeconfig, site)));
  return {
    name: `kube-proxy-${site.name}`,
    command: binary,
    args: [`--config=${config}`],
    directory,
    namespacePath: site.namespace.path,
  };
}
