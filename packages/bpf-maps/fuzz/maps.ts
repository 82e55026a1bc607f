import { BpfMap, MapFlags, possibleCpus } from '../src/index.ts';
import {
  bytesShape,
  misbehaving,
  nothing,
  number32,
  number64,
  perCpuSample,
  prefix,
  type Shape,
  shapes,
} from './codecs.ts';
import { size } from './hostile.ts';
import type { World } from './world.ts';

/** How keys and values of a map look. */
export interface Contents {
  readonly key: (world: World) => unknown;
  readonly value: (world: World) => unknown;
}

const contents = new WeakMap<object, Contents>();

const unknownContents: Contents = {
  key: (world) => number32.sample(world),
  value: (world) => number64.sample(world),
};

export function contentsOf(map: object): Contents {
  return contents.get(map) ?? unknownContents;
}

interface Kind {
  readonly type: string;
  readonly key: Shape | 'any';
  readonly value: Shape | 'any';
  readonly perCpu?: true;
  readonly flags?: number;
  readonly maxEntries?: number;
  readonly inner?: true;
}

/** Types that can be created, those with most code behind them several times. */
const kinds: readonly [Kind, ...Kind[]] = [
  { type: 'hash', key: 'any', value: 'any' },
  { type: 'hash', key: 'any', value: 'any', flags: MapFlags.NO_PREALLOC },
  { type: 'hash', key: 'any', value: 'any', flags: MapFlags.NO_PREALLOC },
  { type: 'array', key: number32, value: 'any' },
  { type: 'array', key: number32, value: 'any', flags: MapFlags.MMAPABLE },
  { type: 'percpu_hash', key: 'any', value: 'any', perCpu: true, flags: MapFlags.NO_PREALLOC },
  { type: 'percpu_hash', key: 'any', value: 'any', perCpu: true },
  { type: 'percpu_array', key: number32, value: 'any', perCpu: true },
  { type: 'lru_hash', key: 'any', value: 'any' },
  { type: 'lru_percpu_hash', key: 'any', value: 'any', perCpu: true },
  { type: 'lpm_trie', key: prefix, value: 'any' },
  { type: 'lpm_trie', key: prefix, value: 'any' },
  { type: 'queue', key: nothing, value: 'any' },
  { type: 'stack', key: nothing, value: 'any' },
  { type: 'bloom_filter', key: nothing, value: 'any' },
  { type: 'array_of_maps', key: number32, value: number32, inner: true },
  { type: 'hash_of_maps', key: 'any', value: number32, inner: true },
  { type: 'prog_array', key: number32, value: number32 },
  { type: 'perf_event_array', key: number32, value: number32 },
  { type: 'stack_trace', key: number32, value: number64 },
  { type: 'cgroup_array', key: number32, value: number32 },
  { type: 'devmap', key: number32, value: number64 },
  { type: 'devmap_hash', key: number32, value: number32 },
  { type: 'xskmap', key: number32, value: number32 },
  { type: 'sockmap', key: number32, value: number64 },
  { type: 'sockhash', key: 'any', value: number64 },
  { type: 'reuseport_sockarray', key: number32, value: number64 },
  { type: 'ringbuf', key: nothing, value: nothing, maxEntries: 4096 },
  { type: 'user_ringbuf', key: nothing, value: nothing, maxEntries: 4096 },
  { type: 'arena', key: nothing, value: nothing, maxEntries: 2, flags: MapFlags.MMAPABLE },
];

/** Calls a function of the package with what its type may not allow. */
export function callWith(call: unknown, self: unknown, ...args: unknown[]): unknown {
  if (typeof call !== 'function') throw new TypeError('not a function');
  return Reflect.apply(call, self, args);
}

function remember(world: World, map: unknown, key: Shape, value: Shape, perCpu: boolean): void {
  if (!(map instanceof BpfMap)) return;
  world.mapIds.push(map.id);
  if (!map.closed) world.descriptors.push(map.fd);
  contents.set(map, {
    key: (own) => key.sample(own),
    value: (own) => (perCpu ? perCpuSample(own, value) : value.sample(own)),
  });
}

/** Creates a map of some kind; its codecs may misbehave. */
export function createMap(world: World): unknown {
  const { random } = world;
  const kind = random.pick(kinds);
  const choose = (wanted: Shape | 'any'): Shape => {
    const chosen = wanted === 'any' ? random.pick(shapes) : wanted;
    return random.oneIn(4) ? misbehaving(world, chosen) : chosen;
  };
  const key = choose(kind.key);
  const value = choose(kind.value);
  const spec: Record<string, unknown> = {
    type: kind.type,
    key: key.codec,
    value: value.codec,
    maxEntries: random.oneIn(24) ? size(world) : (kind.maxEntries ?? random.pick([1, 4, 8, 40] as const)),
    flags: random.oneIn(24) ? size(world) : (kind.flags ?? 0),
  };
  if (kind.inner)
    spec.innerMap = { type: 'array', key: number32.codec, value: number64.codec, maxEntries: 1 };
  const map = world.attempt(`BpfMap.create ${kind.type}`, () => callWith(BpfMap.create, BpfMap, spec));
  remember(world, map, key, value, kind.perCpu ?? false);
  return map;
}

/** Opens a map of a type that only the loader of a program can create, or that another process works with. */
export function openPinned(world: World): unknown {
  const path = world.random.pick(world.pins.maps) ?? '';
  const map = world.attempt(`BpfMap.openPinned ${path}`, () => BpfMap.openPinned(path, { codec: 'bytes' }));
  if (!(map instanceof BpfMap)) return map;
  const { keySize, valueSize, type } = map.info;
  const valueBytes = type.includes('percpu') ? Math.ceil(valueSize / 8) * 8 * possibleCpus() : valueSize;
  remember(world, map, bytesShape(keySize), bytesShape(valueBytes), false);
  return map;
}
