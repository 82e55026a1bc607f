import {
  Background,
  type BlixtInstance,
  blixtFiles,
  type ClusterDescription,
  clusterDescription,
  clusterLines,
  type GatewayApiSource,
  type Keeper,
  startBlixtCluster,
} from '@blixt/cluster';
import { type ExampleGateway, startExample } from './example.ts';

/** How a lab is made. */
export interface LabOptions {
  readonly nodes: number;
  readonly gatewayApi: GatewayApiSource;
  /** Whether there is an example Gateway. */
  readonly example: boolean;
}

/** What is to be known of a lab. */
export interface LabDescription extends ClusterDescription {
  /** Which CRDs it has. */
  readonly gatewayApi: GatewayApiSource;
  readonly blixt: readonly BlixtInstance[];
  readonly example?: ExampleGateway;
}

/** The lab of this machine. */
export const lab: Background<LabDescription> = new Background('lab');

/** Makes a lab and keeps it until SIGTERM. @returns the exit code */
export async function keepLab({ nodes, gatewayApi, example: wanted }: LabOptions): Promise<number> {
  return await lab.keep(async (report) => {
    const files = blixtFiles(import.meta.resolve('@blixt/blixt/package.json'));
    const { cluster, instances } = await startBlixtCluster({ nodes, gatewayApi, files, report });
    try {
      const example = wanted ? await startExample(cluster, report) : undefined;
      return {
        description: {
          ...clusterDescription(cluster),
          gatewayApi,
          blixt: instances,
          ...(example === undefined ? {} : { example }),
        },
        failed: () => cluster.control.failed(),
        [Symbol.asyncDispose]: () => cluster.stop(),
      };
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  });
}

/** Lines for people. */
export function labLines(description: LabDescription & Keeper): readonly string[] {
  const { gatewayApi, blixt, example, kubeconfig } = description;
  const crds = 'folder' in gatewayApi ? gatewayApi.folder : `${gatewayApi.version}, ${gatewayApi.channel}`;
  return [
    ...clusterLines(description),
    `Gateway API  ${crds}`,
    ...blixt.map(({ node, logPath }) => `blixt ${node.padEnd(6)} ${logPath}`),
    ...(example === undefined
      ? []
      : [`Gateway      ${example.namespace}/${example.name}: ${example.addresses.join(', ')}`]),
    '',
    `export KUBECONFIG=${kubeconfig}`,
    ...(example?.tries ?? []),
  ];
}
