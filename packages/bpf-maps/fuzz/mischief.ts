import { callable } from './reflection.ts';
import type { World } from './world.ts';

/** A buffer that a thing has, or is. */
function bufferOf(thing: unknown): ArrayBuffer | undefined {
  if (thing instanceof ArrayBuffer) return thing;
  return ArrayBuffer.isView(thing) && thing.buffer instanceof ArrayBuffer ? thing.buffer : undefined;
}

/** Takes the memory of a buffer away, or changes its size. */
export function disturbBuffer(world: World, view: unknown): void {
  const buffer = bufferOf(view);
  if (buffer === undefined || buffer.detached) return;
  const { random } = world;
  if (buffer.resizable && random.oneIn(2)) buffer.resize(random.below(buffer.maxByteLength + 1));
  else if (random.oneIn(2)) structuredClone(buffer, { transfer: [buffer] });
  else world.keep(buffer.transfer(random.oneIn(2) ? undefined : random.below(64)));
}

/**
 * What a codec, a getter or an iterator of the user's may do in the middle of a call: close what is in use, collect
 * garbage, take buffers away, call again, throw.
 */
export function mischief(world: World, view?: unknown): void {
  world.nested(() => {
    const { random, things } = world;
    const thing = random.pick(things);
    switch (random.below(9)) {
      case 0:
      case 1: {
        const close = callable(thing, 'close');
        if (close !== undefined) world.attempt('mischief: close', () => Reflect.apply(close, thing, []));
        return;
      }
      case 2:
        disturbBuffer(world, view);
        return;
      case 3:
        disturbBuffer(world, thing);
        return;
      case 4:
        // A full collection takes milliseconds.
        if (random.oneIn(200)) globalThis.gc?.();
        return;
      case 5:
      case 6: {
        const name = random.pick([
          'get',
          'next',
          'read',
          'info',
          'scratch',
          'setBatch',
          'count',
          'clear',
        ] as const);
        const again = callable(thing, name);
        if (again !== undefined)
          world.attempt(`mischief: ${name}`, () => Reflect.apply(again, thing, [0, 0]));
        return;
      }
      case 7:
        throw random.pick([new Error('mischief'), undefined, 'mischief', 1n] as const);
      default:
        return;
    }
  });
}
