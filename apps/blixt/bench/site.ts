import { join } from 'node:path';
import {
  applyManifests,
  type ControlPlane,
  type Identity,
  identity,
  installGatewayApi,
  kubeProxyIdentity,
  NodeNetwork,
  type NodeSite,
  readManifests,
  startControlPlane,
  writeKubeconfig,
} from '@blixt/cluster';
import { gatewayApiVersion, gatewayClass } from '@blixt/gateway-model';
import { create } from './world.ts';

const RBAC = join(import.meta.dirname, '..', 'deploy', 'rbac.yaml');
const CONNECTIONS = 32;

/** Counters of the API server, of requests by their labels. */
export interface RequestCount {
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  readonly code: string;
  readonly count: number;
}

/** A network with a node for each contender, and the API server beside them. */
export class BenchSite implements AsyncDisposable {
  readonly network: NodeNetwork;
  readonly control: ControlPlane;
  readonly blixt: NodeSite;
  readonly rival: NodeSite;
  readonly #identities: { readonly blixt: Identity; readonly rival: Identity };

  private constructor(
    network: NodeNetwork,
    control: ControlPlane,
    sites: { readonly blixt: NodeSite; readonly rival: NodeSite },
    identities: { readonly blixt: Identity; readonly rival: Identity },
  ) {
    this.network = network;
    this.control = control;
    this.blixt = sites.blixt;
    this.rival = sites.rival;
    this.#identities = identities;
  }

  static async start(): Promise<BenchSite> {
    const network = new NodeNetwork(['blixt', 'rival']);
    try {
      const [blixt, rival] = network.nodes;
      if (blixt === undefined || rival === undefined) throw new Error('the network has no nodes');
      // With the rights and the share of the API server's attention that it has in a cluster.
      const account = [
        'system:serviceaccounts',
        'system:serviceaccounts:blixt-system',
        'system:authenticated',
      ];
      const identities = {
        blixt: identity('system:serviceaccount:blixt-system:blixt', account),
        rival: kubeProxyIdentity(),
      };
      const control = await startControlPlane({
        connections: CONNECTIONS,
        report: console.error,
        site: { address: network.address.ipv4, identities: Object.values(identities) },
      });
      await installGatewayApi(control, gatewayApiVersion);
      await applyManifests(control, readManifests(RBAC));
      await create(control, '/apis/gateway.networking.k8s.io/v1/gatewayclasses', gatewayClass());
      for (const site of [blixt, rival]) await createNode(control, site);
      return new BenchSite(network, control, { blixt, rival }, identities);
    } catch (error) {
      network.lab.dispose();
      throw error;
    }
  }

  /** The kubeconfig of a contender. */
  kubeconfig(contender: 'blixt' | 'rival'): string {
    const { url, certificateAuthority, directory } = this.control;
    const { token } = this.#identities[contender];
    return writeKubeconfig(join(directory, `${contender}.kubeconfig`), { url, token, certificateAuthority });
  }

  /** How many requests the API server has answered, by their labels (its metric apiserver_request_total). */
  async requests(): Promise<RequestCount[]> {
    const { body } = await this.control.request('GET', '/metrics');
    const counts: RequestCount[] = [];
    for (const [, labels = '', value] of String(body).matchAll(/^apiserver_request_total\{(.*)\} (\S+)$/gm)) {
      const label = (name: string): string => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
      counts.push({
        verb: label('verb'),
        resource: label('resource'),
        subresource: label('subresource'),
        code: label('code'),
        count: Number(value),
      });
    }
    return counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.control.stop();
    this.network.lab.dispose();
    await stopped;
  }
}

/** kube-proxy asks which addresses its node has. */
async function createNode(control: ControlPlane, { name, address }: NodeSite): Promise<void> {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name } };
  await create(control, '/api/v1/nodes', node);
  const addresses = [{ type: 'InternalIP', address: address.ipv4 }];
  await control.request('PATCH', `/api/v1/nodes/${name}/status`, {
    contentType: 'application/merge-patch+json',
    body: { status: { addresses } },
  });
}
