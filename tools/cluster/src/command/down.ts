import { setTimeout as sleep } from 'node:timers/promises';
import { startTimeOf, sweepLeftovers } from '@blixt/lab';
import { sweepStateDirectories } from '../state-directory.ts';
import { readRecord, removeRecord } from './cluster-record.ts';

const GRACE_MS = 20_000;

/** Takes the cluster down that `up` started, and whatever clusters of dead processes left. */
export async function down(): Promise<boolean> {
  const record = readRecord();
  if (record !== undefined) {
    const runs = (): boolean => startTimeOf(record.pid) === record.startTime;
    const deadline = Date.now() + GRACE_MS;
    process.kill(record.pid, 'SIGTERM');
    while (runs() && Date.now() < deadline) await sleep(50);
    if (runs()) process.kill(record.pid, 'SIGKILL');
    while (runs()) await sleep(50);
  }
  removeRecord();
  sweepLeftovers();
  sweepStateDirectories();
  return record !== undefined;
}
