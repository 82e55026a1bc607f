import {
  AddressRanges,
  ApiClient,
  ClassAddresses,
  Controller,
  type DataPlane,
  GatewayServices,
  KubernetesSource,
  KubernetesStatusWriter,
  LeaderElector,
  type Logger,
  NodeAddresses,
  NodeGroup,
  PoolAddresses,
  ServiceAddresses,
} from '@blixt/controller';
import { defaultSupportedFeatures, FeatureName } from '@blixt/gateway-model';
import type { LeaseName } from '../options.ts';
import type { Control } from './control.ts';

/** Settings of {@link openKubernetes}. */
export interface KubernetesControlOptions {
  /** Path of a kubeconfig; without, the service account of the pod that this process is in. */
  readonly kubeconfig?: string;
  /** The Lease by which the writer of statuses is elected. Default: `blixt` in the namespace of the credentials. */
  readonly lease?: LeaseName;
  readonly pool: readonly string[];
  /** Name of the node that this is on. Default: other nodes need not know of it. */
  readonly node?: string;
  /** The links that addresses are announced on, as {@link NodeGroupOptions.links}. Default: none are announced. */
  readonly links?: () => readonly string[];
  readonly logger: Logger;
}

/** What is supported beyond what the model alone honours: addresses are given out, and there are Services. */
const supportedFeatures = [
  ...defaultSupportedFeatures,
  FeatureName.GatewayAddressEmpty,
  FeatureName.GatewayInfrastructure,
  FeatureName.GatewayStaticAddresses,
];

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
  const { node, links } = options;
  const group =
    node === undefined
      ? undefined
      : new NodeGroup({ client, namespace, node, logger, ...(links === undefined ? {} : { links }) });
  const nodes = new NodeAddresses({ client, logger, ...(group === undefined ? {} : { nodes: group }) });
  const services = new GatewayServices({ client, nodes, logger });
  const addresses = new ClassAddresses({
    Pool: new PoolAddresses({ ranges: pool, isLeading: () => statusWriter.isLeading }),
    Node: nodes,
    Service: new ServiceAddresses(services),
  });
  const elector = new LeaderElector({
    client,
    namespace,
    name,
    logger,
    async lead(signal, isLeader) {
      await Promise.all([
        statusWriter.lead(signal, isLeader),
        services.lead(signal, isLeader),
        group?.lead(signal),
      ]);
    },
  });
  let controller: Controller | undefined;
  return {
    ...(group === undefined ? {} : { election: group.election }),
    async start(dataPlane: DataPlane): Promise<number> {
      controller = new Controller({
        source,
        dataPlane,
        statusWriter,
        addresses,
        infrastructure: services,
        ...(group === undefined
          ? {}
          : { loadGate: group.loadGate, onLoaded: (report) => group.loaded(report) }),
        supportedFeatures,
        logger,
      });
      logger.info({ server: client.server, lease: `${namespace}/${name}` }, `watching ${client.server}`);
      await services.start();
      await group?.start();
      await controller.start();
      elector.start();
      return controller.objects.count('Gateway');
    },
    async stop({ keep = false }: { readonly keep?: boolean } = {}): Promise<void> {
      // What is loaded stays as it is, whoever leads.
      const stopped = controller?.stop();
      // The Leases are given back next, so that other instances go on at once.
      await elector.stop();
      await group?.stop({ keep });
      await stopped;
      await statusWriter.stop();
      await services.stop();
      await nodes.stop();
      await client.close();
    },
  };
}
