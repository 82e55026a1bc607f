/** A folder of manifests with a controller that watches it, and short ways to write what is in it. */
import { mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { ClassAddresses } from '../src/class-addresses.ts';
import { Controller } from '../src/controller.ts';
import { DirectorySource } from '../src/directory-source.ts';
import { DirectoryStatusWriter } from '../src/directory-status-writer.ts';
import { PoolAddresses } from '../src/pool-addresses.ts';
import { MemoryDataPlane } from './memory-data-plane.ts';
import { RecordingLogger } from './recording-logger.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const CLASS = `
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: blixt}
spec: {controllerName: gateway.networking.k8s.io/blixt}
`;

export const gateway = (name: string, spec = '', rest = ''): string => `
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: ${name}${rest}}
spec:
  gatewayClassName: blixt
  listeners: [{name: web, protocol: TCP, port: 80}]
  ${spec}
`;

export const at = (address: string): string => `addresses: [{value: ${address}}]`;

export const route = (name: string, parent: string, backends: Readonly<Record<string, number>>): string => `
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: ${name}}
spec:
  parentRefs: ${JSON.stringify(parent.split(' ').map((it) => ({ name: it })))}
  rules:
    - backendRefs: ${JSON.stringify(Object.entries(backends).map(([name, weight]) => ({ name, port: 80, weight })))}
`;

export const service = (name: string, address: string): string => `
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ${name}-1, labels: {kubernetes.io/service-name: ${name}}}
addressType: IPv4
ports: [{port: 8080, protocol: TCP}]
endpoints: [{addresses: ["${address}"]}]
`;

/** What differs from the plain case. */
export interface Settings {
  readonly pool?: readonly string[];
  readonly dataPlane?: MemoryDataPlane;
  readonly now?: () => Date;
}

export class DirectoryWorld {
  readonly directory = join(temporaryDirectory(), 'config');
  readonly statusDirectory = join(temporaryDirectory(), 'status');

  constructor(files: Readonly<Record<string, string>>) {
    mkdirSync(this.directory);
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.directory, `.${name}`), text);
    renameSync(join(this.directory, `.${name}`), join(this.directory, name));
  }

  remove(name: string): void {
    unlinkSync(join(this.directory, name));
  }

  async start(settings: Settings = {}) {
    const logger = new RecordingLogger();
    const dataPlane = settings.dataPlane ?? new MemoryDataPlane();
    const controller = new Controller({
      source: new DirectorySource(this.directory, { logger }),
      dataPlane,
      statusWriter: await DirectoryStatusWriter.open(this.statusDirectory),
      addresses: new ClassAddresses({ Pool: new PoolAddresses({ ranges: settings.pool ?? [] }) }),
      logger,
      retryDelay: { base: 10, max: 50 },
      ...(settings.now && { now: settings.now }),
    });
    onTestFinished(() => controller.stop());
    const started = controller.start();
    return { controller, dataPlane, logger, started };
  }

  status(file: string): {
    conditions?: object[];
    listeners?: { conditions: object[] }[];
    parents?: { conditions: object[] }[];
    addresses?: { value: string }[];
  } {
    return parse(readFileSync(join(this.statusDirectory, file), 'utf8')).status;
  }

  files(): string[] {
    return readdirSync(this.statusDirectory).sort();
  }
}

export const condition = (type: string, status: string, reason: string): unknown =>
  expect.arrayContaining([expect.objectContaining({ type, status, reason })]);
