/** Choices drawn from fast-check, so that one seed makes the whole corpus again. */
import fc from 'fast-check';

/** Draws. */
export interface Choose {
  /** A whole number from 0 to below `size`. */
  index(size: number): number;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  /** One of the items; at least one is needed. */
  pick<T>(items: readonly T[]): T;
  /** A value of an arbitrary. */
  draw<T>(arbitrary: fc.Arbitrary<T>): T;
}

/** Makes `count` values, each by draws of its own. */
export function sample<T>(seed: number, count: number, make: (choose: Choose, index: number) => T): T[] {
  const numbers = fc.infiniteStream(fc.noBias(fc.nat({ max: 0x7fffffff })), { noHistory: true });
  return fc.sample(numbers, { seed, numRuns: count }).map((stream, index) => {
    const next = (): number => stream.next().value;
    const chooser: Choose = {
      index: (size) => next() % Math.max(size, 1),
      chance: (probability) => next() < probability * 0x80000000,
      pick: (items) => {
        if (items.length === 0) throw new RangeError('expected at least one item to pick from, got none');
        return items[next() % items.length] as (typeof items)[number];
      },
      draw: (arbitrary) => {
        const [value] = fc.sample(arbitrary, { seed: next(), numRuns: 1 });
        return value as typeof value & {};
      },
    };
    return make(chooser, index);
  });
}
