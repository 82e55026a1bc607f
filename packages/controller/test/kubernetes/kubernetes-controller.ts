import type { ControlPlane } from '@blixt/cluster';
import { expect, onTestFinished } from 'vitest';
import { ClassAddresses } from '../../src/class-addresses.ts';
import { Controller } from '../../src/controller.ts';
import type { ApiClient } from '../../src/kubernetes/api-client.ts';
import {
  GatewayServices,
  type GatewayServicesOptions,
} from '../../src/kubernetes/infrastructure/gateway-services.ts';
import { ServiceAddresses } from '../../src/kubernetes/infrastructure/service-addresses.ts';
import { KubernetesSource } from '../../src/kubernetes/kubernetes-source.ts';
import { KubernetesStatusWriter } from '../../src/kubernetes/kubernetes-status-writer.ts';
import { NodeAddresses } from '../../src/kubernetes/node-addresses.ts';
import type { NodeGroup } from '../../src/kubernetes/nodes/node-group.ts';
import { PoolAddresses } from '../../src/pool-addresses.ts';
import { eventually } from '../eventually.ts';
import { MemoryDataPlane } from '../memory-data-plane.ts';
import { RecordingLogger } from '../recording-logger.ts';
import { clientOf } from './test-server.ts';

const QUICK = { baseMs: 20, maxMs: 200 };

/** What differs from the plain case. */
export interface KubernetesControllerSettings {
  /** What the source asks. Default: an administrator's. */
  readonly client?: ApiClient;
  /** What statuses are written with. Default: the source's. */
  readonly writerClient?: ApiClient;
  readonly pool?: readonly string[];
  readonly dataPlane?: MemoryDataPlane;
  /** Whether it leads from the start. Default true. */
  readonly leads?: boolean;
  readonly writesPerSecond?: number;
  /** Makes Services for Gateways, with these settings. Default: it does not. */
  readonly services?: Partial<GatewayServicesOptions>;
  /** Tells others what is loaded, and waits for them. Default: there are no others. */
  readonly group?: NodeGroup;
}

/** A controller that works on a real API server, with a data plane in memory; it ends with the test. */
export function kubernetesController(cluster: ControlPlane, settings: KubernetesControllerSettings = {}) {
  const logger = new RecordingLogger();
  const client = settings.client ?? clientOf(cluster);
  const dataPlane = settings.dataPlane ?? new MemoryDataPlane();
  const source = new KubernetesSource({ client, logger, backoff: QUICK });
  const statusWriter = new KubernetesStatusWriter({
    client: settings.writerClient ?? client,
    source,
    logger,
    backoff: QUICK,
    ...(settings.writesPerSecond !== undefined && { writesPerSecond: settings.writesPerSecond }),
  });
  const pool = new PoolAddresses({
    ranges: settings.pool ?? [],
    isLeading: () => statusWriter.isLeading,
  });
  const nodes = new NodeAddresses({ client, logger });
  const services =
    settings.services && new GatewayServices({ client, logger, backoff: QUICK, ...settings.services });
  const addresses = new ClassAddresses({
    Pool: pool,
    Node: nodes,
    ...(services && { Service: new ServiceAddresses(services) }),
  });
  const { group } = settings;
  const retryDelay = { base: 10, max: 50 };
  const controller = new Controller({
    source,
    dataPlane,
    statusWriter,
    addresses,
    logger,
    retryDelay,
    ...(services && { infrastructure: services }),
    ...(group && { loadGate: group.loadGate, onLoaded: (report) => group.loaded(report) }),
  });
  const term = new AbortController();
  const stop = async (): Promise<void> => {
    term.abort();
    await controller.stop();
    await statusWriter.stop();
    await nodes.stop();
    await services?.stop();
    await client.close();
  };
  onTestFinished(stop);
  /** Resolves when everything is loaded and written. */
  const start = async (): Promise<void> => {
    await services?.start();
    await group?.start();
    await controller.start();
    if (settings.leads === false) return;
    void statusWriter.lead(term.signal);
    void services?.lead(term.signal);
    await eventually(() => expect(statusWriter.isLeading).toBe(true));
    await settled();
  };
  /** Resolves when nothing is under way. */
  const settled = async (): Promise<void> => {
    do {
      await new Promise((resolve) => setTimeout(resolve, 50));
      await controller.idle();
      await statusWriter.idle();
      await services?.idle();
    } while (statusWriter.pending > 0);
  };
  return { controller, source, statusWriter, services, dataPlane, logger, term, start, settled, stop };
}
