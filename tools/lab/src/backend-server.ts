import { fileURLToPath } from 'node:url';
import type { LabProcess } from './lab-process.ts';
import type { Namespace } from './namespace.ts';

/** The ports that the lab's servers listen on, host order. */
export const TCP_PORT = 8080;
export const UDP_PORT = 8053;

/** How a lab's server is started. */
export interface BackendServerOptions {
  /** What it calls itself towards clients. Default: the namespace's role. */
  readonly name?: string;
  /** Default 8080. */
  readonly tcpPort?: number;
  /** Default 8053. */
  readonly udpPort?: number;
}

/**
 * Starts a server in a namespace, on IPv4 and IPv6, and waits until it listens.
 *
 * TCP: it sends its name and a newline at once, then echoes; UDP: it answers `NAME:PAYLOAD`.
 *
 * @throws LabError `LAB_PROCESS_NOT_READY` with its output.
 */
export async function startBackendServer(
  namespace: Namespace,
  options: BackendServerOptions = {},
): Promise<LabProcess> {
  const server = namespace.start(process.execPath, [
    fileURLToPath(new URL('./agents/server.ts', import.meta.url)),
    options.name ?? namespace.role,
    String(options.tcpPort ?? TCP_PORT),
    String(options.udpPort ?? UDP_PORT),
  ]);
  await server.ready((output) => output.includes('ready\n'));
  return server;
}
