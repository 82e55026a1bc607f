import { type MapType, mapTypeName, type UnknownMapType } from './map-types.ts';
import type { NativeMapInfo } from './native.ts';

/** Where the types of a map's keys and values are described. Ids of types that are not known are 0. */
export interface MapBtf {
  /** The id of the BTF that came with the map; 0 if none did. */
  readonly id: number;
  /** In that BTF, the type of a key. */
  readonly keyTypeId: number;
  /** In that BTF, the type of a value. */
  readonly valueTypeId: number;
  /** The id of the kernel's (or a kernel module's) BTF, of struct_ops maps since Linux 6.9; else 0. */
  readonly kernelId: number;
  /** In the kernel's BTF, the type of a value of a struct_ops map; else 0. */
  readonly kernelValueTypeId: number;
}

/** What the kernel tells of a map (BPF_OBJ_GET_INFO_BY_FD). */
export interface MapInfo {
  /** The type, or its number if this package does not know it. */
  readonly type: MapType | UnknownMapType;
  /** Unique while the map lives; not reused soon. */
  readonly id: number;
  /** Up to 15 characters; empty if it was given none. */
  readonly name: string;
  /** Bytes. */
  readonly keySize: number;
  /** Bytes; of a per-CPU map, of one CPU's value. */
  readonly valueSize: number;
  /** Entries; of a ring buffer, bytes; of an arena, pages. */
  readonly maxEntries: number;
  /** See {@link MapFlags}. */
  readonly flags: number;
  /** What some types are created with: hash functions of a bloom filter, address of an arena; else 0n. */
  readonly mapExtra: bigint;
  /** The network interface that the map was offloaded to; 0 if to none. */
  readonly ifindex: number;
  /** Where keys and values are described; undefined if nowhere. */
  readonly btf: MapBtf | undefined;
}

/** @internal In the words of this package. */
export function mapInfo(native: NativeMapInfo): MapInfo {
  const { type, id, name, keySize, valueSize, maxEntries, flags, mapExtra, ifindex } = native;
  const described = native.btfId !== 0 || native.btfVmlinuxValueTypeId !== 0;
  return {
    type: mapTypeName(type),
    id,
    name,
    keySize,
    valueSize,
    maxEntries,
    flags,
    mapExtra,
    ifindex,
    btf: described
      ? {
          id: native.btfId,
          keyTypeId: native.btfKeyTypeId,
          valueTypeId: native.btfValueTypeId,
          kernelId: native.btfVmlinuxId,
          kernelValueTypeId: native.btfVmlinuxValueTypeId,
        }
      : undefined,
  };
}
