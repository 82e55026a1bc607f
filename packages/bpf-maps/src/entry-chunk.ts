import { BpfUsageError, describe } from './errors.ts';
import type { NativeMapInfo } from './native.ts';

/**
 * Some entries as the kernel lays them out, one after the other, without gaps: what the commands for batches of
 * bpf(2) read and write. Nothing is decoded.
 */
export interface EntryChunk {
  /** How many entries these are. */
  readonly count: number;
  /** Their keys: `count` times `info.keySize` bytes. */
  readonly keys: Uint8Array;
  /**
   * Their values: `count` times `info.valueSize` bytes. Of a per-CPU map, an entry has a value for each possible CPU
   * (`possibleCpus()`), each in as many bytes as `info.valueSize` rounded up to a multiple of 8.
   */
  readonly values: Uint8Array;
}

/** @internal @throws BpfUsageError `ERR_BPF_ARGUMENT` for what is no chunk of entries of such a map */
export function checkChunk(chunk: EntryChunk, { keySize, valueBytes }: NativeMapInfo): void {
  if (typeof chunk !== 'object' || chunk === null) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `expected { count, keys, values }, as chunks() gives them, got ${describe(chunk)}`,
    );
  }
  const { count, keys, values } = chunk;
  if (!Number.isInteger(count) || count < 0 || count > 0xffff_ffff) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `count must be a whole number from 0 to 4294967295, got ${describe(count)}`,
    );
  }
  checkBytes(keys, 'keys', count, keySize);
  checkBytes(values, 'values', count, valueBytes);
}

function checkBytes(bytes: Uint8Array, what: string, count: number, size: number): void {
  if (bytes instanceof Uint8Array && bytes.length === count * size) return;
  throw new BpfUsageError(
    'ERR_BPF_ARGUMENT',
    `${what} of ${count} entries must be a Uint8Array of ${count} * ${size} bytes, got ${describe(bytes)}`,
  );
}
