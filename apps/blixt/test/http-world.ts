import { join } from 'node:path';
import { backendRef, endpointSlice, type ModelObject, service } from '@blixt/gateway-model';
import type { LabProcess, StandardTopology } from '@blixt/lab';
import type { HttpReport } from './agents/http-client.ts';

const START = 30_000;
const HTTP_PORT = 8000;

/** The path of a script that runs in a namespace. */
export const agent = (name: string): string => join(import.meta.dirname, 'agents', `${name}.ts`);

/** Starts an HTTP server at every backend of the lab; its answers name it. */
export async function startHttpServers({ backends }: StandardTopology): Promise<void> {
  for (const { name, namespace } of backends) {
    const server = namespace.start(process.execPath, [agent('http-server'), name, String(HTTP_PORT)]);
    await server.ready((output) => output.includes('listening'), START);
  }
}

/** Starts a client that sends `count` requests (0: until it is killed). */
export function startHttpClient({ clients }: StandardTopology, origin: string, count = 0): LabProcess {
  const [client] = clients;
  if (client === undefined) throw new Error('the lab has no client');
  return client.namespace.start(process.execPath, [agent('http-client'), origin, String(count)]);
}

/** What came of all requests of the client. */
export async function httpReport(client: LabProcess): Promise<HttpReport> {
  await client.ended();
  return lastReport(client);
}

/** What came of the client's requests until now. */
export function lastReport({ output }: LabProcess): HttpReport {
  const line = output.split('\n').findLast((it) => it.startsWith('{') && it.endsWith('}'));
  return line === undefined ? { answers: {}, last: '', failed: {} } : JSON.parse(line);
}

/** A Service whose endpoint is a backend of the lab, in both families; it has the backend's name. */
export function backend({ backends }: StandardTopology, name: string): ModelObject[] {
  const host = backends.find((it) => it.name === name);
  if (host === undefined) throw new Error(`the lab has no backend ${name}`);
  const ports = [{ name: '', port: HTTP_PORT, protocol: 'TCP' as const }];
  return [
    service(name, [80]),
    endpointSlice({ service: name, endpoints: [host.ipv4], ports }, { name: `${name}-4` }),
    endpointSlice(
      { service: name, addressType: 'IPv6', endpoints: [host.ipv6], ports },
      { name: `${name}-6` },
    ),
  ];
}

/** BackendRefs to the Services of backends, by weight. */
export const weighted = (weights: Readonly<Record<string, number>>) =>
  Object.entries(weights).map(([name, weight]) => backendRef(name, 80, { weight }));
