import {
  array,
  BpfError,
  Btf,
  BtfError,
  btfCodec,
  bytes,
  type Codec,
  type MapInfo,
  mapTypes,
  none,
  struct,
  u32,
  u64,
} from '../index.ts';

/** What is known of a map's keys, of its values, or of the records of a ring. */
export interface Side {
  readonly role: 'key' | 'value' | 'record';
  readonly codec: Codec<unknown>;
  /** Its type, where BTF tells it. */
  readonly type: { readonly btf: Btf; readonly id: number } | undefined;
  /** Is nothing known but the size? */
  readonly raw: boolean;
}

const OF_IDS: ReadonlySet<string> = new Set(['prog_array', 'array_of_maps', 'hash_of_maps']);
const OF_SOCKETS: ReadonlySet<string> = new Set(['sockmap', 'sockhash', 'reuseport_sockarray']);

/** BPF_F_STACK_BUILD_ID of include/uapi/linux/bpf.h. */
const STACK_BUILD_ID = 1 << 5;

/** Keys that the kernel lays down. */
function kernelKey({ type, keySize }: MapInfo): Codec<unknown> | undefined {
  if (keySize === 0) return none;
  const description = mapTypes.find((candidate) => candidate.type === type);
  return keySize === 4 && description?.key.endsWith('__u32') === true ? u32 : undefined;
}

/** Values that the kernel lays down. */
function kernelValue({ type, valueSize, flags }: MapInfo): Codec<unknown> | undefined {
  if (valueSize === 0) return none;
  if (OF_IDS.has(type) && valueSize === 4) return u32;
  if (OF_SOCKETS.has(type) && valueSize === 8) return u64;
  if (type === 'devmap' || type === 'devmap_hash') {
    return valueSize === 4 ? u32 : struct({ ifindex: u32, program: u32 });
  }
  if (type === 'cpumap') return valueSize === 4 ? u32 : struct({ queueSize: u32, program: u32 });
  if (type === 'stack_trace' && valueSize % 8 === 0 && (flags & STACK_BUILD_ID) === 0) {
    return array(u64, valueSize / 8);
  }
  return undefined;
}

function describedKey({ btf }: MapInfo): Side['type'] {
  return btf === undefined || btf.keyTypeId === 0 ? undefined : { btf: Btf.load(btf.id), id: btf.keyTypeId };
}

function describedValue({ btf }: MapInfo): Side['type'] {
  if (btf === undefined) return undefined;
  if (btf.kernelValueTypeId !== 0) {
    return {
      btf: btf.kernelId === 0 ? Btf.kernel() : Btf.load(btf.kernelId),
      id: btf.kernelValueTypeId,
    };
  }
  return btf.valueTypeId === 0 ? undefined : { btf: Btf.load(btf.id), id: btf.valueTypeId };
}

/** From BTF, or from what the kernel lays down, or bytes. */
function sideOf(
  role: Side['role'],
  size: number,
  describe: () => Side['type'],
  kernel: Codec<unknown> | undefined,
): Side {
  try {
    const type = describe();
    if (type !== undefined) {
      const codec = btfCodec<unknown>(type.btf, type.id);
      if (codec.size === size) return { role, codec, type, raw: false };
    }
  } catch (error) {
    // A type without values of a fixed size, or BTF that this process may not read.
    if (!(error instanceof BtfError || error instanceof BpfError)) throw error;
  }
  if (kernel !== undefined) return { role, codec: kernel, type: undefined, raw: false };
  return { role, codec: bytes(size), type: undefined, raw: true };
}

/** How keys and values are to be read: each by what is known of it, or with `hex` as bytes. */
export function sidesOf(info: MapInfo, hex: boolean): { key: Side; value: Side } {
  if (hex) {
    return {
      key: { role: 'key', codec: bytes(info.keySize), type: undefined, raw: true },
      value: { role: 'value', codec: bytes(info.valueSize), type: undefined, raw: true },
    };
  }
  return {
    key: sideOf('key', info.keySize, () => describedKey(info), kernelKey(info)),
    value: sideOf('value', info.valueSize, () => describedValue(info), kernelValue(info)),
  };
}
