import { step } from './calls.ts';
import { MarginError } from './guarded-bytes.ts';
import { callable } from './reflection.ts';
import { count, outcomeOf } from './tally.ts';
import type { World } from './world.ts';

/** The calls of a sequence, one after the other: 5 to 30. */
export function takeSteps(world: World): void {
  for (let left = 5 + world.random.below(26); left > 0; left--) {
    try {
      step(world);
    } catch (error) {
      // Of a getter or a proxy of the fuzzer's own, outside of a call.
      if (error instanceof MarginError) throw error;
      count(world.tally, `outside: ${outcomeOf(error)}`);
    }
  }
}

/** Closes what a sequence opened, but for some of it, which is left to the garbage collector. */
export function closeThings(world: World, ...ways: ReadonlyArray<'close' | 'return'>): void {
  const { random, things } = world;
  for (const thing of things) {
    // Later sequences would find rings busy.
    const isRing = callable(thing, 'arm') !== undefined || callable(thing, 'unref') !== undefined;
    if (ArrayBuffer.isView(thing) || (!isRing && random.oneIn(8))) continue;
    for (const name of ways) {
      const close = callable(thing, name);
      if (close !== undefined) world.attempt(name, () => Reflect.apply(close, thing, []));
    }
  }
}
