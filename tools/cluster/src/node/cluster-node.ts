import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from '../control-plane.ts';
import type { Daemon } from '../daemon.ts';
import { ClusterError } from '../errors.ts';
import type { Identity } from '../identity.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { containerdDaemon } from './containerd.ts';
import { ctr, loadImage } from './images.ts';
import { kubeProxyDaemon } from './kube-proxy.ts';
import { kubeletDaemon } from './kubelet.ts';
import type { NodeSite } from './node-network.ts';

const CONTAINERD_TIMEOUT_MS = 30_000;

/** What the daemons of a node are started with. */
export interface NodeBinaries {
  readonly kubelet: string;
  readonly kubeProxy: string;
}

/** Whom the API server knows the daemons of a node as. */
export interface NodeIdentities {
  readonly kubelet: Identity;
  readonly kubeProxy: Identity;
}

/** A node: a network namespace with a containerd, a kubelet and a kube-proxy of its own. */
export class ClusterNode {
  readonly site: NodeSite;
  /** Where its logs and data are. */
  readonly directory: string;
  readonly #control: ControlPlane;
  readonly #containerd: Daemon;

  /** Starts its containerd. */
  constructor(control: ControlPlane, site: NodeSite) {
    this.site = site;
    this.#control = control;
    this.directory = join(control.directory, site.name);
    mkdirSync(this.directory);
    this.#containerd = control.startDaemon(containerdDaemon(this.directory, site));
  }

  get name(): string {
    return this.site.name;
  }

  /** Starts its kubelet, which registers it, and its kube-proxy. */
  join(binaries: NodeBinaries, identities: NodeIdentities, cgroup: string): void {
    const { directory, site } = this;
    const { url, certificateAuthority } = this.#control;
    const configFor = (name: string, { token }: Identity): string =>
      writeKubeconfig(join(directory, `${name}.kubeconfig`), { url, token, certificateAuthority });
    this.#control.startDaemon(
      kubeletDaemon({
        binary: binaries.kubelet,
        directory,
        site,
        kubeconfig: configFor('kubelet', identities.kubelet),
        cgroup,
      }),
    );
    const proxyConfig = configFor('kube-proxy', identities.kubeProxy);
    this.#control.startDaemon(kubeProxyDaemon(binaries.kubeProxy, directory, site, proxyConfig));
  }

  /** @throws ClusterError `CLUSTER_DAEMON_ENDED`, `CLUSTER_NOT_READY` with containerd's log */
  async untilContainerdAnswers(): Promise<void> {
    const deadline = Date.now() + CONTAINERD_TIMEOUT_MS;
    for (;;) {
      try {
        await ctr(this.directory, 'version');
        return;
      } catch (error) {
        if (this.#containerd.failure !== undefined) throw this.#containerd.failure;
        if (Date.now() > deadline) {
          const why = `containerd of ${this.name} does not answer: ${error}\n${this.#containerd.log}`;
          throw new ClusterError('CLUSTER_NOT_READY', why);
        }
        await sleep(100);
      }
    }
  }

  /** As the function of this name. */
  async loadImage(archive: string, name?: string): Promise<void> {
    await loadImage(this.directory, archive, name);
  }
}
