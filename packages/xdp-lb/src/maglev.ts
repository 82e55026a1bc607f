/**
 * Maglev look-up tables with weights (Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load
 * Balancer", NSDI 2016, section 3.4). Deterministic: the same names and weights make the same table
 * everywhere.
 */

/** Whoever may own slots. */
export interface MaglevMember {
  /** What its permutation is made of; the same on every node. */
  readonly name: string;
  /** Not negative. */
  readonly weight: number;
}

/** Table sizes: the largest primes below powers of two. */
export const TABLE_SIZES = [251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521] as const;
const LARGEST = 65521;

/** How far a member's share of the slots may be from its share of the weight, as a part of the latter. */
const TOLERANCE = 0.01;

/** FNV-1a, then MurmurHash3's finalizer: 32 bits of a name. */
function hashName(name: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** How many of `size` slots each weight gets: largest remainders, but none without any. */
export function apportion(weights: readonly number[], size: number): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const exact = weights.map((weight) => (weight / total) * size);
  const slots = exact.map((share) => Math.max(1, Math.floor(share)));
  let missing = size - slots.reduce((sum, count) => sum + count, 0);
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share - Math.floor(share) }))
    .toSorted((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (let at = 0; missing > 0; at = (at + 1) % byRemainder.length, missing--) {
    const index = byRemainder[at]?.index ?? 0;
    slots[index] = (slots[index] ?? 0) + 1;
  }
  // Very small weights were lifted to one slot: the largest member gives those slots.
  while (missing < 0) {
    const largest = slots.indexOf(Math.max(...slots));
    slots[largest] = (slots[largest] ?? 0) - 1;
    missing++;
  }
  return slots;
}

/** The smallest table that gives every member its share to within {@link TOLERANCE}, or the largest table. */
export function tableSize(weights: readonly number[]): number {
  if (weights.length === 1) return 1;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (const size of TABLE_SIZES) {
    if (size < weights.length * 2) continue;
    const slots = apportion(weights, size);
    const exact = weights.every((weight, index) => {
      const share = weight / total;
      return Math.abs((slots[index] ?? 0) / size - share) <= share * TOLERANCE;
    });
    if (exact) return size;
  }
  return LARGEST;
}

/**
 * The table: for each slot, the index of the member that owns it. Members without weight own none; with no
 * weight at all the table is empty. O(size x log size) steps on average.
 */
export function maglevTable(members: readonly MaglevMember[]): Uint32Array {
  const eligible = members.flatMap((member, index) => (member.weight > 0 ? [{ ...member, index }] : []));
  if (eligible.length === 0) return new Uint32Array(0);
  const weights = eligible.map((member) => member.weight);
  const size = tableSize(weights);
  const table = new Uint32Array(size);
  if (size === 1) {
    table[0] = eligible[0]?.index ?? 0;
    return table;
  }

  const counts = apportion(weights, size);
  const rounds = Math.max(...counts);
  const walkers = eligible.map((member, at) => ({
    index: member.index,
    count: counts[at] ?? 0,
    next: hashName(member.name, 0) % size,
    skip: (hashName(member.name, 0x9e3779b9) % (size - 1)) + 1,
    credit: 0,
  }));
  const taken = new Uint8Array(size);
  for (let round = 0; round < rounds; round++) {
    for (const walker of walkers) {
      // The heaviest takes a slot in every round, the others evenly over all rounds as many as are theirs.
      walker.credit += walker.count;
      if (walker.credit < rounds) continue;
      walker.credit -= rounds;
      const { skip } = walker;
      let { next } = walker;
      while (taken[next] === 1) {
        next += skip;
        if (next >= size) next -= size;
      }
      walker.next = next;
      taken[next] = 1;
      table[next] = walker.index;
    }
  }
  return table;
}
