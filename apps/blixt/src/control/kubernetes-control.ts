import {
  AddressRanges,
  ApiClient,
  ClassAddresses,
  Controller,
  type DataPlane,
  KubernetesSource,
  KubernetesStatusWriter,
  LeaderElector,
  type Logger,
  NodeAddresses,
  PoolAddresses,
} from '@blixt/controller';
import type { LeaseName } from '../options.ts';
import type { Control } from './control.ts';

/** Settings of {@link openKubernetes}. */
export interface KubernetesControlOptions {
  /** Path of a kubeconfig; without, the service account of the pod that this process is in. */
  readonly kubeconfig?: string;
  /** The Lease by which the writer of statuses is elected. Default: `blixt` in the namespace of the credentials. */
  readonly lease?: LeaseName;
  readonly pool: readonly string[];
  readonly logger: Logger;
}

/**
 * Objects from the Kubernetes API; statuses go there as well, written by one of all instances.
 *
 * @throws ApiError `ERR_API_CONFIG`, ControllerError `ERR_POOL_CIDR`
 */
export async function openKubernetes(options: KubernetesControlOptions): Promise<Control> {
  const { kubeconfig, pool, logger } = options;
  // What is wrong with it is told before anything is opened.
  new AddressRanges(pool);
  const settings = { userAgent: 'blixt' };
  const client = await (kubeconfig === undefined
    ? ApiClient.inCluster(settings)
    : ApiClient.fromKubeconfig(kubeconfig, settings));
  const { namespace = client.namespace ?? 'default', name = 'blixt' } = options.lease ?? {};
  const source = new KubernetesSource({ client, logger });
  const statusWriter = new KubernetesStatusWriter({ client, source, logger });
  const nodes = new NodeAddresses({ client, logger });
  const addresses = new ClassAddresses({
    Pool: new PoolAddresses({ ranges: pool, isLeading: () => statusWriter.isLeading }),
    Node: nodes,
  });
  const elector = new LeaderElector({
    client,
    namespace,
    name,
    logger,
    lead: (signal, isLeader) => statusWriter.lead(signal, isLeader),
  });
  let controller: Controller | undefined;
  return {
    async start(dataPlane: DataPlane): Promise<number> {
      controller = new Controller({ source, dataPlane, statusWriter, addresses, logger });
      logger.info({ server: client.server, lease: `${namespace}/${name}` }, `watching ${client.server}`);
      await controller.start();
      elector.start();
      return controller.objects.count('Gateway');
    },
    async stop(): Promise<void> {
      // The Lease is given back first, so that another instance goes on at once.
      await elector.stop();
      await controller?.stop();
      await statusWriter.stop();
      await nodes.stop();
      await client.close();
    },
  };
}
