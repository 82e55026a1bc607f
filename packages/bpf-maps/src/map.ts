import type { BtfObject, BtfValue } from './btf/btf-codec.ts';
import { createMap } from './create-map.ts';
import { BpfUsageError, describe } from './errors.ts';
import { findByName } from './list-maps.ts';
import { checkPath } from './map-base.ts';
import { MapIteration } from './map-iteration.ts';
import type {
  ArenaSpec,
  BloomFilterSpec,
  CgroupStorageSpec,
  KeylessMapSpec,
  MapOfMapsSpec,
  MapSpec,
  PerCpuCgroupStorageSpec,
  PerCpuMapSpec,
  PlainMapSpec,
  RingBufferSpec,
  StorageMapSpec,
  StructOpsSpec,
} from './map-spec.ts';
import { addon } from './native.ts';
import {
  type AnyOpenOptions,
  accessFlags,
  type DerivedOptions,
  type OpenedMap,
  type OpenKeyOptions,
  type OpenOptions,
  type OpenPerCpuOptions,
  type OpenPerCpuValueOptions,
  type OpenValueOptions,
  openMap,
  type RawOptions,
} from './open-map.ts';

/** @internal With options of any kind. */
export let openById: (id: number, options: AnyOpenOptions | undefined) => BpfMap<unknown, unknown>;

/**
 * A BPF map. It owns a file descriptor, which {@link BpfMap.close} (or `using`, or garbage collection) gives
 * back; the map itself lives on while a program, a pin or another descriptor holds it.
 *
 * Methods are synchronous, and one system call unless they say otherwise; those whose names end in `Async` do
 * their work on the threadpool, and reject where others throw. Every method throws {@link BpfUsageError}
 * `ERR_BPF_CLOSED` after closing, `ERR_BPF_MAP_TYPE` where the type has no elements (ring buffers),
 * `ERR_BPF_REENTRANT` when a codec calls the map that it is encoding for; `CodecError` for values that their
 * codec refuses; `BpfError` for what the kernel refuses.
 */
export class BpfMap<K, V> extends MapIteration<K, V> {
  static {
    openById = (id, options) => BpfMap.#openById(id, options);
  }

  private constructor(opened: OpenedMap<K, V>) {
    super(opened);
  }

  /**
   * Creates a map (BPF_MAP_CREATE). Per-CPU types take and give arrays with one value for each possible CPU; keys of
   * storages are file descriptors. The map describes itself by BTF from its codecs, where they tell C types
   * ({@link Codec.ctype}): two system calls more. See {@link DescribedMapSpec}.
   *
   * @throws BpfError `EPERM` without CAP_BPF (or CAP_NET_ADMIN, CAP_SYS_ADMIN: the hint tells), `EINVAL` for what the
   *   kernel does not know or not allow, `E2BIG`, `ENOMEM`; of operation `BPF_BTF_LOAD` if the kernel refuses BTF that
   *   must be (`btf: true`, or of the caller's)
   * @throws BtfError `ERR_BPF_BTF_TYPE` if the kernel has no such struct_ops; `ERR_BPF_NO_BTF` if it has no BTF
   * @throws BpfUsageError `ERR_BPF_ARGUMENT`
   */
  static create<K, V>(spec: PerCpuMapSpec<K, V> | PerCpuCgroupStorageSpec<K, V>): BpfMap<K, V[]>;
  static create<K, V>(spec: PlainMapSpec<K, V> | MapOfMapsSpec<K, V> | CgroupStorageSpec<K, V>): BpfMap<K, V>;
  static create<V>(spec: StorageMapSpec<V>): BpfMap<number, V>;
  static create<V>(spec: KeylessMapSpec<V> | BloomFilterSpec<V>): BpfMap<undefined, V>;
  static create(spec: RingBufferSpec | ArenaSpec): BpfMap<undefined, undefined>;
  static create<V = BtfObject>(spec: StructOpsSpec): BpfMap<number, V>;
  static create(spec: MapSpec): BpfMap<unknown, unknown>;
  static create(spec: MapSpec): BpfMap<unknown, unknown> {
    return BpfMap.#create(spec);
  }

