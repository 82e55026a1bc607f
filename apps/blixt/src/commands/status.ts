import { existsSync } from 'node:fs';
import { readStatusDirectory, type StatusRecord } from '@blixt/controller';
import { ExitCode } from '../errors.ts';
import { defaultStatusDirectory, type Output } from '../options.ts';
import { formatStatus } from '../status-format.ts';
import { type InstanceStatus, isNotLoaded, summarize } from '../status-model.ts';

/** Prints what is loaded, and what was decided about the objects. */
export async function status(
  pinDirectory: string,
  statusDir: string | undefined,
  output: Output,
): Promise<number> {
  const instance = await readInstance(pinDirectory, statusDir);
  const text = output === 'json' ? JSON.stringify(instance, jsonNumbers, 2) : formatStatus(instance);
  process.stdout.write(`${text}\n`);
  return instance.loaded ? ExitCode.ok : ExitCode.notLoaded;
}

async function readInstance(pinDirectory: string, statusDir: string | undefined): Promise<InstanceStatus> {
  const { readStats } = await import('@blixt/xdp-lb');
  const records = await readRecords(statusDir, defaultStatusDirectory(pinDirectory));
  try {
    return summarize(pinDirectory, readStats(pinDirectory), records);
  } catch (error) {
    if (isNotLoaded(error)) return summarize(pinDirectory, undefined, records);
    throw error;
  }
}

/** A directory that was asked for must be there; the default one is there while an instance runs. */
async function readRecords(statusDir: string | undefined, fallback: string): Promise<StatusRecord[]> {
  if (statusDir !== undefined) return readStatusDirectory(statusDir);
  return existsSync(fallback) ? readStatusDirectory(fallback) : [];
}

/** Counters are 64 bits wide; JSON takes those as numbers that are exact as numbers, others as text. */
function jsonNumbers(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}
