import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LabProcess, Namespace } from '@blixt/lab';
import { LoadBalancer, type LoadBalancerOptions, type Service } from '../../src/index.ts';
import { native } from '../../src/native.ts';

/** Small enough that a test can reach them. */
export const SMALL_LIMITS = {
  flows: 4096,
  services: 8,
  backends: 32,
  natSlots: 65_536,
  maglevSlots: 32_768,
  localFlows: 1024,
};

/** Moves this test's process; everything after it sees the interfaces of that namespace. */
export function enter(namespace: Namespace): void {
  native().enterNamespace(namespace.path);
}

export function open(pinDirectory: string, options: LoadBalancerOptions = {}): LoadBalancer {
  return LoadBalancer.open({ limits: SMALL_LIMITS, ...options, pinDirectory });
}

/** What {@link startDriver} is told. */
export interface DriverJob {
  readonly options: LoadBalancerOptions;
  readonly interfaces: readonly string[];
  readonly services: readonly Service[];
  /** Default: none. */
  readonly announce?: readonly string[];
}

/** What a driver is told while it runs; it answers by the message `done`. */
export interface DriverOrder {
  readonly announce: readonly string[];
}

/** Another process that opens, attaches, applies, and then holds on until it is killed. */
export async function startDriver(namespace: Namespace, job: DriverJob): Promise<LabProcess> {
  const script = fileURLToPath(new URL('./driver.ts', import.meta.url));
  const driver = namespace.start(process.execPath, [script, JSON.stringify(job)], { ipc: true });
  await driver.ready((output) => output.includes('ready\n'), 60_000);
  return driver;
}

/** Tells a driver what to do, and waits until it is done. */
export async function order(driver: LabProcess, what: DriverOrder): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  driver.onMessage(() => resolve());
  driver.send({ ...what });
  await promise;
}

/** Everything that is pinned below an instance's directory; empty when nothing is. */
export function pinsOf(directory: string): string[] {
  return existsSync(directory)
    ? readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()
    : [];
}
