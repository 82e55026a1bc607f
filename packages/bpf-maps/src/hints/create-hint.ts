import { mapTypes } from '../map-type-support.ts';
import { MapFlags, type MapType, UNSIZED } from '../map-types.ts';
import type { NativeMapOptions } from '../native-map-options.ts';
import { isOlder } from './kernel-version.ts';
import { IN_NAMESPACE, lackOf, unprivilegedDisabled } from './privileges.ts';

/** Types that take CAP_NET_ADMIN, and those that take CAP_BPF in any case (kernel/bpf/syscall.c: map_create). */
const OF_NETWORK: ReadonlySet<MapType> = new Set(['sockmap', 'sockhash', 'devmap', 'devmap_hash', 'xskmap']);
const PRIVILEGED: ReadonlySet<MapType> = new Set([
  ...(['sk_storage', 'inode_storage', 'task_storage', 'cgrp_storage', 'bloom_filter', 'lpm_trie'] as const),
  ...(['reuseport_sockarray', 'stack_trace', 'queue', 'stack', 'lru_hash', 'lru_percpu_hash'] as const),
  ...(['struct_ops', 'cpumap', 'arena'] as const),
]);

function permission(type: MapType, { flags, tokenFd }: NativeMapOptions): string | undefined {
  if (tokenFd !== undefined) {
    return `the token does not let this process create ${a(type)}: it needs delegate_cmds and delegate_maps with it, and CAP_BPF (or CAP_NET_ADMIN) in its user namespace`;
  }
  const ofNetwork = OF_NETWORK.has(type);
  const lacking =
    (PRIVILEGED.has(type) || unprivilegedDisabled() ? lackOf('CAP_BPF') : undefined) ??
    (ofNetwork ? lackOf('CAP_NET_ADMIN') : undefined) ??
    ((flags & MapFlags.ZERO_SEED) === 0 ? undefined : lackOf('CAP_SYS_ADMIN'));
  if (lacking === IN_NAMESPACE) return `${IN_NAMESPACE}: it needs a token (BpfToken.open, Linux 6.9)`;
  if (lacking !== undefined)
    return `${lacking}; ${a(type)} takes ${ofNetwork ? 'CAP_BPF and CAP_NET_ADMIN' : 'CAP_BPF'}`;
  return isOlder('5.11')
    ? 'before Linux 5.11 maps count against the memory that may be locked: raise RLIMIT_MEMLOCK (ulimit -l)'
    : 'the process has the capabilities: a security module forbids it, or the kernel is locked down';
}

function a(type: MapType): string {
  return `${/^[aeiou]|^l[rp]/.test(type) ? 'an' : 'a'} ${type}`;
}

/** Flags that are newer than Linux 4.9, and other things that came later. */
const FLAGS_SINCE: ReadonlyArray<readonly [flag: keyof typeof MapFlags, since: string]> = [
  ['NUMA_NODE', '4.14'],
  ['RDONLY', '4.15'],
  ['WRONLY', '4.15'],
  ['STACK_BUILD_ID', '4.17'],
  ['ZERO_SEED', '5.0'],
  ['RDONLY_PROG', '5.2'],
  ['WRONLY_PROG', '5.2'],
  ['CLONE', '5.4'],
  ['MMAPABLE', '5.5'],
  ['PRESERVE_ELEMS', '5.10'],
  ['INNER_MAP', '5.10'],
  ['LINK', '6.4'],
  ['VTYPE_BTF_OBJ_FD', '6.9'],
  ['TOKEN_FD', '6.9'],
  ['SEGV_ON_FAULT', '6.9'],
  ['NO_USER_CONV', '6.9'],
  ['RB_OVERWRITE', '6.19'],
];

function tooOld(type: MapType, options: NativeMapOptions): string | undefined {
  const since = mapTypes.find((description) => description.type === type)?.since;
  if (since !== undefined && isOlder(since)) return `maps of type ${type} exist since Linux ${since}`;
  const flag = FLAGS_SINCE.find(
    ([name, version]) => (options.flags & MapFlags[name]) !== 0 && isOlder(version),
  );
  if (flag !== undefined) return `MapFlags.${flag[0]} exists since Linux ${flag[1]}`;
  if (options.exclusiveProgramHash !== undefined && isOlder('6.18')) {
    return 'exclusiveProgramHash exists since Linux 6.18';
  }
  return undefined;
}

