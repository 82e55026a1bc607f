import { BpfMap, bytes, MapFlags, u32, u64 } from '../src/index.ts';

/** Whose rate ours is compared with. */
export type RivalName = 'C' | 'libbpf' | 'cilium/ebpf' | 'npm bpf';

/** How the map must be before each measurement. */
export type Preparation = 'none' | 'filled' | 'emptied' | 'produced';

/** The same work done by all contenders. */
export interface Workload {
  readonly name: string;
  readonly operation: string;
  /** Of one operation's results. */
  readonly unit: string;
  /** The ways in which our package does it; each is a case. */
  readonly forms: readonly string[];
  readonly rivals: readonly RivalName[];
  /** How many in one measurement. */
  readonly count: number;
  /** How many before the first measurement. */
  readonly warmUp: number;
  /** How often that many, besides a first time. */
  readonly warmUps: number;
  readonly rounds: number;
  readonly preparation: Preparation;
  createMap(): BpfMap<unknown, unknown>;
}

const MILLION = 1 << 20;
const EVERYBODY: readonly RivalName[] = ['C', 'cilium/ebpf', 'npm bpf'];

type EntriesType = 'hash' | 'array' | 'percpu_array';

function createEntries(type: EntriesType, valueSize: number, maxEntries: number): BpfMap<unknown, unknown> {
  const key = u32;
  const value = bytes(valueSize);
  const name = 'blixt_bench';
  return type === 'percpu_array'
    ? BpfMap.create({ type, key, value: u64, maxEntries, name })
    : BpfMap.create({ type, key, value, maxEntries, name });
}

/** One system call for each operation. */
function elements(operation: 'get' | 'set' | 'delete', type: 'hash' | 'array', valueSize: number): Workload {
  return {
    name: `${operation}, ${type}, ${valueSize}-byte values`,
    operation,
    unit: 'operations/s',
    forms: ['bytes', 'codec'],
    rivals: EVERYBODY,
    count: 50_000,
    warmUp: 50_000,
    warmUps: 4,
    rounds: 7,
    preparation: operation === 'delete' ? 'filled' : 'none',
    createMap: () => createEntries(type, valueSize, MILLION),
  };
}

function million(name: string, operation: string, changes: Partial<Workload>): Workload {
  return {
    name: `${name} of 1M entries, hash, 8-byte values`,
    operation,
    unit: 'entries/s',
    forms: ['bytes', 'codec'],
    rivals: EVERYBODY,
    count: MILLION,
    warmUp: 65_536,
    warmUps: 0,
    rounds: 5,
    preparation: 'none',
    createMap: () => createEntries('hash', 8, MILLION),
    ...changes,
  };
}

function memory(operation: 'read' | 'write'): Workload {
  return {
    name: `memory-mapped ${operation}, array, 32 bits`,
    operation,
    unit: 'operations/s',
    forms: ['bytes'],
    rivals: ['C', 'cilium/ebpf'],
    count: 10_000_000,
    warmUp: 100_000,
    warmUps: 0,
    rounds: 7,
    preparation: 'none',
    createMap: () =>
      BpfMap.create({
        type: 'array',
        key: u32,
        value: u64,
        maxEntries: MILLION,
        flags: MapFlags.MMAPABLE,
        name: 'blixt_bench',
      }),
  };
}

const RECORDS = 262_144;

export const workloads: readonly Workload[] = [
  elements('get', 'hash', 8),
  elements('get', 'hash', 64),
  elements('get', 'array', 8),
  elements('get', 'array', 64),
  elements('set', 'hash', 8),
  elements('set', 'hash', 64),
  elements('set', 'array', 8),
  elements('set', 'array', 64),
  elements('delete', 'hash', 8),
  elements('delete', 'hash', 64),
  {
    ...elements('get', 'array', 8),
    name: 'get, percpu_array, 8-byte values',
    forms: ['codec'],
    // npm bpf has the kernel write past its buffer.
    rivals: ['C', 'cilium/ebpf'],
    createMap: () => createEntries('percpu_array', 8, 65_536),
  },
  million('iteration', 'iterate', { rounds: 3 }),
  million('batch dump', 'dump', { warmUp: MILLION }),
  million('batch load', 'load', { forms: ['codec'], preparation: 'emptied' }),
  {
    name: 'ring buffer, 64-byte records, drained',
    operation: 'consume',
    unit: 'records/s',
    forms: ['callback', 'raw', 'iterator', 'batches', 'read'],
    rivals: ['libbpf', 'cilium/ebpf'],
    count: RECORDS,
    warmUp: RECORDS,
    warmUps: 4,
    rounds: 7,
    preparation: 'produced',
    // A record of 64 bytes takes 72.
    createMap: () => BpfMap.create({ type: 'ringbuf', maxEntries: 128 * RECORDS, name: 'blixt_bench' }),
  },
  memory('read'),
  memory('write'),
];

export function caseName(workload: Workload, form: string): string {
  return workload.forms.length === 1 ? workload.name : `${workload.name}, ${form}`;
}
