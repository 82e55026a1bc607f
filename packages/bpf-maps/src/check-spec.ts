import { type Codec, checkCodec, none } from './codec.ts';
import { BpfUsageError, describe } from './errors.ts';
import { i32 } from './integers.ts';
import type { MapSpec } from './map-spec.ts';
import { MapFlags, type MapType, mapTypeNames, mapTypeNumber, STORAGES, UNSIZED } from './map-types.ts';
import type { NativeMapOptions } from './native-map-options.ts';
import { type BpfToken, checkToken } from './token.ts';

/** A specification that was checked, in the kernel's terms. */
export interface CheckedSpec {
  readonly kind: MapType;
  readonly key: Codec<unknown>;
  readonly value: Codec<unknown>;
  readonly perCpu: boolean;
  readonly token: BpfToken | undefined;
  /** Of struct_ops that a module declares. */
  readonly moduleBtfId?: number | undefined;
  /** What the addon is told, but for descriptors. */
  readonly options: NativeMapOptions;
}

const PER_CPU: ReadonlySet<MapType> = new Set([
  'percpu_hash',
  'percpu_array',
  'lru_percpu_hash',
  'percpu_cgroup_storage',
]);

/** Flags without which the kernel refuses a type. */
function neededFlags(type: MapType): number {
  if (type === 'lpm_trie' || STORAGES.has(type)) return MapFlags.NO_PREALLOC;
  return type === 'arena' ? MapFlags.MMAPABLE : 0;
}

export function refuse(message: string): never {
  throw new BpfUsageError('ERR_BPF_ARGUMENT', message);
}

function checkWhole(value: unknown, what: string, maximum = 0xffff_ffff): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > maximum) {
    refuse(`${what} must be a whole number from 0 to ${maximum}, got ${describe(value)}`);
  }
  return value;
}

/** An option that may be left out, and of some types does not exist. */
function option(spec: MapSpec, name: string): unknown {
  return Object.hasOwn(spec, name) ? Reflect.get(spec, name) : undefined;
}

function optionalWhole(spec: MapSpec, name: string): number {
  const value = option(spec, name);
  return value === undefined ? 0 : checkWhole(value, name);
}

function checkName(name: unknown): string {
  // BPF_OBJ_NAME_LEN is 16, the NUL included (kernel/bpf/syscall.c: bpf_obj_name_cpy).
  if (name === undefined) return '';
  if (typeof name !== 'string' || !/^[A-Za-z0-9_.]{0,15}$/.test(name)) {
    refuse(`name must be at most 15 letters, digits, '_' and '.', got ${describe(name)}`);
  }
  return name;
}

/** What only some types take, and BPF_MAP_CREATE calls map_extra. */
function mapExtra(spec: MapSpec): bigint {
  const hashes = option(spec, 'hashes');
  const address = option(spec, 'address');
  if (hashes !== undefined) {
    if (spec.type !== 'bloom_filter') refuse(`hashes is for bloom filters, not for ${spec.type}`);
    if (typeof hashes !== 'number' || !Number.isInteger(hashes) || hashes < 1 || hashes > 15) {
      refuse(`hashes must be a whole number from 1 to 15, got ${describe(hashes)}`);
    }
    return BigInt(hashes);
  }
  if (address === undefined) return 0n;
  if (spec.type !== 'arena') refuse(`address is for arenas, not for ${spec.type}`);
  if (typeof address !== 'bigint' || address < 0n || address >= 2n ** 64n) {
    refuse(`address must be a bigint of 64 bits, got ${describe(address)}`);
  }
  return address;
}

function checkHash(hash: unknown): Uint8Array | undefined {
  if (hash === undefined || (hash instanceof Uint8Array && hash.length === 32)) return hash;
  return refuse(`exclusiveProgramHash must be a Uint8Array of 32 bytes (SHA-256), got ${describe(hash)}`);
}

function flagsOf(spec: MapSpec, token: BpfToken | undefined): number {
  const given = checkWhole(spec.flags ?? 0, 'flags');
  const numa = option(spec, 'numaNode') === undefined ? 0 : MapFlags.NUMA_NODE;
  const delegated = token === undefined ? 0 : MapFlags.TOKEN_FD;
  // Bit arithmetic is signed in JavaScript; >>> 0 brings the sign bit back.
  return (given | neededFlags(spec.type) | numa | delegated) >>> 0;
}

function keyCodec(spec: MapSpec): Codec<unknown> {
  if (STORAGES.has(spec.type)) return i32;
  return 'key' in spec ? spec.key : none;
}

/** Checks what a caller wrote, who may not use TypeScript. */
export function checkSpec(spec: MapSpec): CheckedSpec {
  if (typeof spec !== 'object' || spec === null) {
    refuse(`a map is created from an object, got ${describe(spec)}`);
  }
  const type = mapTypeNumber(spec.type);
  if (type === undefined) {
    refuse(`type must be one of ${mapTypeNames().join(', ')}; got ${describe(spec.type)}`);
  }
  const key = keyCodec(spec);
  const value = 'value' in spec ? spec.value : none;
  checkCodec(key, 'key');
  checkCodec(value, 'value');
  if (UNSIZED.has(spec.type) && option(spec, 'maxEntries') !== undefined) {
    refuse(`a ${spec.type} has as many entries as there are objects: leave maxEntries out`);
  }
  const token = checkToken(spec.token);
  const hash = checkHash(spec.exclusiveProgramHash);
  return {
    kind: spec.type,
    key,
    value,
    perCpu: PER_CPU.has(spec.type),
    token,
    options: {
      type,
      keySize: key.size,
      valueSize: value.size,
      maxEntries: UNSIZED.has(spec.type) ? 0 : checkWhole(option(spec, 'maxEntries'), 'maxEntries'),
      flags: flagsOf(spec, token),
      name: checkName(spec.name),
      numaNode: optionalWhole(spec, 'numaNode'),
      ifindex: optionalWhole(spec, 'ifindex'),
      mapExtra: mapExtra(spec),
      ...(token === undefined ? {} : { tokenFd: token.fd }),
      ...(hash === undefined ? {} : { exclusiveProgramHash: hash }),
    },
  };
}
