import { BpfMap, be32, bytes, lpmKey, MapFlags, u32, u64 } from '../src/index.ts';

/** Whose rate ours is compared with. */
export type RivalName = 'C' | 'C, threads' | 'libbpf' | 'cilium/ebpf' | 'npm bpf';

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
  /** The forms that npm's `bpf` is compared with; all, if not told. */
  readonly formsOfNpm?: readonly string[];
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
const CALLERS: readonly RivalName[] = ['C', 'C, threads', 'cilium/ebpf', 'npm bpf'];

type EntriesType = 'hash' | 'lru_hash' | 'array' | 'percpu_hash' | 'percpu_array' | 'lpm_trie';

function createEntries(type: EntriesType, valueSize: number, maxEntries: number): BpfMap<unknown, unknown> {
  const key = u32;
  const value = bytes(valueSize);
  const name = 'blixt_bench';
  switch (type) {
    case 'percpu_hash':
    case 'percpu_array':
      return BpfMap.create({ type, key, value: u64, maxEntries, name });
    case 'lpm_trie':
      return BpfMap.create({ type, key: lpmKey(be32), value, maxEntries, name });
    default:
      return BpfMap.create({ type, key, value, maxEntries, name });
  }
}

/** One system call for each operation. */
function elements(operation: 'get' | 'set' | 'delete', type: 'hash' | 'array', valueSize: number): Workload {
  const forms = operation === 'get' ? ['into', 'bytes', 'codec'] : ['bytes', 'codec'];
  return {
    name: `${operation}, ${type}, ${valueSize}-byte values`,
    operation,
    unit: 'operations/s',
    forms: type === 'hash' && valueSize === 8 ? [...forms, 'mixed'] : forms,
    rivals: CALLERS,
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

/** Other types than hash; rivals that have a loop for their keys and values. */
function iteration(type: EntriesType, rivals: readonly RivalName[]): Workload {
  const entries = 262_144;
  return {
    ...million('iteration', 'iterate', { rounds: 3 }),
    name: `iteration of 256K entries, ${type}, 8-byte values`,
    forms: ['codec'],
    rivals,
    count: entries,
    createMap: () => createEntries(type, 8, entries),
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
    rivals: ['C', 'C, threads', 'cilium/ebpf'],
    createMap: () => createEntries('percpu_array', 8, 65_536),
  },
  million('iteration', 'iterate', { rounds: 3 }),
  iteration('lru_hash', ['C', 'cilium/ebpf']),
  iteration('array', ['C', 'cilium/ebpf']),
  iteration('percpu_hash', ['C']),
  iteration('percpu_array', ['C']),
  iteration('lpm_trie', ['C']),
  million('batch dump', 'dump', { warmUp: MILLION }),
  million('batch dump on the threadpool', 'dump', {
    forms: ['bytes, async', 'codec, async'],
    rivals: ['C', 'cilium/ebpf'],
    warmUp: MILLION,
  }),
  million('batch load', 'load', { formsOfNpm: ['codec'], preparation: 'emptied' }),
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

/** The rivals that do the work in a way that compares with this form of ours. */
export function rivalsIn({ rivals, formsOfNpm }: Workload, form: string): readonly RivalName[] {
  const hasNpm = formsOfNpm?.includes(form) ?? true;
  return rivals.filter((name) => name !== 'npm bpf' || hasNpm);
}

export function caseName(workload: Workload, form: string): string {
  return workload.forms.length === 1 ? workload.name : `${workload.name}, ${form}`;
}
