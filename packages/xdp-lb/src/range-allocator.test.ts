import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RangeAllocator } from './range-allocator.ts';

const SIZE = 256;
const REST = 100;

type Step =
  | { readonly do: 'allocate'; readonly length: number; readonly alignment: number }
  | { readonly do: 'release'; readonly which: number }
  | { readonly do: 'wait'; readonly milliseconds: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('allocate' as const),
      length: fc.integer({ min: 1, max: 64 }),
      alignment: fc.constantFrom(1, 4, 16),
    }),
    fc.record({ do: fc.constant('release' as const), which: fc.nat() }),
    fc.record({ do: fc.constant('wait' as const), milliseconds: fc.integer({ min: 1, max: 150 }) }),
  ),
  { maxLength: 80 },
);

describe('a range allocator', () => {
  it('never hands out a number twice, nor one that rests, and loses none', () => {
    fc.assert(
      fc.property(steps, (all) => {
        let now = 0;
        const allocator = new RangeAllocator(SIZE, REST, () => now);
        const held: { start: number; length: number }[] = [];
        const restsUntil = new Array<number>(SIZE).fill(0);
        const used = new Set<number>();
        for (const step of all) {
          if (step.do === 'wait') now += step.milliseconds;
          else if (step.do === 'release') {
            const [range] = held.length > 0 ? held.splice(step.which % held.length, 1) : [];
            if (!range) continue;
            allocator.release(range.start, range.length);
            for (let at = range.start; at < range.start + range.length; at++) {
              used.delete(at);
              restsUntil[at] = now + REST;
            }
          } else {
            const start = allocator.allocate(step.length, step.alignment);
            const fits = (from: number) =>
              from + step.length <= SIZE &&
              Array.from({ length: step.length }, (_, at) => from + at).every(
                (at) => !used.has(at) && (restsUntil[at] ?? 0) <= now,
              );
            if (start === undefined) {
              for (let from = 0; from < SIZE; from += step.alignment) expect(fits(from)).toBe(false);
              continue;
            }
            expect(start % step.alignment).toBe(0);
            expect(fits(start)).toBe(true);
            for (let at = start; at < start + step.length; at++) used.add(at);
            held.push({ start, length: step.length });
          }
          expect(allocator.available).toBe(SIZE - used.size);
        }
        for (const range of held) allocator.release(range.start, range.length);
        now += REST;
        expect(allocator.allocate(SIZE)).toBe(0);
      }),
    );
  });

  it('gives the first range that fits', () => {
    const allocator = new RangeAllocator(16, 0, () => 0);
    expect(allocator.allocate(4)).toBe(0);
    expect(allocator.allocate(4)).toBe(4);
    allocator.release(0, 4);
    expect(allocator.allocate(2)).toBe(0);
    expect(allocator.allocate(4)).toBe(8);
    expect(allocator.allocate(2)).toBe(2);
  });

  it('keeps what was given back out of use until it has rested', () => {
    let now = 0;
    const allocator = new RangeAllocator(8, REST, () => now);
    allocator.allocate(8);
    allocator.release(0, 8);
    expect(allocator.available).toBe(8);
    now = REST - 1;
    expect(allocator.allocate(1)).toBeUndefined();
    now = REST;
    expect(allocator.allocate(8)).toBe(0);
  });

  it('claims what was found in use, once', () => {
    const allocator = new RangeAllocator(16, 0, () => 0);
    expect(allocator.claim(4, 4)).toBe(true);
    expect(allocator.claim(4, 4)).toBe(false);
    expect(allocator.claim(6, 4)).toBe(false);
    expect(allocator.claim(14, 4)).toBe(false);
    expect(allocator.allocate(8)).toBe(8);
    expect(allocator.allocate(4)).toBe(0);
    expect(allocator.allocate(1)).toBeUndefined();
    expect(allocator.available).toBe(0);
  });

  it('has nothing to give when its size is 0, and takes back nothing for an empty range', () => {
    const allocator = new RangeAllocator(0, 0, () => 0);
    expect(allocator.allocate(1)).toBeUndefined();
    allocator.release(0, 0);
    expect(allocator.available).toBe(0);
    expect(allocator.size).toBe(0);
  });
});
