import {
  applyManifests,
  type Cluster,
  type ControlPlane,
  installCrds,
  isSuccess,
  type ReportProgress,
  until,
} from '@blixt/cluster';
import { metalLbBinary, metalLbCrds } from './binaries.ts';

const NAMESPACE = 'metallb-system';
const API = { apiVersion: 'metallb.io/v1beta1' } as const;
const SPEAKER_POD = 'speaker';

/** Settings of {@link startMetalLb}. */
export interface MetalLbOptions {
  /** `spec.loadBalancerClass` of the Services that it looks after. Default: those without one. */
  readonly loadBalancerClass?: string;
  /** Called with a line now and then while it is built. */
  readonly report?: ReportProgress;
}

/** MetalLB's controller, which gives addresses of its pools to Services of type LoadBalancer. */
export class MetalLb {
  readonly #control: ControlPlane;

  /** @internal Use {@link startMetalLb}. */
  constructor(control: ControlPlane) {
    this.#control = control;
  }

  /** Makes a pool, or replaces what it has: CIDR blocks, and `first-last`. */
  async setPool(name: string, addresses: readonly string[]): Promise<void> {
    const metadata = { name, namespace: NAMESPACE };
    const pool = { ...API, kind: 'IPAddressPool', metadata, spec: { addresses } };
    await applyManifests(this.#control, [pool]);
  }

  /** Deletes a pool. */
  async deletePool(name: string): Promise<void> {
    const path = `/apis/${API.apiVersion}/namespaces/${NAMESPACE}/ipaddresspools/${name}`;
    const answer = await this.#control.request('DELETE', path);
    if (!isSuccess(answer)) throw new Error(`DELETE ${path}: ${JSON.stringify(answer.body)}`);
  }
}

/** Whom a program asks, and about what. */
const commonArgs = (control: ControlPlane): string[] => [
  `--kubeconfig=${control.kubeconfigPath}`,
  `--namespace=${NAMESPACE}`,
  // Any free port.
  '--port=0',
];

/**
 * Installs MetalLB's CRDs on a control plane and starts its controller, which goes with the control plane. Webhooks
 * are off: they need a Service that reaches it.
 *
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, `CLUSTER_BUILD_FAILED`, `CLUSTER_INSTALL_FAILED`
 */
export async function startMetalLb(control: ControlPlane, options: MetalLbOptions = {}): Promise<MetalLb> {
  const { loadBalancerClass, report = () => undefined } = options;
  const command = await metalLbBinary('controller', report);
  await installCrds(control, await metalLbCrds());
  await applyManifests(control, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }]);
  control.startDaemon({
    name: 'metallb',
    command,
    args: [
      ...commonArgs(control),
      '--webhook-mode=disabled',
      ...(loadBalancerClass === undefined ? [] : [`--lb-class=${loadBalancerClass}`]),
    ],
    directory: control.directory,
  });
  return new MetalLb(control);
}

/**
 * Starts MetalLB's speaker on each node of a cluster that its controller works in, and has them announce the addresses
 * of all pools by ARP and neighbour discovery. They go with the cluster.
 *
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, `CLUSTER_BUILD_FAILED`, `CLUSTER_INSTALL_FAILED`
 */
export async function startMetalLbSpeakers(
  { control, nodes }: Cluster,
  report: ReportProgress = () => undefined,
): Promise<void> {
  const command = await metalLbBinary('speaker', report);
  // Speakers want to know a pod that they run in; this one never gets an image.
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: NAMESPACE, name: SPEAKER_POD },
    spec: { containers: [{ name: SPEAKER_POD, image: 'none' }], nodeName: nodes[0]?.name },
  };
  const everything = { ...API, kind: 'L2Advertisement', metadata: { namespace: NAMESPACE, name: 'all' } };
  await until(control, `${NAMESPACE} has no service account yet`, async () => {
    const answer = await control.request('GET', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default`);
    return isSuccess(answer) ? answer : JSON.stringify(answer.body);
  });
  await applyManifests(control, [pod, everything]);
  for (const { name, site } of nodes) {
    control.startDaemon({
      name: `metallb-speaker-${name}`,
      command,
      args: [...commonArgs(control), `--node-name=${name}`, `--pod-name=${SPEAKER_POD}`],
      directory: control.directory,
      namespacePath: site.namespace.path,
    });
  }
}
