import { readFileSync } from 'node:fs';
import { mapTypeName } from '../map-types.ts';
import type { NativeMapInfo } from '../native.ts';
import { isOlder } from './kernel-version.ts';
import { lackOf } from './privileges.ts';

/** open(2): the lowest two bits of a descriptor's flags. */
const ACCESS_MODE = 3;
const READ_ONLY = 0;
const WRITE_ONLY = 1;

const READS = new Set(['BPF_MAP_LOOKUP_ELEM', 'BPF_MAP_LOOKUP_BATCH', 'BPF_MAP_GET_NEXT_KEY']);

/** Types whose elements have places, so that there is none more than they have. */
const INDEXED = /array|devmap$|sockmap|cpumap|xskmap|stack_trace/;

function fdInfo(fd: number): (name: string) => string | undefined {
  let text = '';
  try {
    text = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  } catch {
    // No /proc here.
  }
  return (name) => new RegExp(`^${name}:\\s*(\\w+)$`, 'm').exec(text)?.[1];
}

/** Why a map does not let this process do that. */
function refusal(operation: string, { fd }: NativeMapInfo): string | undefined {
  const field = fdInfo(fd);
  const mode = Number.parseInt(field('flags') ?? '2', 8) & ACCESS_MODE;
  if (READS.has(operation)) {
    if (mode === WRITE_ONLY) {
      return "the map is write-only by this descriptor: created with MapFlags.WRONLY, or opened with access: 'write'";
    }
  } else {
    if (field('frozen') === '1') return 'the map is frozen: it is read-only for user space, for good';
    if (mode === READ_ONLY) {
      return "the map is read-only by this descriptor: created with MapFlags.RDONLY, or opened with access: 'read'";
    }
  }
  return lackOf('CAP_BPF') ?? 'a security module forbids it';
}

/** What to do about an operation that the kernel refuses on this map. */
function full({ maxEntries }: NativeMapInfo): string {
  const entries = maxEntries === 1 ? 'one entry' : `${maxEntries} entries`;
  return `the map is full: it has room for ${entries} (maxEntries)`;
}

export function mapHint(operation: string, code: string, map: NativeMapInfo): string | undefined {
  const type = mapTypeName(map.type);
  switch (code) {
    case 'EPERM':
      // What is a matter of the path, not of the map, is told where it is known.
      return operation === 'BPF_OBJ_PIN' || operation === 'mmap' ? undefined : refusal(operation, map);
    case 'E2BIG':
      if (!operation.includes('UPDATE')) return undefined;
      return INDEXED.test(type) ? `the index is not below maxEntries, ${map.maxEntries}` : full(map);
    case 'ENOSPC':
      return operation.includes('UPDATE') ? full(map) : undefined;
    case 'ENOMEM':
      return operation.includes('UPDATE')
        ? 'there is no memory for the entry, or the cgroup may use no more; maps that are not preallocated take it when they need it'
        : undefined;
    case 'EBUSY':
      return busy(operation, type);
    case 'ENOTSUPP':
    case 'EOPNOTSUPP':
      return operation === 'BPF_MAP_LOOKUP_AND_DELETE_ELEM' && isOlder('5.14')
        ? 'hash maps can be read and deleted from in one step since Linux 5.14, queues and stacks since 4.20'
        : undefined;
    default:
      return undefined;
  }
}

function busy(operation: string, type: string): string | undefined {
  if (operation === 'BPF_MAP_FREEZE')
    return 'the memory of the map is mapped for writing, here or by another process';
  if (!operation.includes('UPDATE')) return undefined;
  switch (type) {
    case 'struct_ops':
      return 'it is registered already: delete(0) unregisters it';
    case 'sockmap':
    case 'sockhash':
    case 'reuseport_sockarray':
      return 'the socket is in another map already, or in use by a protocol above TCP';
    default:
      return 'another CPU works on the same bucket, or a program does at this moment: try again';
  }
}