const PAGE = 4096;
const MULTIPLE_OF_8 = new Set<MapType>(['stack_trace']);
const FOUR_BYTE_KEYS: ReadonlySet<MapType> = new Set([
  ...(['array', 'percpu_array', 'prog_array', 'perf_event_array', 'cgroup_array', 'array_of_maps'] as const),
  ...([
    'stack_trace',
    'devmap',
    'devmap_hash',
    'sockmap',
    'cpumap',
    'xskmap',
    'reuseport_sockarray',
  ] as const),
]);
const DESCRIPTORS: ReadonlySet<MapType> = new Set([
  ...(['prog_array', 'perf_event_array', 'cgroup_array', 'array_of_maps', 'hash_of_maps', 'xskmap'] as const),
]);
const FOUR_OR_EIGHT: ReadonlySet<MapType> = new Set([
  ...(['devmap', 'devmap_hash', 'cpumap', 'sockmap', 'sockhash', 'reuseport_sockarray'] as const),
]);
const KEYLESS: ReadonlySet<MapType> = new Set(['queue', 'stack', 'bloom_filter']);
const RINGS: ReadonlySet<MapType> = new Set(['ringbuf', 'user_ringbuf']);
/** The first rule of a type that is broken (the functions map_alloc_check of kernel/bpf and net/core). */
function brokenRule(type: MapType, options: NativeMapOptions): string | undefined {
  const { keySize, valueSize, maxEntries } = options;
  if (maxEntries === 0 && !UNSIZED.has(type)) return 'maxEntries must not be 0';
  if (RINGS.has(type)) {
    const wrong = (maxEntries & (maxEntries - 1)) !== 0 || maxEntries % PAGE !== 0;
    return wrong
      ? 'maxEntries of a ring buffer, in bytes, must be a power of two and a multiple of the page size'
      : undefined;
  }
  if (type === 'arena') return undefined;
  if (KEYLESS.has(type) && keySize !== 0) return `${a(type)} has no keys: leave key out`;
  if (valueSize === 0) return `values of ${a(type)} must have bytes`;
  if (FOUR_BYTE_KEYS.has(type) && keySize !== 4)
    return `keys of ${a(type)} must be of 4 bytes, such as u32; they are of ${keySize}`;
  if (DESCRIPTORS.has(type) && valueSize !== 4)
    return `values of ${a(type)} must be of 4 bytes; they are of ${valueSize}`;
  if (FOUR_OR_EIGHT.has(type) && valueSize !== 4 && valueSize !== 8) {
    return `values of ${a(type)} must be of 4 or 8 bytes; they are of ${valueSize}`;
  }
  if (MULTIPLE_OF_8.has(type) && (valueSize < 8 || valueSize % 8 !== 0)) {
    return `values of ${a(type)} must be of a multiple of 8 bytes; they are of ${valueSize}`;
  }
  if (type === 'lpm_trie' && (keySize < 5 || keySize > 260)) {
    return `keys of an lpm_trie have a prefix length of 4 bytes and 1 to 256 bytes of data; they are of ${keySize}`;
  }
  return undefined;
}

function invalid(type: MapType, options: NativeMapOptions): string {
  return (
    tooOld(type, options) ??
    brokenRule(type, options) ??
    (options.flags & MapFlags.NUMA_NODE
      ? `there is no NUMA node ${options.numaNode}, or maps of this type, or of these sizes, have none`
      : undefined) ??
    (options.ifindex ? `the driver of network interface ${options.ifindex} takes no maps` : undefined) ??
    `the kernel knows no such map: check key and value size, maxEntries and flags (see MapFlags for which types they are)`
  );
}

/** What to do about a map that the kernel does not create. */
export function createHint(code: string, type: MapType, options: NativeMapOptions): string | undefined {
  switch (code) {
    case 'EPERM':
      return permission(type, options);
    case 'EINVAL':
      return invalid(type, options);
    case 'E2BIG':
      return (
        tooOld(type, options) ??
        `${options.maxEntries} entries of ${options.keySize + options.valueSize} bytes are more than the kernel allocates for one map, or one entry is larger than it allocates`
      );
    case 'ENOMEM':
      return `${options.maxEntries} entries of ${options.keySize + options.valueSize} bytes are more memory than there is, or than the cgroup may use`;
    case 'EOPNOTSUPP':
    case 'ENOTSUPP':
      return (
        tooOld(type, options) ??
        'the machine or the kernel cannot: arenas need a just-in-time compiler, offloaded maps a driver'
      );
    default:
      return undefined;
  }
}
