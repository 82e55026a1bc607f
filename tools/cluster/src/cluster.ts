import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSuccess } from './api-client.ts';
import type { ReportProgress } from './binaries/command.ts';
import { kubernetesBinaries } from './binaries/kubernetes-binaries.ts';
import { makeCgroup } from './cgroups.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import {
  controllerManagerDaemon,
  controllerManagerIdentity,
  schedulerDaemon,
  schedulerIdentity,
} from './controllers.ts';
import { ClusterError } from './errors.ts';
import type { Identity } from './identity.ts';
import { pauseImage } from './images/pause-image.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { ClusterNode } from './node/cluster-node.ts';
import { kubeProxyIdentity } from './node/kube-proxy.ts';
import { kubeletIdentity } from './node/kubelet.ts';
import { NodeNetwork } from './node/node-network.ts';
import { readyNodes } from './node/ready-nodes.ts';

/** See {@link startCluster}. */
export interface ClusterOptions {
  /** How many nodes. Default 2; they are called node1, node2, … */
  readonly nodes?: number;
  /** Called with a line for every step, and while binaries are built, which takes minutes the first time. */
  readonly report?: ReportProgress;
  /** How long it may take until all nodes are ready, in milliseconds, once binaries are built. Default 120,000. */
  readonly readyTimeoutMs?: number;
}

/** A running Kubernetes: a control plane, its controllers, and nodes. */
export class Cluster implements AsyncDisposable {
  readonly control: ControlPlane;
  readonly network: NodeNetwork;
  readonly nodes: readonly ClusterNode[];

  /** @internal Use {@link startCluster}. */
  constructor(control: ControlPlane, network: NodeNetwork, nodes: readonly ClusterNode[]) {
    this.control = control;
    this.network = network;
    this.nodes = nodes;
  }

  /** Loads an image from an archive (`docker save`, OCI) into every node. @throws ClusterError */
  async loadImage(archive: string, name?: string): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.loadImage(archive, name)));
  }

  /** Ends everything and removes all that it made. Safe to call again. */
  async stop(): Promise<void> {
    const stopped = this.control.stop();
    this.network.lab.dispose();
    await stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Waits until every node is Ready, and pods can be made: each needs the service account of its namespace. */
async function untilReady(
  control: ControlPlane,
  nodes: readonly ClusterNode[],
  deadline: number,
): Promise<void> {
  for (;;) {
    if (control.failure !== undefined) throw control.failure;
    const ready = readyNodes((await control.request('GET', '/api/v1/nodes')).body);
    const missing = nodes.filter(({ name }) => !ready.includes(name));
    const account = await control.request('GET', '/api/v1/namespaces/default/serviceaccounts/default');
    if (missing.length === 0 && isSuccess(account)) return;
    if (Date.now() > deadline) {
      const what = missing.length === 0 ? ['the service account default'] : missing.map(({ name }) => name);
      const logs = `The daemons' logs are in ${control.directory}`;
      throw new ClusterError('CLUSTER_NOT_READY', `not ready in time: ${what.join(', ')}. ${logs}`);
    }
    await sleep(100);
  }
}

/**
 * Starts a Kubernetes with nodes on this machine: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and
 * nodes as network namespaces with a containerd, a kubelet and a kube-proxy each, dual-stack, with RBAC. What the
 * cache does not have is built first. Needs root. It goes away as a {@link ControlPlane} does.
 *
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, `CLUSTER_BUILD_FAILED`, `CLUSTER_DAEMON_ENDED`, `CLUSTER_NOT_READY`
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { nodes: count = 2, report = () => undefined, readyTimeoutMs = 120_000 } = options;
  const names = Array.from({ length: count }, (_, index) => `node${index + 1}`);
  const [, controllerManager = '', scheduler = '', kubelet = '', kubeProxy = ''] = await kubernetesBinaries(
    ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'],
    report,
  );
  const pause = await pauseImage();
  const deadline = Date.now() + readyTimeoutMs;
  // Before the control plane: on a signal this process takes down first what it made first, pods before their logs.
  const network = new NodeNetwork(names);
  const people = {
    controllerManager: controllerManagerIdentity(),
    scheduler: schedulerIdentity(),
    kubeProxy: kubeProxyIdentity(),
    kubelets: names.map(kubeletIdentity),
  };
  let control: ControlPlane | undefined;
  try {
    report(`starting etcd and kube-apiserver at ${network.address.ipv4}`);
    control = await startControlPlane({
      report,
      readyTimeoutMs,
      site: {
        address: network.address.ipv4,
        identities: [people.controllerManager, people.scheduler, people.kubeProxy, ...people.kubelets],
      },
    });
    report(`starting controllers and ${count} nodes`);
    startControllers(control, network.address.ipv4, { controllerManager, scheduler }, people);
    // Kubelets remove cgroups of pods that they do not know, so that each needs one of its own.
    const cgroup = basename(control.directory);
    makeCgroup(cgroup);
    for (const name of names) makeCgroup(`${cgroup}/${name}`);
    const plane = control;
    const nodes = network.nodes.map((site) => new ClusterNode(plane, site));
    await Promise.all(
      nodes.map(async (node, index) => {
        await node.untilContainerdAnswers();
        await node.loadImage(pause);
        const identity = people.kubelets[index];
        if (identity === undefined) throw new Error(`${node.name} has no identity`);
        node.join(
          { kubelet, kubeProxy },
          { kubelet: identity, kubeProxy: people.kubeProxy },
          `${cgroup}/${node.name}`,
        );
      }),
    );
    await untilReady(control, nodes, deadline);
    report('ready');
    return new Cluster(control, network, nodes);
  } catch (error) {
    const stopped = control?.stop();
    network.lab.dispose();
    await stopped;
    throw error;
  }
}

function startControllers(
  control: ControlPlane,
  address: string,
  binaries: { readonly controllerManager: string; readonly scheduler: string },
  identities: { readonly controllerManager: Identity; readonly scheduler: Identity },
): void {
  const { directory, url, certificateAuthority } = control;
  const configFor = (name: string, { token }: Identity): string =>
    writeKubeconfig(join(directory, `${name}.kubeconfig`), { url, token, certificateAuthority });
  const kcm = configFor('kube-controller-manager', identities.controllerManager);
  control.startDaemon(
    controllerManagerDaemon({ binary: binaries.controllerManager, directory, kubeconfig: kcm, address }),
  );
  const scheduler = configFor('kube-scheduler', identities.scheduler);
  control.startDaemon(
    schedulerDaemon({ binary: binaries.scheduler, directory, kubeconfig: scheduler, address }),
  );
}
