import { type ControlPlane, installCrds, isSuccess, type ReportProgress } from '@blixt/cluster';
import { metalLbController, metalLbCrds } from './binary.ts';

const NAMESPACE = 'metallb-system';
const POOLS = `/apis/metallb.io/v1beta1/namespaces/${NAMESPACE}/ipaddresspools`;

/** Settings of {@link startMetalLb}. */
export interface MetalLbOptions {
  /** `spec.loadBalancerClass` of the Services that it looks after. Default: those without one. */
  readonly loadBalancerClass?: string;
  /** Called with a line now and then while it is built. */
  readonly report?: ReportProgress;
}

/**
 * MetalLB's controller, which gives addresses of its pools to Services of type LoadBalancer. Its speaker, which
 * announces them, is not here: that takes nodes.
 */
export class MetalLb {
  readonly #cluster: ControlPlane;

  /** @internal Use {@link startMetalLb}. */
  constructor(cluster: ControlPlane) {
    this.#cluster = cluster;
  }

  /** Makes a pool, or replaces what it has: CIDR blocks, and `first-last`. */
  async setPool(name: string, addresses: readonly string[]): Promise<void> {
    await ask(this.#cluster, 'PATCH', `${POOLS}/${name}?fieldManager=test&force=true`, {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'IPAddressPool',
      metadata: { name },
      spec: { addresses },
    });
  }

  /** Deletes a pool. */
  async deletePool(name: string): Promise<void> {
    await ask(this.#cluster, 'DELETE', `${POOLS}/${name}`);
  }
}

async function ask(cluster: ControlPlane, method: string, path: string, body?: object): Promise<void> {
  const contentType = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json';
  const answer = await cluster.request(method, path, {
    contentType,
    ...(body === undefined ? {} : { body }),
  });
  // What an earlier start of it made is still there.
  if (isSuccess(answer) || answer.status === 409) return;
  throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

/**
 * Installs MetalLB's CRDs on a control plane and starts its controller, which goes with the control plane. Webhooks
 * are off: they need a Service that reaches it.
 *
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, `CLUSTER_BUILD_FAILED`, `CLUSTER_INSTALL_FAILED`
 */
export async function startMetalLb(cluster: ControlPlane, options: MetalLbOptions = {}): Promise<MetalLb> {
  const { loadBalancerClass, report = () => undefined } = options;
  const command = await metalLbController(report);
  await installCrds(cluster, await metalLbCrds());
  await ask(cluster, 'POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  cluster.startDaemon({
    name: 'metallb',
    command,
    args: [
      `--kubeconfig=${cluster.kubeconfigPath}`,
      `--namespace=${NAMESPACE}`,
      '--webhook-mode=disabled',
      // Any free port.
      '--port=0',
      ...(loadBalancerClass === undefined ? [] : [`--lb-class=${loadBalancerClass}`]),
    ],
    directory: cluster.directory,
  });
  return new MetalLb(cluster);
}
