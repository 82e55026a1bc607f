import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { DaemonOptions } from '../daemon.ts';
import { type Identity, identity } from '../identity.ts';
import { containerdSocket } from './containerd.ts';
import type { NodeSite } from './node-network.ts';

/** Whom the API server's node authorizer takes for the kubelet of a node. */
export const kubeletIdentity = (node: string): Identity => identity(`system:node:${node}`, ['system:nodes']);

/** https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
function kubeletConfig(directory: string, cgroup: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    // Nobody but the cluster's own hosts can reach it.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${containerdSocket(directory)}`,
    podLogsDir: join(directory, 'pod-logs'),
    resolvConf: '',
    // All pods are in the cluster's cgroup, by which they are found when it is taken down.
    cgroupRoot: `/${cgroup}`,
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    // The disk is the machine's: how full it is, is nothing that pods should be evicted for.
    evictionHard: {},
    localStorageCapacityIsolation: false,
    nodeStatusUpdateFrequency: '5s',
    registerNode: true,
    serializeImagePulls: false,
    // What pods wait for is looked at at once, not at the next minute's turn.
    syncFrequency: '10s',
  };
}

/** What a node's kubelet is started with. */
export interface KubeletOptions {
  readonly binary: string;
  readonly directory: string;
  readonly site: NodeSite;
  readonly kubeconfig: string;
  /** Of the node's pods: a path below the root of every hierarchy. */
  readonly cgroup: string;
}

/** Writes a kubelet's configuration; tells how to start it. */
export function kubeletDaemon({
  binary,
  directory,
  site,
  kubeconfig,
  cgroup,
}: KubeletOptions): DaemonOptions {
  const config = join(directory, 'kubelet.yaml');
  const root = join(directory, 'kubelet');
  mkdirSync(root);
  writeFileSync(config, stringify(kubeletConfig(directory, cgroup)));
  return {
    name: `kubelet-${site.name}`,
    command: binary,
    args: [
      `--config=${config}`,
      `--kubeconfig=${kubeconfig}`,
      `--hostname-override=${site.name}`,
      `--node-ip=${site.address.ipv4},${site.address.ipv6}`,
      `--root-dir=${root}`,
    ],
    directory,
    namespacePath: site.namespace.path,
  };
}
