import { type Cluster, type ClusterOptions, startCluster } from '../cluster.ts';
import { installCrds } from '../crds.ts';
import { type GatewayApiChannel, installGatewayApi } from '../gateway-api.ts';
import type { BlixtFiles } from './blixt-files.ts';
import { type BlixtInstance, startBlixt } from './blixt-nodes.ts';
import { createGatewayClass } from './gateway-class.ts';

/** Where CRDs of Gateway API come from: a release, or a folder of YAML files. */
export type GatewayApiSource =
  | { readonly version: string; readonly channel: GatewayApiChannel }
  | { readonly folder: string };

/** See {@link startBlixtCluster}. */
export interface BlixtClusterOptions extends ClusterOptions {
  readonly gatewayApi: GatewayApiSource;
  readonly files: BlixtFiles;
}

/** A cluster with Gateway API, Blixt on all nodes, and the GatewayClass `blixt`. */
export interface BlixtCluster {
  readonly cluster: Cluster;
  readonly instances: readonly BlixtInstance[];
}

/**
 * Starts a cluster that Gateways work in. It goes away as a {@link Cluster} does.
 *
 * @throws ClusterError as {@link startCluster}, `installCrds`, {@link startBlixt}
 */
export async function startBlixtCluster(options: BlixtClusterOptions): Promise<BlixtCluster> {
  const { gatewayApi, files, report = () => undefined } = options;
  const cluster = await startCluster(options);
  const { control, network } = cluster;
  try {
    if ('folder' in gatewayApi) {
      report(`CRDs of ${gatewayApi.folder}`);
      await installCrds(control, gatewayApi.folder);
    } else {
      report(`CRDs of Gateway API ${gatewayApi.version}, ${gatewayApi.channel} channel`);
      await installGatewayApi(control, gatewayApi.version, gatewayApi.channel);
    }
    report('Blixt on all nodes');
    const instances = await startBlixt(cluster, files);
    await createGatewayClass(control, network.freeRanges);
    return { cluster, instances };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
