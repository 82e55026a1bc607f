/**
 * One of several nodes, as a process: prints the addresses of 192.0.2.1 to .24 that it answers for, a line of JSON,
 * whenever they may be others. Settings by environment: API_SERVER, TOKEN, CA_DATA, NODE, LEASE_MS.
 */
import { KubeConfig } from '@kubernetes/client-node';
import { ApiClient, NodeGroup } from '../../src/index.ts';

const { API_SERVER = '', TOKEN = '', CA_DATA = '', NODE = '', LEASE_MS = '' } = process.env;

const config = new KubeConfig();
config.loadFromClusterAndUser(
  {
    name: 'test',
    server: API_SERVER,
    caData: CA_DATA,
    skipTLSVerify: false,
    tlsServerName: 'kubernetes.default.svc',
  },
  { name: 'test', token: TOKEN },
);
const group = new NodeGroup({
  client: new ApiClient(config),
  namespace: 'default',
  node: NODE,
  links: () => ['192.0.2.250/24'],
  leaseDurationMs: Number(LEASE_MS),
  renewMs: 500,
});
const addresses = Array.from({ length: 24 }, (_, index) => `192.0.2.${index + 1}`);
group.election.onChange(() =>
  console.log(JSON.stringify(addresses.filter((it) => group.election.isOurs(it)))),
);
await group.start();
group.loaded({ loaded: [], failed: [], released: [] });

process.on('SIGTERM', async () => {
  await group.stop();
  process.exit(0);
});
