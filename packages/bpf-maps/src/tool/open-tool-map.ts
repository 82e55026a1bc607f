import { BpfMap, type MapInfo, possibleCpus } from '../index.ts';
import { type MapReference, onlyReference, openReference, parseReference } from './map-reference.ts';
import { type Side, sidesOf } from './side.ts';
import { usageError } from './tool-error.ts';

/** An open map, and how its keys and values are read. */
export interface ToolMap extends Disposable {
  readonly map: BpfMap<unknown, unknown>;
  readonly info: MapInfo;
  readonly key: Side;
  readonly value: Side;
  /** How many values an entry has if it has one for each possible CPU; else undefined. */
  readonly cpus: number | undefined;
}

function open(reference: MapReference, id: number, { key, value }: Sides, perCpu: boolean) {
  const codecs = { key: key.codec, value: value.codec };
  // By its path, since opening by id needs more privileges.
  if (reference.by === 'pinned') {
    return perCpu
      ? BpfMap.openPinned(reference.path, { ...codecs, perCpu })
      : BpfMap.openPinned(reference.path, codecs);
  }
  return perCpu ? BpfMap.openById(id, { ...codecs, perCpu }) : BpfMap.openById(id, codecs);
}

type Sides = ReturnType<typeof sidesOf>;

/** Opens a map by what is known of its keys and values. */
export function openToolMap(reference: MapReference, hex: boolean): ToolMap {
  using raw = openReference(reference);
  const { info } = raw;
  const perCpu = info.type.includes('percpu_');
  const sides = sidesOf(info, hex);
  const map = open(reference, info.id, sides, perCpu);
  return {
    map,
    info,
    ...sides,
    cpus: perCpu ? possibleCpus() : undefined,
    [Symbol.dispose]() {
      map.close();
    },
  };
}

/** Opens the one map that `words` name. */
export function openOnly(words: readonly string[], hex: boolean): ToolMap {
  return openToolMap(onlyReference(words), hex);
}

/** Opens the map that the first of `words` name; `most` words may follow, which `what` says in prose. */
export function openWith(
  words: readonly string[],
  { hex, what, most }: { readonly hex: boolean; readonly what: string; readonly most: number },
): { opened: ToolMap; rest: readonly string[] } {
  const { reference, rest } = parseReference(words);
  if (rest.length > most) {
    throw usageError(`expected ${what}, got ${rest.length} words after the map; quote what has spaces in it`);
  }
  return { opened: openToolMap(reference, hex), rest };
}
