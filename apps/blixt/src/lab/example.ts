import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  applyManifests,
  at,
  type Cluster,
  echoImage,
  hasCondition,
  listAt,
  objectPath,
  type ReportProgress,
  readManifests,
  until,
} from '@blixt/cluster';

/** The Gateway of lab/example.yaml, at work. */
export interface ExampleGateway {
  readonly namespace: string;
  readonly name: string;
  readonly addresses: readonly string[];
  /** Commands for this machine's shell that get answers from its pods. */
  readonly tries: readonly string[];
}

const MANIFEST = fileURLToPath(new URL('lab/example.yaml', import.meta.resolve('@blixt/blixt/package.json')));
const GATEWAY = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' };
const NAME = { namespace: 'example', name: 'example' };
const TCP_PORT = 80;
const UDP_PORT = 5300;
const TRY_TIMEOUT_MS = 1_000;

/** What a TCP connection brings until it is closed; undefined when there is none. */
async function readAll(host: string, port: number): Promise<string | undefined> {
  const socket = connect({ host, port, timeout: TRY_TIMEOUT_MS });
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('timeout', () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, 'end');
    return text;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

const urlHost = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** Commands that every Linux has. */
const triesOf = (address: string): readonly string[] => [
  `curl -s 'http://${urlHost(address)}'`,
  `bash -c 'exec 3<>/dev/udp/${address}/${UDP_PORT}; echo hello >&3; timeout 2 head -n 1 <&3'`,
];

/**
 * Makes the example's objects, and waits until an answer of its pods comes back through its Gateway; undefined when
 * the cluster's CRDs have no kinds for it.
 *
 * @throws ClusterError `CLUSTER_BUILD_FAILED`, `CLUSTER_INSTALL_FAILED`, `CLUSTER_NOT_READY`
 */
export async function startExample(
  cluster: Cluster,
  report: ReportProgress,
): Promise<ExampleGateway | undefined> {
  const { control } = cluster;
  const manifests = readManifests(MANIFEST);
  for (const manifest of manifests) {
    if ((await objectPath(control, manifest)) !== undefined) continue;
    report(`no example: the CRDs do not serve ${manifest.kind} of ${manifest.apiVersion}`);
    return undefined;
  }
  report('the example: a Gateway, a TCPRoute, a UDPRoute, and two pods');
  await cluster.loadImage(await echoImage());
  await applyManifests(control, manifests);
  const path = (await objectPath(control, { ...GATEWAY, metadata: NAME })) ?? '';
  const { body } = await until(control, 'Gateway example/example is not programmed', async () => {
    const answer = await control.request('GET', path);
    return hasCondition(answer.body, 'Programmed') ? answer : JSON.stringify(at(answer.body, 'status'));
  });
  const addresses = listAt(body, 'status', 'addresses').map((address) => String(at(address, 'value')));
  for (const address of addresses) {
    await until(control, `no answer from ${address}:${TCP_PORT}`, async () => {
      const text = await readAll(address, TCP_PORT);
      return text?.includes('from pod') ? { text } : text;
    });
  }
  return { ...NAME, addresses, tries: addresses.flatMap(triesOf) };
}
