import { createSecureContext } from 'node:tls';
import { disturbBuffer, mischief } from './mischief.ts';
import type { World } from './world.ts';

/** Sizes and counts, none of which takes much memory: the kernel would make a map of 2^31 entries. */
const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 40, 64, 255, 256, 1024, 4096] as const;
const NO_SIZES = [
  -1,
  -0,
  0.5,
  1.5,
  Number.NaN,
  Infinity,
  -Infinity,
  2 ** 32,
  2 ** 53,
  -(2 ** 31),
  1e300,
] as const;

/** A number where a size or count is expected. */
export function size(world: World): number {
  const { random } = world;
  return random.oneIn(5) ? random.pick(NO_SIZES) : random.pick(SIZES);
}

/** A number of elements where buffers are to be as long: also what 32 bits just hold. */
export function elements(world: World): number {
  const { random } = world;
  return random.oneIn(4) ? random.pick([2 ** 31, 2 ** 32 - 1, 2 ** 29, 2 ** 31 - 1] as const) : size(world);
}

/** An External of Node's own: a pointer to something else than the addon's. */
const external: unknown = Reflect.get(Object(createSecureContext().context), '_external');

/** An object that does something when it is looked at. */
function trap(world: World): object {
  const bite = () => {
    mischief(world);
    return size(world);
  };
  switch (world.random.below(4)) {
    case 0:
      return { valueOf: bite, toString: bite, [Symbol.toPrimitive]: bite };
    case 1:
      return {
        get length() {
          return bite();
        },
        get size() {
          return bite();
        },
        get signal() {
          bite();
          return undefined;
        },
        get mode() {
          bite();
          return undefined;
        },
        get type() {
          bite();
          return 'hash';
        },
        get key() {
          bite();
          return undefined;
        },
      };
    case 2:
      return new Proxy(
        {},
        {
          get: bite,
          has: () => bite() > 1,
          ownKeys: () => {
            mischief(world);
            return [];
          },
          getPrototypeOf: () => {
            mischief(world);
            return null;
          },
        },
      );
    default:
      return {
        *[Symbol.iterator]() {
          for (let i = 0; i < 4; i++) {
            mischief(world);
            yield [i, i];
          }
        },
      };
  }
}

const KINDS = ['plain', 'plain', 'plain', 'shared', 'resizable', 'growable'] as const;

/** Bytes where bytes are expected: mostly `length` of them. */
export function bytesOf(world: World, length: number): unknown {
  const { random } = world;
  const fitting = Number.isSafeInteger(length) && length >= 0 && length <= 1 << 20 ? length : 16;
  if (random.below(8) > 0) return world.bytes.make(fitting, random.pick(KINDS));
  switch (random.below(11)) {
    case 0:
      return world.bytes.make(Math.max(0, fitting - 1), 'plain');
    case 1:
      return new Uint8Array(0);
    case 2: {
      const gone = new Uint8Array(fitting);
      structuredClone(gone, { transfer: [gone.buffer] });
      return gone;
    }
    case 3: {
      // Follows the length of its buffer.
      const buffer = new ArrayBuffer(fitting, { maxByteLength: 2 * fitting + 8 });
      const tracking = new Uint8Array(buffer);
      buffer.resize(random.below(2 * fitting + 8));
      return tracking;
    }
    case 4: {
      // Out of the bounds of its buffer.
      const buffer = new ArrayBuffer(2 * fitting + 8, { maxByteLength: 2 * fitting + 8 });
      const outside = new Uint8Array(buffer, 8, fitting);
      buffer.resize(random.below(fitting + 8));
      return outside;
    }
    case 5:
      return new DataView(new ArrayBuffer(fitting));
    case 6:
      return new Float64Array(Math.ceil(fitting / 8));
    case 7:
      return new Proxy(new Uint8Array(fitting), {});
    case 8: {
      const lying = new Uint8Array(4);
      Object.defineProperty(lying, 'length', { value: 1 << 20 });
      Object.defineProperty(lying, 'byteLength', { value: 1 << 20 });
      return lying;
    }
    case 9:
      return new Uint8ClampedArray(fitting);
    default: {
      const late = world.bytes.make(fitting, 'resizable');
      disturbBuffer(world, late);
      return late;
    }
  }
}

const TEXTS = [
  '',
  'a',
  'hash',
  '\0',
  'a\0b',
  '../x',
  '/',
  '/dev/null',
  '\ud800',
  'x'.repeat(300),
  '10.0.0.1/8',
  '::1',
  '02:42:ac:11:00:02',
] as const;

/** Anything. */
export function anything(world: World): unknown {
  const { random } = world;
  switch (random.below(14)) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
    case 3:
      return size(world);
    case 4:
      return random.pick([0n, 1n, -1n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 63n), 2n ** 200n] as const);
    case 5:
      return random.pick(TEXTS);
    case 6:
      return random.oneIn(2);
    case 7:
      return Symbol('fuzz');
    case 8:
      return trap(world);
    case 9:
      return bytesOf(world, random.pick(SIZES));
    case 10:
      return random.oneIn(4)
        ? external
        : random.pick([
            [],
            {},
            [1, 2],
            [[1, 1]],
            { lock: true },
            { mode: 'create' },
            { signal: 1 },
            new Date(0),
          ] as const);
    case 11:
      return () => mischief(world);
    default:
      return random.pick(world.things);
  }
}

export { external };
