import {
  bytes,
  type Codec,
  cString,
  ipv4,
  lpmKey,
  none,
  possibleCpus,
  struct,
  u8,
  u32,
  u64,
} from '../src/index.ts';
import { anything } from './hostile.ts';
import { mischief } from './mischief.ts';
import type { World } from './world.ts';

/** A codec, and values of its type. */
export interface Shape {
  readonly codec: Codec<unknown>;
  sample(world: World): unknown;
}

/** What a codec with known values becomes when nobody looks at the type of its values any more. */
function shape<T>(codec: Codec<T>, sample: (world: World) => T): Shape {
  return { codec: codec as Codec<unknown>, sample };
}

const text = ['', 'a', 'ab', 'abc'] as const;

export const nothing: Shape = shape(none, () => undefined);
export const number32: Shape = shape(u32, ({ random }) => random.below(12));
export const number64: Shape = shape(u64, ({ random }) => BigInt(random.below(12)));
export const prefix: Shape = shape(lpmKey(ipv4), ({ random }) => ({
  prefixLength: random.below(33),
  data: `10.0.${random.below(4)}.${random.below(4)}`,
}));

export const shapes: readonly [Shape, ...Shape[]] = [
  number32,
  number32,
  number64,
  shape(bytes(1), ({ random }) => Uint8Array.of(random.below(8))),
  shape(bytes(13), ({ random }) => new Uint8Array(13).fill(random.below(4))),
  shape(bytes(100), ({ random }) => new Uint8Array(100).fill(random.below(4))),
  shape(cString(8), ({ random }) => random.pick(text)),
  shape(struct({ id: u32, count: u64, flag: u8 }), ({ random }) => ({
    id: random.below(4),
    count: BigInt(random.below(9)),
    flag: random.below(2),
  })),
];

/** Bytes of any number. */
export function bytesShape(length: number): Shape {
  return shape(bytes(length), ({ random }) => new Uint8Array(length).fill(random.below(4)));
}

/** The values of a per-CPU map. */
export function perCpuSample(world: World, value: Shape): unknown[] {
  return Array.from({ length: possibleCpus() + (world.random.oneIn(16) ? 1 : 0) }, () => value.sample(world));
}

/** A codec that at times does what no codec should: throw, call back, take the buffer away, write too far, remember. */
export function misbehaving(world: World, { codec, sample }: Shape): Shape {
  const { random } = world;
  let remembered: DataView | undefined;
  const misbehave = (view: DataView, offset: number) => {
    if (!random.oneIn(4)) return;
    if (random.oneIn(3)) remembered?.setUint8(0, random.below(256));
    remembered = view;
    if (random.oneIn(8)) {
      for (let at = offset; at < offset + 4096; at++) view.setUint8(at, 0xff);
    }
    mischief(world, view);
  };
  return {
    sample,
    codec: {
      size: codec.size,
      alignment: codec.alignment,
      encode(value, view, offset) {
        misbehave(view, offset);
        if (!random.oneIn(8)) codec.encode(value, view, offset);
      },
      decode(view, offset) {
        misbehave(view, offset);
        return random.oneIn(8) ? anything(world) : codec.decode(view, offset);
      },
    },
  };
}
