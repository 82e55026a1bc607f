/** Nodes on one link that each run `blixt`, with an API server, a backend and a client on it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kubernetesBinary } from '@blixt/cluster';
import {
  backendRef,
  endpointSlice,
  gateway,
  gatewayClass,
  listener,
  type ModelObject,
  parentRef,
  service,
  tcpRoute,
} from '@blixt/gateway-model';
import { Lab, type LabProcess, LoadClient, type Namespace, startBackendServer, TCP_PORT } from '@blixt/lab';
import { COMMAND } from './command.ts';

const START_MS = 120_000;
const API_ADDRESS = '10.9.0.2';
const BACKEND = '10.9.0.20';

/** A node, and the process that runs on it. */
export interface LabNode {
  readonly name: string;
  readonly namespace: Namespace;
  readonly macAddress: string;
  blixt: LabProcess | undefined;
}

/** Objects with a Gateway for each address, all of which lead to the backend. */
function objects(addresses: readonly string[]): ModelObject[] {
  return [
    gatewayClass(),
    service('web', [80]),
    endpointSlice({
      service: 'web',
      endpoints: [BACKEND],
      ports: [{ name: '', port: TCP_PORT, protocol: 'TCP' }],
    }),
    ...addresses.flatMap((address, index) => [
      gateway(
        { listeners: [listener('TCP', 80)], addresses: [{ type: 'IPAddress', value: address }] },
        { name: `edge-${index}` },
      ),
      tcpRoute(
        { parentRefs: [parentRef(`edge-${index}`)], backendRefs: [backendRef('web', 80)] },
        { name: `edge-${index}` },
      ),
    ]),
  ];
}

/** See the top of the file. */
export class NodeWorld implements AsyncDisposable {
  readonly nodes: readonly LabNode[];
  readonly addresses: readonly string[];
  readonly #lab = new Lab();
  readonly #link: Namespace;
  readonly #control: Namespace;
  readonly #client: Namespace;
  #load: LoadClient | undefined;
  #server: LabProcess | undefined;
  #kubeconfig = '';
  #kubectl = '';

  private constructor(names: readonly string[], addresses: readonly string[]) {
    this.addresses = addresses;
    this.#link = this.#lab.namespace('link');
    this.#link.ip('link add bridge type bridge', 'link set bridge up');
    this.#control = this.#host('control', 2);
    this.#client = this.#host('client', 10);
    this.nodes = names.map((name, index) => {
      const namespace = this.#host(name, 31 + index);
      namespace.setSysctls({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });
      return { name, namespace, macAddress: namespace.link('eth0').macAddress, blixt: undefined };
    });
  }

  /** Resolves when the API server is ready and has the objects. Nothing runs on the nodes yet. */
  static async start(names: readonly string[], addresses: readonly string[]): Promise<NodeWorld> {
    const kubectl = await kubernetesBinary('kubectl');
    const world = new NodeWorld(names, addresses);
    world.#kubectl = kubectl;
    await startBackendServer(world.#host('backend', 20));
    world.#load = await LoadClient.start(world.#client);
    const folder = join(world.#lab.directory, 'objects');
    mkdirSync(folder);
    for (const [index, object] of objects(addresses).entries())
      writeFileSync(join(folder, `${100 + index}.json`), JSON.stringify(object));
    const script = join(import.meta.dirname, 'cluster-in-namespace.ts');
    const server = world.#control.start(process.execPath, [script, folder], { env: { API_ADDRESS } });
    world.#server = server;
    await server.ready((output) => output.includes('KUBECONFIG'), START_MS);
    world.#kubeconfig = /KUBECONFIG (.*)/.exec(server.output)?.[1] ?? '';
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Ended and not killed, it takes its folder along.
    await this.#server?.stop();
    this.#lab.dispose();
  }

  /** Starts `blixt` on nodes; resolves when each has loaded its data plane. */
  async run(...nodes: readonly LabNode[]): Promise<void> {
    for (const node of nodes) {
      node.blixt = node.namespace.start(process.execPath, [
        ...[COMMAND, 'run', '--kubeconfig', this.#kubeconfig, '--node-name', node.name, '--announce'],
        ...['--interface', 'eth0', '--pin-dir', `${this.#lab.pinDirectory}/${node.name}`],
        ...['--status-dir', join(this.#lab.directory, node.name)],
      ]);
    }
    for (const { blixt } of nodes) await blixt?.ready((output) => output.includes('"ready"'), START_MS);
  }

  /** What the API server has of a kind, in the namespace `default`. */
  list(kind: string): { readonly metadata: { readonly name: string }; readonly status?: unknown }[] {
    const args = ['--kubeconfig', this.#kubeconfig, 'get', kind, '-o', 'json'];
    return JSON.parse(this.#control.run(this.#kubectl, args).stdout).items;
  }

  /** Addresses that TCP connections of the client, each new, do not get an answer from. */
  async unreachable(): Promise<string[]> {
    const answers = await Promise.all(
      this.addresses.map((address) =>
        this.#load?.requests({
          protocol: 'tcp',
          address,
          port: 80,
          requests: 2,
          concurrency: 1,
          timeoutMs: 900,
        }),
      ),
    );
    return this.addresses.filter((_, index) => answers[index]?.failed !== 0);
  }

  /** The names of the nodes that answer ARP requests of the client, by address. */
  async answering(): Promise<Map<string, string[]>> {
    const capture = this.#client.start('tcpdump', [
      '-lenn',
      '-i',
      'eth0',
      '--immediate-mode',
      'arp[6:2] = 2',
    ]);
    await capture.ready((output) => output.includes('listening on'), START_MS);
    this.#client.ip('neigh flush dev eth0');
    await this.unreachable();
    const isSeen = (output: string): boolean =>
      this.addresses.every((address) => output.includes(`Reply ${address} is-at`));
    await capture.ready(isSeen).catch(() => undefined);
    // For who else would answer.
    await sleep(200);
    await capture.stop();
    return new Map(
      this.addresses.map((address) => [
        address,
        this.nodes
          .filter(({ macAddress }) => capture.output.includes(`Reply ${address} is-at ${macAddress}`))
          .map(({ name }) => name),
      ]),
    );
  }

  #host(role: string, number: number): Namespace {
    const namespace = this.#lab.namespace(role);
    this.#lab.connect({ namespace, interfaceName: 'eth0' }, { namespace: this.#link, interfaceName: role });
    this.#link.ip(`link set ${role} master bridge`);
    namespace.addAddress('eth0', `10.9.0.${number}/24`);
    return namespace;
  }
}
