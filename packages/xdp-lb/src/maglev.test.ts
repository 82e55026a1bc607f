import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apportion, type MaglevMember, maglevTable, TABLE_SIZES, tableSize } from './maglev.ts';

const LARGEST = TABLE_SIZES.at(-1) ?? 0;

const memberNames = (min: number, max: number) =>
  fc.uniqueArray(
    fc.ipV4().map((address) => `${address}:80`),
    { minLength: min, maxLength: max },
  );

const memberSets = (weight: fc.Arbitrary<number>, min = 1, max = 24) =>
  memberNames(min, max).chain((names) =>
    fc.tuple(...names.map((name) => weight.map((value): MaglevMember => ({ name, weight: value })))),
  );

function equals(count: number): MaglevMember[] {
  return Array.from({ length: count }, (_, at) => ({ name: `10.0.${at >> 8}.${at & 255}:80`, weight: 1 }));
}

function counts(table: Uint32Array, members: number): number[] {
  const result = new Array<number>(members).fill(0);
  for (const owner of table) result[owner] = (result[owner] ?? 0) + 1;
  return result;
}

/** The part of the slots that change hands although `gone` did not own them. Both tables have the same size. */
function moved(before: readonly MaglevMember[], after: readonly MaglevMember[], gone: string): number {
  const [a, b] = [maglevTable(before), maglevTable(after)];
  const others = [...a].map((owner, slot) => ({ name: before[owner]?.name, slot }));
  const staying = others.filter(({ name }) => name !== gone);
  const changed = staying.filter(({ name, slot }) => after[b[slot] ?? -1]?.name !== name);
  return changed.length / staying.length;
}

describe('the sizes of tables', () => {
  it.each(TABLE_SIZES.map((size) => [size]))('%i is the largest prime below a power of two', (size) => {
    const isPrime = (n: number) => {
      for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
      return true;
    };
    expect(isPrime(size)).toBe(true);
    const power = 2 ** Math.ceil(Math.log2(size));
    for (let n = size + 1; n < power; n++) expect(isPrime(n)).toBe(false);
  });

  it('is 1 for a single member, whatever its weight', () => {
    expect(tableSize([0.001])).toBe(1);
    expect([...maglevTable([{ name: 'a', weight: 17 }])]).toEqual([0]);
  });

  it('is 1 where only one member has any weight', () => {
    const members = [
      { name: 'a', weight: 0 },
      { name: 'b', weight: 3 },
      { name: 'c', weight: 0 },
    ];
    expect([...maglevTable(members)]).toEqual([1]);
  });

  it('is 0 where nobody has any weight', () => {
    expect(maglevTable([])).toHaveLength(0);
    expect(maglevTable([{ name: 'a', weight: 0 }])).toHaveLength(0);
  });

  it('is the smallest that is exact enough', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 16 }), (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const isExact = (size: number) =>
          apportion(weights, size).every((slots, at) => {
            const share = (weights[at] ?? 0) / total;
            return Math.abs(slots / size / share - 1) <= 0.01;
          });
        const chosen = tableSize(weights);
        const first = TABLE_SIZES.find((size) => size >= weights.length * 2 && isExact(size));
        expect(chosen).toBe(first ?? LARGEST);
      }),
      { numRuns: 100 },
    );
  });
});

describe('shares', () => {
  it('are within 1% of the weights wherever the largest table permits it', () => {
    fc.assert(
      fc.property(memberSets(fc.integer({ min: 1, max: 100 }), 2), (members) => {
        const table = maglevTable(members);
        const total = members.reduce((sum, { weight }) => sum + weight, 0);
        const seen = counts(table, members.length);
        members.forEach(({ weight }, at) => {
          const wanted = weight / total;
          const error = Math.abs((seen[at] ?? 0) / table.length / wanted - 1);
          // A share of n slots can always be met to half a slot in n, and largest remainders are within one.
          expect(error).toBeLessThanOrEqual(Math.max(0.01, 1 / (wanted * LARGEST)));
        });
      }),
      { numRuns: 40 },
    );
  });

  it.each([2, 3, 10, 100, 300])('of %i equal members differ by one slot at most', (count) => {
    const seen = counts(maglevTable(equals(count)), count);
    expect(Math.max(...seen) - Math.min(...seen)).toBeLessThanOrEqual(1);
  });

  it('leave out members without weight, and nobody else', () => {
    const weights = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(memberSets(weights, 1, 12), (members) => {
        const table = maglevTable(members);
        const seen = counts(table, members.length);
        members.forEach(({ weight }, at) => {
          expect((seen[at] ?? 0) > 0).toBe(weight > 0);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('do not depend on the scale of the weights', () => {
    fc.assert(
      fc.property(memberSets(fc.integer({ min: 1, max: 50 }), 2, 8), (members) => {
        const doubled = members.map(({ name, weight }) => ({ name, weight: weight * 1024 }));
        expect(maglevTable(doubled)).toEqual(maglevTable(members));
      }),
      { numRuns: 20 },
    );
  });

  it('add up to the whole table', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), { minLength: 2, maxLength: 100 }),
        fc.constantFrom(...TABLE_SIZES),
        (weights, size) => {
          const slots = apportion(weights, size);
          expect(slots.reduce((sum, count) => sum + count, 0)).toBe(size);
          expect(Math.min(...slots)).toBeGreaterThanOrEqual(1);
        },
      ),
    );
  });
});

describe('which slots a member owns', () => {
  it('is the same every time', () => {
    fc.assert(
      fc.property(memberSets(fc.integer({ min: 0, max: 9 }), 1, 8), (members) => {
        expect(maglevTable(members)).toEqual(maglevTable(members.map((member) => ({ ...member }))));
      }),
      { numRuns: 20 },
    );
  });

  it('does not depend on members without weight', () => {
    fc.assert(
      fc.property(memberSets(fc.integer({ min: 1, max: 9 }), 2, 8), (members) => {
        const table = maglevTable([...members, { name: 'idle', weight: 0 }]);
        expect(table).toEqual(maglevTable(members));
      }),
      { numRuns: 20 },
    );
  });

  it('is the same on every node, from release to release', () => {
    const table = maglevTable(equals(3));
    expect(table).toHaveLength(251);
    let hash = 0x811c9dc5;
    for (const owner of table) hash = Math.imul(hash ^ owner, 0x01000193) >>> 0;
    // A new number here moves flows between nodes that run different releases.
    expect(hash).toBe(1_230_467_625);
  });

  // Eisenbud et al., section 5.3: some slots of those that stay move as well, few where tables are 100 times larger.
  it.each([5, 6, 7, 9, 16, 20])('moves for 5%% of the others at most when one of %i is removed', (count) => {
    const members = equals(count);
    for (const gone of members) {
      const left = members.filter((member) => member !== gone);
      expect(tableSize(left.map(({ weight }) => weight))).toBe(maglevTable(members).length);
      expect(moved(members, left, gone.name)).toBeLessThan(0.05);
    }
  });
});
