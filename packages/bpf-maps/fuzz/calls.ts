import { closeSync } from 'node:fs';
import * as api from '../src/index.ts';
import { BpfMap, PerfBuffer, RingBuffer, UserRingBuffer } from '../src/index.ts';
import { addon } from '../src/native.ts';
import { chooseArguments } from './arguments.ts';
import { anything, external } from './hostile.ts';
import { createMap, openPinned } from './maps.ts';
import { disturbBuffer, mischief } from './mischief.ts';
import { callable, functionsOf, type Member, membersOf } from './reflection.ts';
import type { World } from './world.ts';

/** What takes long, or looks at all maps of the system: seldom called. */
const SLOW: ReadonlySet<string> = new Set([
  'listMaps',
  'describe',
  'openByName',
  'loadBtf',
  'nextMapId',
  'freeze',
  'kernel',
]);

/** Opens maps by what may be somebody else's: only with arguments that are known to be ours. */
const OPENS: ReadonlySet<string> = new Set([
  'openPinned',
  'openById',
  'openByName',
  'fromFd',
  'adoptFd',
  'loadBtf',
  'nextMapId',
  'openBtf',
]);

/** Of the addon: what they return is a descriptor, and the caller's. */
const GIVES_DESCRIPTOR: ReadonlySet<string> = new Set(['addBtf', 'openBtf', 'createToken']);

const apiFunctions = functionsOf({ ...api });
const nativeFunctions = functionsOf({ ...addon() });

/** Of these classes, what they are made with is known. */
type RingClass = typeof RingBuffer | typeof PerfBuffer | typeof UserRingBuffer;
const RINGS: readonly [RingClass, ...RingClass[]] = [RingBuffer, PerfBuffer, UserRingBuffer];

function skips(world: World, name: string): boolean {
  return SLOW.has(name) && !world.random.oneIn(200);
}

/** Names that a native call sets on objects that it returns: with these, setters of the user's run within it. */
const SET_BY_NATIVES = [
  'bytes',
  'lengths',
  'position',
  'result',
  'done',
  'keys',
  'fd',
  'type',
  'data',
  'code',
] as const;

