import { Control, elementControl } from '../src/element-calls.ts';
import { BpfMap, RingBuffer, u32, u64 } from '../src/index.ts';
import { anything, bytesOf, elements, size } from './hostile.ts';
import { contentsOf } from './maps.ts';
import { mischief } from './mischief.ts';
import { callable } from './reflection.ts';
import type { World } from './world.ts';

type Make = (world: World, self: object) => unknown[];

const key = (world: World, self: object) => contentsOf(self).key(world);
const value = (world: World, self: object) => contentsOf(self).value(world);

function some<T>(world: World, make: () => T): T[] {
  return Array.from({ length: world.random.below(6) }, make);
}

/** What is asked for by iterating, at times over something that interferes. */
function iterable(world: World, make: () => unknown): Iterable<unknown> {
  if (!world.random.oneIn(6)) return some(world, make);
  return {
    *[Symbol.iterator]() {
      for (let i = 0; i < 4; i++) {
        mischief(world);
        yield make();
      }
    },
  };
}

function signal({ random }: World): AbortSignal {
  if (random.oneIn(3)) return AbortSignal.abort();
  const controller = new AbortController();
  const abort = () => controller.abort();
  random.pick([queueMicrotask, setImmediate, () => {}] as const)(abort);
  return controller.signal;
}

function asyncOptions(world: World): unknown[] {
  return world.random.oneIn(3) ? [{ signal: signal(world) }] : [];
}

function setOptions(world: World): unknown[] {
  const { random } = world;
  return random.oneIn(3)
    ? [{ mode: random.pick(['any', 'create', 'update'] as const), lock: random.oneIn(4) }]
    : [];
}

function keys(world: World, self: object): unknown[] {
  return [iterable(world, () => key(world, self))];
}

function entries(world: World, self: object): unknown[] {
  return [iterable(world, () => [key(world, self), value(world, self)])];
}

/** A path at which nothing but what this sequence pins lies. */
function path(world: World): string {
  return `${world.pins.directory}/${process.pid}-${world.random.below(3)}`;
}

function descriptor(world: World): number {
  const { random } = world;
  return random.oneIn(3) ? random.below(64) : (random.pick(world.descriptors) ?? size(world));
}

/** Of this sequence's maps only: the other maps of the system are not to be played with. */
function mapId(world: World): unknown {
  return world.random.pick(world.mapIds) ?? world.random.pick([0, -1, 2 ** 32 - 1, Number.NaN] as const);
}

/** Keys, values and the like of as many elements as a native function is told of; mostly. */
function manyBytes(world: World, self: object, parts: ReadonlyArray<'key' | 'value' | 'flag'>): unknown[] {
  const { random } = world;
  const { keySize, valueBytes } = sizesOf(self);
  const count = random.below(5);
  const told = random.oneIn(8) ? elements(world) : count;
  const one = { key: keySize, value: valueBytes, flag: 1 };
  return [...parts.map((part) => bytesOf(world, count * one[part])), told];
}

/** What the natives of a map tell of its sizes; those of a cursor do not. */
function sizesOf(self: object): { readonly keySize: number; readonly valueBytes: number } {
  const info = callable(self, 'info');
  const answer: unknown = info === undefined ? undefined : Reflect.apply(info, self, []);
  if (typeof answer !== 'object' || answer === null || !('keySize' in answer && 'valueBytes' in answer)) {
    return { keySize: 8, valueBytes: 16 };
  }
  return { keySize: Number(answer.keySize), valueBytes: Number(answer.valueBytes) };
}

/** The addon's functions for one element take what they need from memory. */
function control(world: World): unknown[] {
  const { random } = world;
  const memory = elementControl();
  memory[Control.slot] = random.oneIn(4) ? size(world) : random.below(8);
  memory[Control.flags] = random.below(8);
  return [];
}

/** What the natives of rings read into: bytes, and where the records lie in them. */
function readInto(world: World): unknown[] {
  const { random } = world;
  const records = random.below(20);
  const numbers = () =>
    random.oneIn(8) ? anything(world) : new Uint32Array(random.oneIn(8) ? random.below(4) : records);
  return [bytesOf(world, random.below(4096)), numbers(), numbers(), numbers()];
}

/** Keys and values as chunks() gives them. */
function chunk(world: World): object {
  const count = world.random.below(5);
  return { keys: bytesOf(world, 4 * count), values: bytesOf(world, 8 * count), count };
}

function anythings(world: World): unknown[] {
  return world.random.oneIn(2) ? [] : [anything(world), anything(world)];
}

/** What a map is created with, of any type; sizes are small. */
function nativeOptions(world: World): object {
  const { random } = world;
  const number = (usual: number) => (random.oneIn(12) ? size(world) : usual);
  const options: Record<string, unknown> = {
    type: number(1 + random.below(33)),
    keySize: number(4),
    valueSize: number(random.pick([4, 8, 16] as const)),
    maxEntries: number(8),
    flags: number(random.below(2)),
    name: random.oneIn(8) ? anything(world) : 'fuzz',
    innerMapFd: number(random.oneIn(2) ? 0 : descriptor(world)),
  };
  const others = [
    'numaNode',
    'ifindex',
    'btfFd',
    'btfKeyTypeId',
    'btfValueTypeId',
    'mapExtra',
    'tokenFd',
    'exclusiveProgramHash',
  ] as const;
  if (random.oneIn(4)) options[random.pick(others)] = anything(world);
  return options;
}

