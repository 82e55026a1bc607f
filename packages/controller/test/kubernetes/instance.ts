/**
 * One of several instances that stand for election, as a process: prints its log, a line of JSON each. Settings by
 * environment: API_SERVER, LEASE_SERVER (the same by another way), TOKEN, CA_DATA, IDENTITY.
 */
import { KubeConfig } from '@kubernetes/client-node';
import {
  ApiClient,
  Controller,
  KubernetesSource,
  KubernetesStatusWriter,
  LeaderElector,
  type Logger,
  PoolAddresses,
} from '../../src/index.ts';
import { MemoryDataPlane } from '../memory-data-plane.ts';

const { API_SERVER = '', LEASE_SERVER = '', TOKEN = '', CA_DATA = '', IDENTITY = '' } = process.env;

function clientTo(server: string): ApiClient {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'test', server, caData: CA_DATA, skipTLSVerify: false, tlsServerName: 'kubernetes.default.svc' },
    { name: 'test', token: TOKEN },
  );
  return new ApiClient(config);
}

const told = (level: string) => (fields: object, message: string) =>
  process.stdout.write(`${JSON.stringify({ level, message, ...fields, err: undefined })}\n`);
const logger: Logger = {
  debug: told('debug'),
  info: told('info'),
  warn: told('warn'),
  error: told('error'),
};

const client = clientTo(API_SERVER);
const source = new KubernetesSource({ client, logger });
const statusWriter = new KubernetesStatusWriter({ client, source, logger });
const dataPlane = new MemoryDataPlane();
const addresses = new PoolAddresses({
  ranges: ['198.51.100.0/28'],
  isLeading: () => statusWriter.isLeading,
});
const controller = new Controller({ source, dataPlane, statusWriter, addresses, logger });
const elector = new LeaderElector({
  client: clientTo(LEASE_SERVER),
  namespace: 'default',
  name: 'blixt',
  identity: IDENTITY,
  leaseDurationMs: 3_000,
  renewDeadlineMs: 2_000,
  retryPeriodMs: 300,
  logger,
  lead: (signal, isLeader) => statusWriter.lead(signal, isLeader),
});
await controller.start();
elector.start();
logger.info({}, 'ready');
setInterval(() => logger.info({ served: Object.keys(dataPlane.served()) }, 'serves'), 200);

process.on('SIGTERM', async () => {
  await elector.stop();
  await controller.stop();
  process.exit(0);
});
