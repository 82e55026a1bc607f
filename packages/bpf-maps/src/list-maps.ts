import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { BpfError, BpfUsageError } from './errors.ts';
import { type MapInfo, mapInfo } from './map-info.ts';
import { addon, type NativeMap } from './native.ts';
import { findPins } from './pins.ts';

const { ENOENT, EPERM, EACCES } = constants.errno;

/** The kernel keeps 15 characters of a name, and libbpf cuts longer ones (BPF_OBJ_NAME_LEN, NUL included). */
const NAME_CHARACTERS = 15;

/** A map of the system: what it is, what it takes, and who holds it. */
export interface MapDescription extends MapInfo {
  /** Bytes of memory that the map takes, as the kernel counts them; undefined where /proc does not tell. */
  readonly memlock: number | undefined;
  /** Can user space no longer write to it? Undefined where /proc does not tell. */
  readonly frozen: boolean | undefined;
  /** Paths at which it is pinned, in the BPF file systems that this process sees. */
  readonly pins: readonly string[];
}

/** @internal What fdinfo (Documentation/filesystems/proc.rst) says of a map. */
export function readFdInfo(fd: number): Pick<MapDescription, 'memlock' | 'frozen'> {
  let text = '';
  try {
    text = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  } catch {
    // No /proc here.
  }
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\d+)$`, 'm').exec(text)?.[1];
  const memlock = field('memlock');
  const frozen = field('frozen');
  return {
    memlock: memlock === undefined ? undefined : Number(memlock),
    frozen: frozen === undefined ? undefined : frozen !== '0',
  };
}

/** Every map that can be opened, open while it is `visit`ed. */
function eachMap(visit: (map: NativeMap) => void): void {
  for (let id = 0; ; ) {
    id = addon().nextMapId(id);
    if (id === -ENOENT) return;
    if (id < 0) throw new BpfError({ errno: -id, operation: 'BPF_MAP_GET_NEXT_ID', hint: listingHint(-id) });
    const map = addon().openById(id);
    if (typeof map !== 'number') {
      try {
        visit(map);
      } finally {
        map.close();
      }
    } else if (map !== -ENOENT && map !== -EPERM && map !== -EACCES) {
      throw new BpfError({ errno: -map, operation: 'BPF_MAP_GET_FD_BY_ID', mapId: id });
    }
  }
}

function listingHint(errno: number): string | undefined {
  return errno === EPERM
    ? 'only a process with CAP_SYS_ADMIN (root) may list the maps of the system'
    : undefined;
}

/**
 * All maps of the system, in the order of their ids (of creation). A map that goes meanwhile, or that a
 * security module keeps from this process, is left out. O(maps + pins): some system calls for each.
 *
 * @throws BpfError `EPERM` without CAP_SYS_ADMIN
 */
export function listMaps(): MapDescription[] {
  const maps: Array<Omit<MapDescription, 'pins'>> = [];
  eachMap((map) => {
    const description = map.info();
    maps.push({ ...mapInfo(description), ...readFdInfo(description.fd) });
  });
  const pins = findPins();
  return maps.map((map) => ({ ...map, pins: pins.get(map.id) ?? [] }));
}

/** @internal The id of the one map that has this name. */
export function findByName(name: string): number {
  const kept = name.slice(0, NAME_CHARACTERS);
  const ids: number[] = [];
  eachMap((map) => {
    const { name, id } = map.info();
    if (name === kept) ids.push(id);
  });
  const [id, ...others] = ids;
  if (id === undefined) {
    throw new BpfError({
      errno: ENOENT,
      operation: 'BPF_MAP_GET_NEXT_ID',
      mapName: name,
      hint: 'no map has this name; listMaps() tells those that there are',
    });
  }
  if (others.length > 0) {
    throw new BpfUsageError(
      'ERR_BPF_AMBIGUOUS',
      `${ids.length} maps are called '${kept}', with the ids ${ids.join(', ')}: open one by its id or its pin`,
    );
  }
  return id;
}
