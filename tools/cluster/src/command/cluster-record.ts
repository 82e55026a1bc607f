import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startTimeOf } from '@blixt/lab';

const RUN = process.env.BLIXT_CLUSTER_RUN ?? '/run/blixt';
/** Where it is written which cluster runs: one for the machine, or for each folder that `BLIXT_CLUSTER_RUN` names. */
export const RECORD_PATH: string = join(RUN, 'cluster.json');
/** What the supervisor writes. */
export const SUPERVISOR_LOG: string = join(RUN, 'cluster.log');

/** The cluster that `up` started. */
export interface ClusterRecord {
  /** Of the process that keeps it. */
  readonly pid: number;
  /** Tells the process from a later one with its pid. */
  readonly startTime: string;
  /** When it was ready, RFC 3339. */
  readonly since: string;
  readonly url: string;
  readonly kubeconfig: string;
  /** Where logs and data are. */
  readonly directory: string;
  /** Of this machine in the cluster's network. */
  readonly addresses: readonly string[];
  readonly nodes: readonly {
    readonly name: string;
    readonly namespace: string;
    readonly directory: string;
  }[];
}

/** The cluster that runs; undefined if none does. */
export function readRecord(): ClusterRecord | undefined {
  let text: string;
  try {
    text = readFileSync(RECORD_PATH, 'utf8');
  } catch {
    return undefined;
  }
  const record: ClusterRecord = JSON.parse(text);
  return startTimeOf(record.pid) === record.startTime ? record : undefined;
}

export function writeRecord(record: ClusterRecord): void {
  mkdirSync(dirname(RECORD_PATH), { recursive: true });
  writeFileSync(RECORD_PATH, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
}

export function removeRecord(): void {
  rmSync(RECORD_PATH, { force: true });
}
