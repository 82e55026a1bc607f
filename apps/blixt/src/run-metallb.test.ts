/** MetalLB and Blixt on the nodes of a cluster: the one gives and announces an address, the other forwards. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { applyManifests, blixtFiles, startBlixtCluster } from '@blixt/cluster';
import {
  backendRef,
  endpointSlice,
  gateway,
  gatewayApiVersion,
  listener,
  parentRef,
  service,
  tcpRoute,
} from '@blixt/gateway-model';
import { startMetalLb, startMetalLbSpeakers } from '@blixt/metallb';
import { readInstance } from '@blixt/xdp-lb';
import { afterAll, describe, expect, it } from 'vitest';

const CLIENT_HOST = 200;
const SERVER_HOST = 201;
const SERVER_PORT = 9_000;
const PATIENCE_MS = 60_000;

const report = (line: string): void => void process.stderr.write(`metallb: ${line}\n`);

// At the top, where no time limit holds: the first use on a machine builds Kubernetes and MetalLB.
const { cluster, instances } = await startBlixtCluster({
  gatewayApi: { version: gatewayApiVersion, channel: 'standard' },
  files: blixtFiles(import.meta.resolve('../package.json')),
  report,
});
afterAll(() => cluster.stop());
const { control, network } = cluster;
const metalLb = await startMetalLb(control, { report });
await startMetalLbSpeakers(cluster, report);

/** A class whose Gateways have the addresses of Services. */
const balancedClass = [
  {
    apiVersion: 'blixt.dev/v1alpha1',
    kind: 'BlixtParameters',
    metadata: { name: 'balanced' },
    spec: { addresses: { provider: 'Service' } },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'balanced' },
    spec: {
      controllerName: 'gateway.networking.k8s.io/blixt',
      parametersRef: { group: 'blixt.dev', kind: 'BlixtParameters', name: 'balanced' },
    },
  },
];

/** A host outside of the cluster that answers whoever connects with its address. */
async function startServer(): Promise<string> {
  const { namespace, address } = network.join('server', SERVER_HOST);
  const script = `require('net').createServer((socket) => socket.end(socket.remoteAddress)).listen(${SERVER_PORT}, () => console.log('ready'))`;
  const server = spawn(
    'nsenter',
    [`--net=${namespace.path}`, 'setpriv', '--pdeathsig', 'KILL', process.execPath, '-e', script],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  afterAll(() => void server.kill('SIGKILL'));
  await once(server.stdout, 'data');
  return address.ipv4.replace(/\/\d+$/, '');
}

/** What a client outside of the cluster reads from a TCP server; empty when nothing comes. */
function ask(namespacePath: string, address: string, port: number): string {
  const script = `require('net').connect(${port}, '${address}').setTimeout(2000, () => process.exit(0)).on('error', () => {}).pipe(process.stdout)`;
  const args = [`--net=${namespacePath}`, process.execPath, '-e', script];
  return execFileSync('nsenter', args, { encoding: 'utf8' });
}

/** Flows to an address that each node has given to backends. */
const flowsOf = (address: string): number[] =>
  instances.map(({ pinDirectory }) =>
    readInstance(pinDirectory)
      .services.filter((it) => it.address === address)
      .reduce((sum, { flows }) => sum + flows, 0),
  );

describe('an address that MetalLB gives and announces', { timeout: 180_000 }, () => {
  it('is served by Blixt on the node that MetalLB has chosen', async () => {
    const client = network.join('client', CLIENT_HOST).namespace;
    const server = await startServer();
    const address = network.addressOf(99).ipv4.replace(/\/\d+$/, '');
    await metalLb.setPool('pool', [`${address}/32`]);
    await applyManifests(control, [
      ...balancedClass,
      gateway({ gatewayClassName: 'balanced', listeners: [listener('TCP', 80)] }, { name: 'edge' }),
      tcpRoute({ parentRefs: [parentRef('edge')], backendRefs: [backendRef('web', 80)] }, { name: 'web' }),
      service('web', [80]),
      endpointSlice({
        service: 'web',
        endpoints: [server],
        ports: [{ name: '', port: SERVER_PORT, protocol: 'TCP' }],
      }),
    ]);
    let answer = '';
    await expect.poll(() => (answer = ask(client.path, address, 80)), { timeout: PATIENCE_MS }).not.toBe('');
    const flows = flowsOf(address);
    // One node has the address, and the server has seen that node's.
    const chosen = flows.findIndex((count) => count > 0);
    expect(flows.filter((count) => count > 0)).toHaveLength(1);
    const node = cluster.nodes.find(({ name }) => name === instances[chosen]?.node);
    const { stdout } = node?.site.namespace.run('ip', ['-4', '-o', 'addr', 'show', 'eth0']) ?? {};
    expect(stdout).toContain(answer.replace('::ffff:', ''));
  });
});