const nothing = () => undefined;

/** What the methods of the package and of the addon are called with: mostly what they expect. Others: with anything. */
export const argumentsOf: Readonly<Partial<Record<string, Make>>> = {
  // BpfMap
  get: (world, self) => [key(world, self), ...(world.random.oneIn(8) ? [{ lock: true }] : [])],
  getInto: (world, self) => [key(world, self), bytesOf(world, 8 * world.random.below(30))],
  forEach: (world) => [() => mischief(world)],
  chunksAsync: asyncOptions,
  setChunk: (world) => [chunk(world), ...setOptions(world)],
  setChunkAsync: (world) => [chunk(world), ...asyncOptions(world)],
  has: (world, self) => [key(world, self)],
  set: (world, self) => [key(world, self), value(world, self), ...setOptions(world)],
  delete: (world, self) => [key(world, self)],
  contains: (world, self) => [value(world, self)],
  getBatch: keys,
  takeBatch: keys,
  deleteBatch: keys,
  getBatchAsync: (world, self) => [...keys(world, self), ...asyncOptions(world)],
  takeBatchAsync: (world, self) => [...keys(world, self), ...asyncOptions(world)],
  deleteBatchAsync: (world, self) => [...keys(world, self), ...asyncOptions(world)],
  setBatch: (world, self) => [...entries(world, self), ...setOptions(world)],
  setBatchAsync: (world, self) => [...entries(world, self), ...asyncOptions(world)],
  entriesAsync: asyncOptions,
  keysAsync: asyncOptions,
  valuesAsync: asyncOptions,
  drainAsync: asyncOptions,
  countAsync: asyncOptions,
  clearAsync: asyncOptions,
  pin: (world) => [path(world)],
  unpin: (world) => [path(world)],
  // Of the package
  openPinned: (world) => [
    world.random.oneIn(2) ? path(world) : (world.random.pick(world.pins.maps) ?? ''),
    ...(world.random.oneIn(2) ? [{ codec: 'bytes' }] : [{ key: u32, value: u64 }]),
  ],
  openById: (world) => [
    mapId(world),
    ...(world.random.oneIn(2) ? [{ codec: 'bytes' }] : [{ key: u32, value: u64 }]),
  ],
  openByName: () => ['fuzz: no such map'],
  fromFd: (world) => [descriptor(world), { codec: 'bytes' }],
  nextMapId: (world) => [size(world)],
  loadBtf: (world) => [world.random.pick([0, -1, 2 ** 32 - 1, Number.NaN, 2 ** 31] as const)],
  // Readers of rings
  read: (world, self) => (self instanceof RingBuffer ? [size(world)] : readInto(world)),
  consume: (world) => [() => mischief(world)],
  write: (world) => {
    const length = world.random.below(200);
    return [bytesOf(world, length), world.random.oneIn(8) ? elements(world) : length];
  },
  writeAsync: (world) => [bytesOf(world, world.random.below(5000)), ...asyncOptions(world)],
  commit: (world) => [world.random.oneIn(2) ? 8 * world.random.below(600) : size(world)],
  arm: ({ random }) => [random.oneIn(2)],
  // The addon's
  createMap: (world) => [nativeOptions(world)],
  addBtf: (world) => [bytesOf(world, world.random.below(200)), ...anythings(world)],
  openBtf: (world) => [world.random.pick([0, -1, 2 ** 32 - 1, Number.NaN, 2 ** 31] as const)],
  createToken: (world) => [descriptor(world)],
  adoptFd: (world) => [descriptor(world)],
  openRingBuffer: (world) => [descriptor(world), nothing],
  openUserRingBuffer: (world) => [descriptor(world), nothing],
  openPerfBuffer: (world) => [descriptor(world), world.random.oneIn(4) ? size(world) : 1, nothing],
  lookup: control,
  update: control,
  remove: control,
  take: (world, self) => (self instanceof BpfMap ? [key(world, self)] : control(world)),
  lookupMany: (world, self) => manyBytes(world, self, ['key', 'value', 'flag']),
  takeMany: (world, self) => manyBytes(world, self, ['key', 'value', 'flag']),
  updateMany: (world, self) => [...manyBytes(world, self, ['key', 'value']), world.random.below(4)],
  deleteMany: (world, self) => manyBytes(world, self, ['key']),
  runMany: (world, self) => [
    world.random.below(5),
    ...manyBytes(world, self, ['key', 'value']),
    world.random.below(4),
  ],
  openCursor: ({ random }) => [random.oneIn(3)],
  nextJob: (world) => [world.random.oneIn(8) ? elements(world) : world.random.below(20)],
  // Of a cursor, which does not tell the sizes; and of iterators.
  next: (world) => {
    const count = world.random.below(9);
    return [
      bytesOf(world, 16 * count),
      bytesOf(world, 208 * count),
      world.random.oneIn(8) ? elements(world) : count,
    ];
  },
};

/** What a function is called with: as often as not something else than it expects. */
export function chooseArguments(world: World, name: string, self: object): unknown[] {
  const { random } = world;
  const make = argumentsOf[name];
  if (make === undefined || random.oneIn(8))
    return Array.from({ length: random.below(5) }, () => anything(world));
  const chosen = make(world, self);
  if (chosen.length > 0 && random.oneIn(5)) chosen[random.below(chosen.length)] = anything(world);
  if (random.oneIn(16)) chosen.pop();
  return chosen;
}
