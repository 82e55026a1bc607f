import { type Codec, none } from '../codec.ts';
import { BpfError } from '../errors.ts';
import { u32, u64 } from '../integers.ts';
import type { MapInfo } from '../map-info.ts';
import { array, struct } from '../struct.ts';
import { Btf } from './btf.ts';
import { btfCodec } from './btf-codec.ts';
import { BtfError } from './btf-error.ts';

/** Where a key's or a value's type is described, if it is. */
export interface TypeSource {
  readonly btf: Btf;
  readonly id: number;
}

/** Types whose keys are an index, whatever BTF says (kernel/bpf/arraymap.c and others). */
const INDEXED: ReadonlySet<string> = new Set([
  'array',
  'prog_array',
  'perf_event_array',
  'percpu_array',
  'stack_trace',
  'cgroup_array',
  'array_of_maps',
  'devmap',
  'sockmap',
  'cpumap',
  'xskmap',
  'reuseport_sockarray',
  'devmap_hash',
  'struct_ops',
]);

/** BPF_F_STACK_BUILD_ID of include/uapi/linux/bpf.h. */
const STACK_BUILD_ID = 1 << 5;

/** What the kernel lays down. */
interface KnownType {
  readonly codec: Codec<unknown>;
  /** The type of its JavaScript values. */
  readonly typeScript: string;
}

const NOTHING: KnownType = { codec: none, typeScript: 'undefined' };
const NUMBER: KnownType = { codec: u32, typeScript: 'number' };
const BIGINT: KnownType = { codec: u64, typeScript: 'bigint' };

/** Keys that the kernel lays down, of types that have no BTF. */
export function knownKey(info: MapInfo): KnownType | undefined {
  if (info.keySize === 0) return NOTHING;
  return INDEXED.has(info.type) && info.keySize === 4 ? NUMBER : undefined;
}

/** Values that the kernel lays down, of types that have no BTF. */
export function knownValue(info: MapInfo): KnownType | undefined {
  if (info.valueSize === 0) return NOTHING;
  switch (info.type) {
    case 'prog_array':
    case 'perf_event_array':
    case 'cgroup_array':
    case 'array_of_maps':
    case 'hash_of_maps':
    case 'xskmap':
      return info.valueSize === 4 ? NUMBER : undefined;
    case 'sockmap':
    case 'sockhash':
    case 'reuseport_sockarray':
      return info.valueSize === 4 ? NUMBER : BIGINT;
    case 'devmap':
    case 'devmap_hash':
      return info.valueSize === 4
        ? NUMBER
        : {
            codec: struct({ ifindex: u32, program: u32 }),
            typeScript: '{ ifindex: number; program: number }',
          };
    case 'cpumap':
      return info.valueSize === 4
        ? NUMBER
        : {
            codec: struct({ queueSize: u32, program: u32 }),
            typeScript: '{ queueSize: number; program: number }',
          };
    case 'stack_trace':
      if ((info.flags & STACK_BUILD_ID) !== 0 || info.valueSize % 8 !== 0) return undefined;
      return { codec: array(u64, info.valueSize / 8), typeScript: 'bigint[]' };
    default:
      return undefined;
  }
}

/** The BTF of a map's keys; undefined if it has none. */
export function keyType(info: MapInfo): TypeSource | undefined {
  const { btf } = info;
  if (btf === undefined || btf.id === 0 || btf.keyTypeId === 0) return undefined;
  return { btf: load(btf.id, info), id: btf.keyTypeId };
}

/** The BTF of a map's values; undefined if it has none. */
export function valueType(info: MapInfo): TypeSource | undefined {
  const { btf } = info;
  if (btf === undefined) return undefined;
  if (btf.kernelValueTypeId !== 0) {
    // Before Linux 6.9 it could only be the kernel's own.
    return { btf: btf.kernelId === 0 ? Btf.kernel() : load(btf.kernelId, info), id: btf.kernelValueTypeId };
  }
  if (btf.id === 0 || btf.valueTypeId === 0) return undefined;
  return { btf: load(btf.id, info), id: btf.valueTypeId };
}

function load(id: number, info: MapInfo): Btf {
  try {
    return Btf.load(id);
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    const { errno, operation, code } = error;
    throw new BpfError({
      errno,
      operation,
      mapName: info.name,
      mapId: info.id,
      hint:
        code === 'EPERM'
          ? 'only a process with CAP_SYS_ADMIN (root) may read BTF of the kernel: give codecs, { key, value }'
          : undefined,
    });
  }
}

function withoutBtf(title: string, what: string): BtfError {
  return new BtfError(
    'ERR_BPF_NO_BTF',
    `${title} has no BTF that describes its ${what}: say how they are written and read, ` +
      `{ key, value } with codecs such as u32 or struct({...}), or open it with { codec: 'bytes' }`,
  );
}

function checkSize(codec: Codec<unknown>, size: number, title: string, what: string): Codec<unknown> {
  if (codec.size === size) return codec;
  throw new BtfError(
    'ERR_BPF_BTF_TYPE',
    `${title} has ${what} of ${size} bytes, but its BTF describes ${codec.size} bytes; give codecs of your own: { key, value }`,
  );
}

/**
 * The codec of a map's keys from its BTF, or from what the kernel lays down for its type.
 *
 * @throws BtfError `ERR_BPF_NO_BTF`, `ERR_BPF_BTF_TYPE`, `ERR_BPF_BTF_FORMAT`
 */
export function deriveKey(info: MapInfo, title: string): Codec<unknown> {
  const source = keyType(info);
  const codec = source === undefined ? knownKey(info)?.codec : btfCodec<unknown>(source.btf, source.id);
  if (codec === undefined) throw withoutBtf(title, 'keys');
  return checkSize(codec, info.keySize, title, 'keys');
}

/** The codec of a map's values, of one CPU; as {@link deriveKey}. */
export function deriveValue(info: MapInfo, title: string): Codec<unknown> {
  const source = valueType(info);
  const codec = source === undefined ? knownValue(info)?.codec : btfCodec<unknown>(source.btf, source.id);
  if (codec === undefined) throw withoutBtf(title, 'values');
  return checkSize(codec, info.valueSize, title, 'values');
}