function withPollutedPrototype(world: World, call: () => unknown): unknown {
  const name = world.random.pick(SET_BY_NATIVES);
  Object.defineProperty(Object.prototype, name, {
    configurable: true,
    get: () => undefined,
    set: () => mischief(world),
  });
  try {
    return call();
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
}

/** Is it a map that bpftool loaded, and all sequences use? */
function isOthers(thing: object): boolean {
  if (thing instanceof BpfMap) return /^[mf]_/.test(thing.info.name);
  const info = callable(thing, 'info');
  const answer = info === undefined ? undefined : Object(Reflect.apply(info, thing, []));
  return answer === undefined || /^[mf]_/.test(String(answer.name));
}

function callMember(world: World, thing: object, member: Member): void {
  const { label, name } = member;
  if (skips(world, label)) return;
  const className = thing.constructor?.name ?? 'object';
  if (member.kind === 'getter') {
    world.attempt(`${className}.${label}`, () => Reflect.get(thing, name));
    return;
  }
  // What others pinned is not frozen: nobody could write to it any more.
  if (label === 'freeze' && isOthers(thing)) return;
  const given = chooseArguments(world, label, thing);
  const method: unknown = Reflect.get(thing, name);
  if (typeof method !== 'function') return;
  // The functions of JavaScript's own iterators would never come to the end of an asynchronous one.
  const strange = world.random.oneIn(100) && !Object.hasOwn(Iterator.prototype, name);
  const call = () => Reflect.apply(method, strange ? anything(world) : thing, given);
  const polluted = world.random.oneIn(40);
  world.attempt(
    `${className}.${label}(${describeAll(world, given)})`,
    polluted ? () => withPollutedPrototype(world, call) : call,
  );
}

/** For traces only. */
function describeAll(world: World, given: readonly unknown[]): string {
  if (world.trace === undefined) return '';
  return given.map(describeOne).join(', ');
}

function describeOne(value: unknown): string {
  try {
    if (ArrayBuffer.isView(value)) return `${value.constructor.name}(${value.byteLength})`;
    if (typeof value === 'object' || typeof value === 'function') return typeof value;
    return String(value);
  } catch {
    return typeof value;
  }
}

/** Calls a function of the package or of the addon. */
function callFunction(world: World): void {
  const { random } = world;
  const native = random.oneIn(2);
  const chosen = random.pick(native ? nativeFunctions : apiFunctions);
  if (chosen === undefined || skips(world, chosen[0])) return;
  const [name, call] = chosen;
  const given = OPENS.has(name) ? safeArguments(world, name) : chooseArguments(world, name, {});
  const construct = random.oneIn(2) && /^[A-Z]/.test(name);
  const result = world.attempt(`${native ? 'addon.' : ''}${name}(${describeAll(world, given)})`, () =>
    construct ? Reflect.construct(call, given) : Reflect.apply(call, undefined, given),
  );
  if (GIVES_DESCRIPTOR.has(name) && typeof result === 'number' && result >= 0) closeSync(result);
}

function safeArguments(world: World, name: string): unknown[] {
  let given = chooseArguments(world, name, {});
  // A number would be the id, or the descriptor, of something that is not ours.
  if (name !== 'adoptFd' && name !== 'fromFd') {
    given = given.map((value, index) =>
      index === 0 &&
      typeof value === 'number' &&
      !world.mapIds.includes(value) &&
      value > 0 &&
      value < 2 ** 31
        ? -value
        : value,
    );
  }
  return given;
}

/** The static functions of the classes. */
function callStatic(world: World): void {
  const { random } = world;
  const name = random.pick(['create', 'openPinned', 'openById', 'openByName', 'fromFd'] as const);
  if (skips(world, name)) return;
  const given = name === 'create' ? [anything(world)] : safeArguments(world, name);
  world.attempt(`BpfMap.${name}(${describeAll(world, given)})`, () =>
    Reflect.apply(BpfMap[name], BpfMap, given),
  );
}

function openNative(world: World): void {
  const { random } = world;
  const id = random.pick(world.mapIds);
  if (id !== undefined && random.oneIn(2)) {
    world.attempt('addon.openById', () => addon().openById(id));
    return;
  }
  const path = random.pick(world.pins.maps);
  if (path !== undefined) world.attempt('addon.openPinned', () => addon().openPinned(path));
}

/** Makes a reader or writer of a ring from a map, mostly one of the right type. */
function openRing(world: World): void {
  const { random } = world;
  const Ring = random.pick(RINGS);
  const wanted = Ring === RingBuffer ? 'f_ring' : Ring === PerfBuffer ? 'f_events' : 'f_user_ring';
  const path = world.pins.maps.find((pin) => pin.endsWith(wanted));
  const map = random.oneIn(4)
    ? random.pick(world.things)
    : path === undefined
      ? undefined
      : world.attempt('BpfMap.openPinned', () => BpfMap.openPinned(path, { codec: 'bytes' }));
  const options = random.oneIn(4)
    ? [anything(world)]
    : random.oneIn(4)
      ? [{ pages: 1, record: api.u64 }]
      : [];
  world.attempt(`new ${Ring.name}`, () => Reflect.construct(Ring, [map, ...options]));
}

function construct(world: World, thing: object): void {
  const Class: unknown = thing.constructor;
  if (typeof Class !== 'function') return;
  const given = [world.random.oneIn(2) ? external : anything(world), anything(world), external, external];
  // A buffer of any length would be one of megabytes.
  if (/Array|Buffer$|DataView/.test(Class.name) && !Class.name.startsWith('Native')) return;
  world.attempt(`new ${Class.name}`, () => Reflect.construct(Class, given));
}

/** One call, of something. */
export function step(world: World): void {
  const { random, things } = world;
  const thing = random.pick(things);
  switch (thing === undefined ? random.below(6) : random.below(40)) {
    case 0:
    case 1:
      createMap(world);
      return;
    case 2:
      openPinned(world);
      return;
    case 3:
      callFunction(world);
      return;
    case 4:
      openNative(world);
      return;
    case 5:
      // Perf events take milliseconds to open and to close.
      if (random.oneIn(6)) openRing(world);
      else createMap(world);
      return;
    case 6:
      callStatic(world);
      return;
    case 7:
    case 8:
      if (random.oneIn(2))
        world.attempt('produce', () => world.hooks.runProgram(world.pins.program, random.below(40)));
      else callFunction(world);
      return;
    case 9:
      disturbBuffer(world, thing);
      return;
    case 10:
      if (thing !== undefined && random.oneIn(4)) construct(world, thing);
      return;
    case 11:
      if (random.oneIn(400)) globalThis.gc?.();
      return;
    default: {
      if (thing === undefined) return;
      const member = random.pick(membersOf(thing));
      if (member !== undefined) callMember(world, thing, member);
    }
  }
}
