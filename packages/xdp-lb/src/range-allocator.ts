/**
 * Hands out ranges of the numbers 0..size-1. First fit; what is given back is kept out of use for a while,
 * because packets that were under way when it was given back may still read it.
 */
export class RangeAllocator {
  readonly #size: number;
  readonly #restMilliseconds: number;
  readonly #now: () => number;
  /** Free ranges in order, none touching the next. */
  #free: { start: number; length: number }[];
  #resting: { start: number; length: number; until: number }[] = [];
  #available: number;

  constructor(size: number, restMilliseconds: number, now: () => number = () => performance.now()) {
    this.#size = size;
    this.#restMilliseconds = restMilliseconds;
    this.#now = now;
    this.#available = size;
    this.#free = size > 0 ? [{ start: 0, length: size }] : [];
  }

  /** How many numbers are free or resting. */
  get available(): number {
    return this.#available;
  }

  /** The start of a range whose start is a multiple of `alignment`, or undefined when none is free. */
  allocate(length: number, alignment = 1): number | undefined {
    this.#wake();
    for (const [index, range] of this.#free.entries()) {
      const start = Math.ceil(range.start / alignment) * alignment;
      if (start + length > range.start + range.length) continue;
      this.#take(index, start, length);
      return start;
    }
    return undefined;
  }

  /**
   * Marks a range as in use, as found in what an earlier process left. Returns false if part of it already is.
   * Many are best claimed in ascending order: each costs O(log n) then, and O(n) otherwise.
   */
  claim(start: number, length: number): boolean {
    const index = this.#lastFrom(start);
    const holder = this.#free[index];
    if (!holder || start + length > holder.start + holder.length) return false;
    this.#take(index, start, length);
    return true;
  }

  /** The index of the last free range that begins at `start` or before; -1 if there is none. */
  #lastFrom(start: number): number {
    let [low, high] = [0, this.#free.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#free[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Gives a range back. It need not rest when no packet can have seen it. */
  release(start: number, length: number, rest = true): void {
    if (length === 0) return;
    this.#available += length;
    this.#resting.push({ start, length, until: this.#now() + (rest ? this.#restMilliseconds : 0) });
  }

  /** Takes a part out of the free range at an index. */
  #take(index: number, start: number, length: number): void {
    const range = this.#free[index];
    if (!range) return;
    const end = range.start + range.length;
    const before = { start: range.start, length: start - range.start };
    const after = { start: start + length, length: end - start - length };
    this.#free.splice(index, 1, ...[before, after].filter((part) => part.length > 0));
    this.#available -= length;
  }

  #wake(): void {
    if (this.#resting.length === 0) return;
    const now = this.#now();
    const rested = this.#resting.filter((range) => range.until <= now);
    if (rested.length === 0) return;
    this.#resting = this.#resting.filter((range) => range.until > now);
    const merged: { start: number; length: number }[] = [];
    for (const range of [...this.#free, ...rested].toSorted((a, b) => a.start - b.start)) {
      const last = merged.at(-1);
      if (last && last.start + last.length === range.start) last.length += range.length;
      else merged.push({ start: range.start, length: range.length });
    }
    this.#free = merged;
  }

  /** The whole extent. */
  get size(): number {
    return this.#size;
  }
}
