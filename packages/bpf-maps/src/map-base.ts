import { randomBytes } from 'node:crypto';
import { renameSync, statfsSync, unlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { BpfUsageError, describe } from './errors.ts';
import { type MapDescription, readFdInfo } from './list-maps.ts';
import { type MapInfo, mapInfo } from './map-info.ts';
import type { AnyMap } from './map-spec.ts';
import { MapState } from './map-state.ts';
import { MapFlags, mapTypeName } from './map-types.ts';
import { addon } from './native.ts';
import { type OpenedMap, openMap } from './open-map.ts';
import { BPF_FS_MAGIC, findPins } from './pins.ts';

/** How a pin is replaced. */
export interface RepinOptions {
  /** Where the map is pinned now: that pin is moved. By default a new one is made. */
  readonly from?: string;
}

/** @internal The state of a map; throws a TypeError for what is not a map. */
export let stateOf: <K, V>(map: MapBase<K, V>) => MapState<K, V>;

/** What a map is, its life, and its memory as a whole: all but its elements. */
export abstract class MapBase<K, V> implements AnyMap, Disposable {
  readonly #state: MapState<K, V>;
  #memory: ArrayBuffer | undefined;

  static {
    stateOf = (map) => map.#state;
  }

  /** @internal */
  protected constructor(opened: OpenedMap<K, V>) {
    this.#state = new MapState(opened);
  }

  /** The open file descriptor, for calls of others; it stays this map's. Throws after closing. */
  get fd(): number {
    this.#state.checkOpen();
    return this.#state.description.fd;
  }

  /** The id that the kernel gave this map. Known after closing, too. */
  get id(): number {
    return this.#state.description.id;
  }

  /** What the kernel tells of this map. Known after closing, too. */
  get info(): MapInfo {
    return mapInfo(this.#state.description);
  }

  /**
   * All that can be told of this map: its memory, whether it is frozen, and where it is pinned, as of now.
   * O(pins): the BPF file systems are walked.
   */
  describe(): MapDescription {
    this.#state.checkOpen();
    return { ...this.info, ...readFdInfo(this.fd), pins: findPins().get(this.id) ?? [] };
  }

  /** Was the descriptor given back? */
  get closed(): boolean {
    return this.#state.closed;
  }

  /**
   * The memory of an array created with `MapFlags.MMAPABLE`, shared with the kernel and every other process
   * that maps it: entry i begins at `i * roundUp(valueSize, 8)`. Writes are seen at once. `Atomics` on typed
   * arrays of 32 and 64 bits over it are atomic for programs and other processes, too. The buffer stays valid
   * after the map was closed, until it is collected.
   *
   * Or the memory of an arena (Linux 6.9), `maxEntries` pages: at the address that it was created with
   * (`map_extra`), and so once in a process.
   *
   * @throws BpfUsageError `ERR_BPF_MAP_TYPE` if the map is neither
   * @throws BpfError `EPERM` if it is frozen or read-only; of an arena `EEXIST` or `EBUSY` if something is at its
   *   address, `EINVAL` if another process mapped it at an address that is not known, `EOPNOTSUPP` if it has
   *   `BPF_F_SEGV_ON_FAULT`, by which a read of a page that no program allocated would end the process
   */
  mapMemory(): ArrayBuffer {
    const state = this.#state;
    state.checkOpen();
    const { type, flags } = state.description;
    const mappable = mapTypeName(type) === 'array' || mapTypeName(type) === 'arena';
    if (!mappable || (flags & MapFlags.MMAPABLE) === 0) {
      throw new BpfUsageError(
        'ERR_BPF_MAP_TYPE',
        `${state.title} cannot be mapped: only an arena, or an array created with MapFlags.MMAPABLE, can`,
      );
    }
    if (this.#memory === undefined || this.#memory.detached) {
      const memory = state.native.mapMemory();
      if (typeof memory === 'number') throw state.failure('mmap', memory);
      this.#memory = memory;
    }
    return this.#memory;
  }

  /** User space can no longer write to this map (BPF_MAP_FREEZE); programs can. For good. */
  freeze(): void {
    this.#state.checkOpen();
    const result = this.#state.native.freeze();
    if (result < 0) throw this.#state.failure('BPF_MAP_FREEZE', result);
  }

  /**
   * Pins the map at `path`, in a BPF file system (usually under /sys/fs/bpf): it lives until it is unpinned,
   * and `BpfMap.openPinned` finds it.
   *
   * @throws BpfError `EEXIST`, `ENOENT` (no such directory), `EPERM` (not a BPF file system, or no CAP_BPF)
   */
  pin(path: string): void {
    checkPath(path);
    this.#state.checkOpen();
    const result = this.#state.native.pin(path);
    if (result < 0) throw this.#state.failure('BPF_OBJ_PIN', result, { path, hint: pinHint(path, -result) });
  }

  /**
   * Pins the map at `path` in place of the map that is pinned there, if one is: whoever opens the path gets the one or
   * the other, and never nothing. With `from`, moves this map's pin there. Both by rename(2), in one BPF file system.
   *
   * @throws BpfError as `pin`, but for `EEXIST`; `EINVAL`, `EACCES` if what is pinned there is not a map: it is left alone;
   *   `ENOENT` if nothing is pinned at `from`; `EXDEV` if `from` is in another file system
   * @throws BpfUsageError `ERR_BPF_ARGUMENT` if what is pinned at `from` is another map
   */
  repin(path: string, options: RepinOptions = {}): void {
    checkPath(path);
    const { from } = options;
    if (from !== undefined) checkPath(from);
    this.#state.checkOpen();
    const replaced = addon().openPinned(path);
    if (typeof replaced !== 'number') replaced.close();
    else if (replaced !== -constants.errno.ENOENT) {
      const hint =
        pinHint(path, -replaced) ??
        'what is there is not a map, or not for this process to open: it is left alone';
      throw this.#state.failure('BPF_OBJ_GET', replaced, { path, hint });
    }
    if (from !== undefined) {
      this.#checkPinned(from);
      this.#rename(from, path);
      return;
    }
    // A name of its own beside the path; without a dot, which BPF file systems do not take.
    const temporary = join(dirname(path), `repin_${randomBytes(8).toString('hex')}`);
    this.pin(temporary);
    try {
      this.#rename(temporary, path);
    } catch (error) {
      unlinkSync(temporary);
      throw error;
    }
  }

  #rename(from: string, to: string): void {
    try {
      renameSync(from, to);
    } catch (cause) {
      const errno = cause instanceof Error && 'errno' in cause ? Number(cause.errno) : -constants.errno.EIO;
      const hint =
        errno === -constants.errno.EXDEV ? 'both paths must be in one BPF file system' : pinHint(to, -errno);
      throw this.#state.failure('rename', errno, { path: to, hint });
    }
  }

  /** Checks that it is this map that is pinned there. */
  #checkPinned(path: string): void {
    const pinned = openMap(addon().openPinned(path), { codec: 'bytes' }, { operation: 'BPF_OBJ_GET', path });
    pinned.native.close();
    if (pinned.description.id === this.id) return;
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `what is pinned at ${path} is map ${pinned.description.id}, not ${this.#state.title}`,
    );
  }

  /**
   * Removes this map's pin at `path`.
   *
   * @throws BpfError `ENOENT` if nothing is pinned there
   * @throws BpfUsageError `ERR_BPF_ARGUMENT` if it is a pin of another map, which is left alone
   */
  unpin(path: string): void {
    checkPath(path);
    this.#state.checkOpen();
    this.#checkPinned(path);
    unlinkSync(path);
  }

  /**
   * Closes the descriptor: at once, or as soon as what runs on other threads has ended. Closing again does
   * nothing; memory that was mapped stays valid.
   */
  close(): void {
    if (this.#state.closed) return;
    this.#state.closed = true;
    this.#memory = undefined;
    this.#state.native.close();
  }

  /** Closes the map. */
  [Symbol.dispose](): void {
    this.close();
  }
}

const NOT_BPFFS = 'the path is not in a BPF file system; mount one with: mount -t bpf bpf /sys/fs/bpf';

/** What to do about a path that is refused, where that is a matter of the path. */
function pinHint(path: string, errno: number): string | undefined {
  if (errno !== constants.errno.EPERM) return undefined;
  if (!onBpfFs(path)) return NOT_BPFFS;
  // kernel/bpf/inode.c: bpf_lookup.
  return basename(path).includes('.') ? 'names in a BPF file system have no dots' : undefined;
}

function onBpfFs(path: string): boolean {
  try {
    return statfsSync(dirname(path)).type === BPF_FS_MAGIC;
  } catch {
    return true;
  }
}

/** @internal */
export function checkPath(path: string): void {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `path must be a file name without NUL characters, got ${describe(path)}`,
    );
  }
}