  static #create(spec: MapSpec): BpfMap<unknown, unknown> {
    const ofMaps = spec?.type === 'array_of_maps' || spec?.type === 'hash_of_maps';
    if (!ofMaps) return new BpfMap(createMap(spec, 0));
    const inner = spec.innerMap;
    if (inner instanceof BpfMap) return new BpfMap(createMap(spec, inner.fd));
    if (typeof inner !== 'object' || inner === null || !('type' in inner)) {
      throw new BpfUsageError(
        'ERR_BPF_ARGUMENT',
        `${spec.type} needs innerMap, what its inner maps look like: a BpfMap or the specification of one`,
      );
    }
    using template = BpfMap.#create(inner);
    return new BpfMap(createMap(spec, template.fd));
  }

  /**
   * Opens the map that is pinned at `path` in a BPF file system. Without codecs its keys and values are what its
   * BTF says: `openPinned<FlowKey, Flow>(path)` gives them the types that {@link toTypeScript} prints, which
   * nobody checks. With `{ key }` or `{ value }` alone, the other is by BTF. With `{ codec: 'bytes' }` both are bytes.
   *
   * @throws BtfError `ERR_BPF_NO_BTF` without codecs, if the map has no BTF; `ERR_BPF_BTF_TYPE` if its BTF has
   *   types without values of a fixed size
   * @throws BpfError `ENOENT` if nothing is pinned there; `EINVAL` if it is not a map; `EPERM`, `EACCES`
   * @throws BpfUsageError `ERR_BPF_CODEC_SIZE` if a codec's size is not that of the map's keys or values;
   *   `ERR_BPF_MAP_TYPE` if `perCpu` does not say what the map is
   */
  static openPinned<K, V>(path: string, options: OpenOptions<K, V>): BpfMap<K, V>;
  static openPinned<K, V>(path: string, options: OpenPerCpuOptions<K, V>): BpfMap<K, V[]>;
  static openPinned<K, V = BtfValue>(path: string, options: OpenKeyOptions<K>): BpfMap<K, V>;
  static openPinned<V, K = BtfValue>(path: string, options: OpenValueOptions<V>): BpfMap<K, V>;
  static openPinned<V, K = BtfValue>(path: string, options: OpenPerCpuValueOptions<V>): BpfMap<K, V[]>;
  static openPinned(path: string, options: RawOptions): BpfMap<Uint8Array, Uint8Array>;
  static openPinned<K = BtfValue, V = BtfValue>(path: string, options?: DerivedOptions): BpfMap<K, V>;
  static openPinned(path: string, options?: AnyOpenOptions): BpfMap<unknown, unknown> {
    checkPath(path);
    return new BpfMap(
      openMap(addon().openPinned(path, accessFlags(options)), options, { operation: 'BPF_OBJ_GET', path }),
    );
  }

  /**
   * Opens a map by the id that the kernel gave it (CAP_SYS_ADMIN). Otherwise as {@link BpfMap.openPinned}.
   *
   * @throws BpfError `ENOENT` if no map has this id
   */
  static openById<K, V>(id: number, options: OpenOptions<K, V>): BpfMap<K, V>;
  static openById<K, V>(id: number, options: OpenPerCpuOptions<K, V>): BpfMap<K, V[]>;
  static openById<K, V = BtfValue>(id: number, options: OpenKeyOptions<K>): BpfMap<K, V>;
  static openById<V, K = BtfValue>(id: number, options: OpenValueOptions<V>): BpfMap<K, V>;
  static openById<V, K = BtfValue>(id: number, options: OpenPerCpuValueOptions<V>): BpfMap<K, V[]>;
  static openById(id: number, options: RawOptions): BpfMap<Uint8Array, Uint8Array>;
  static openById<K = BtfValue, V = BtfValue>(id: number, options?: DerivedOptions): BpfMap<K, V>;
  static openById(id: number, options?: AnyOpenOptions): BpfMap<unknown, unknown> {
    if (!Number.isInteger(id) || id < 0 || id > 0xffff_ffff) {
      throw new BpfUsageError(
        'ERR_BPF_ARGUMENT',
        `id must be a whole number from 0 to 4294967295, got ${describe(id)}`,
      );
    }
    return BpfMap.#openById(id, options);
  }

  static #openById(id: number, options: AnyOpenOptions | undefined): BpfMap<unknown, unknown> {
    return new BpfMap(
      openMap(addon().openById(id, accessFlags(options)), options, {
        operation: 'BPF_MAP_GET_FD_BY_ID',
        mapId: id,
      }),
    );
  }

  /**
   * Takes over an open file descriptor of a map, such as a loader has; from then on the map closes it, and
   * nobody else may. When this throws, the descriptor is still the caller's. Otherwise as
   * {@link BpfMap.openPinned}.
   *
   * @throws BpfError `EBADF` if it is not open; `EINVAL` if it is not that of a map
   */
  static fromFd<K, V>(fd: number, options: OpenOptions<K, V>): BpfMap<K, V>;
  static fromFd<K, V>(fd: number, options: OpenPerCpuOptions<K, V>): BpfMap<K, V[]>;
  static fromFd<K, V = BtfValue>(fd: number, options: OpenKeyOptions<K>): BpfMap<K, V>;
  static fromFd<V, K = BtfValue>(fd: number, options: OpenValueOptions<V>): BpfMap<K, V>;
  static fromFd<V, K = BtfValue>(fd: number, options: OpenPerCpuValueOptions<V>): BpfMap<K, V[]>;
  static fromFd(fd: number, options: RawOptions): BpfMap<Uint8Array, Uint8Array>;
  static fromFd<K = BtfValue, V = BtfValue>(fd: number, options?: DerivedOptions): BpfMap<K, V>;
  static fromFd(fd: number, options?: AnyOpenOptions): BpfMap<unknown, unknown> {
    if (!Number.isInteger(fd) || fd < 0 || fd > 0x7fff_ffff) {
      throw new BpfUsageError('ERR_BPF_ARGUMENT', `fd must be an open file descriptor, got ${describe(fd)}`);
    }
    if (accessFlags(options) !== 0) {
      throw new BpfUsageError('ERR_BPF_ARGUMENT', 'a descriptor has its access: fromFd takes no access');
    }
    return new BpfMap(
      openMap(addon().adoptFd(fd), options, { operation: 'BPF_OBJ_GET_INFO_BY_FD', borrowed: true }),
    );
  }

  /**
   * Opens the one map that has this name (CAP_SYS_ADMIN). The kernel keeps 15 characters, so what is longer is
   * compared by its first 15. Otherwise as {@link BpfMap.openPinned}. O(maps of the system).
   *
   * @throws BpfError `ENOENT` if no map has this name
   * @throws BpfUsageError `ERR_BPF_AMBIGUOUS` if several have; the message tells their ids
   */
  static openByName<K, V>(name: string, options: OpenOptions<K, V>): BpfMap<K, V>;
  static openByName<K, V>(name: string, options: OpenPerCpuOptions<K, V>): BpfMap<K, V[]>;
  static openByName<K, V = BtfValue>(name: string, options: OpenKeyOptions<K>): BpfMap<K, V>;
  static openByName<V, K = BtfValue>(name: string, options: OpenValueOptions<V>): BpfMap<K, V>;
  static openByName<V, K = BtfValue>(name: string, options: OpenPerCpuValueOptions<V>): BpfMap<K, V[]>;
  static openByName(name: string, options: RawOptions): BpfMap<Uint8Array, Uint8Array>;
  static openByName<K = BtfValue, V = BtfValue>(name: string, options?: DerivedOptions): BpfMap<K, V>;
  static openByName(name: string, options?: AnyOpenOptions): BpfMap<unknown, unknown> {
    if (typeof name !== 'string' || name === '') {
      throw new BpfUsageError('ERR_BPF_ARGUMENT', `name must be the name of a map, got ${describe(name)}`);
    }
    return BpfMap.#openById(findByName(name), options);
  }
}
