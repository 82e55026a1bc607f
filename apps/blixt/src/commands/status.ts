import { existsSync } from 'node:fs';
import { readStatusDirectory, type StatusRecord } from '@blixt/controller';
import { defaultStatusDirectory } from '../default-status-directory.ts';
import { ExitCode } from '../errors.ts';
import { readInterfaces, withReasons } from '../interfaces-file.ts';
import type { Output } from '../options.ts';
import { formatStatus } from '../status-format.ts';
import { type InstanceStatus, isNotLoaded, summarize } from '../status-model.ts';

/** Prints what is loaded, and what was decided about the objects. */
export async function status(
  pinDirectory: string,
  statusDir: string | undefined,
  output: Output,
): Promise<number> {
  const instance = await readStatus(pinDirectory, statusDir);
  const text = output === 'json' ? JSON.stringify(instance, null, 2) : formatStatus(instance);
  process.stdout.write(`${text}\n`);
  return instance.loaded ? ExitCode.ok : ExitCode.notLoaded;
}

async function readStatus(pinDirectory: string, statusDir: string | undefined): Promise<InstanceStatus> {
  const { readInstance } = await import('@blixt/xdp-lb');
  const fallback = defaultStatusDirectory(pinDirectory);
  const records = await readRecords(statusDir, fallback);
  const reasons = await readInterfaces(statusDir ?? fallback);
  try {
    const loaded = readInstance(pinDirectory);
    return summarize(
      pinDirectory,
      { ...loaded, interfaces: withReasons(loaded.interfaces, reasons) },
      records,
    );
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
