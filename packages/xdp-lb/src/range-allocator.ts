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

  constructor(size: number, restMilliseconds: number, now: () => number = () => performance.now()) {
    this.#size = size;
    this.#restMilliseconds = restMilliseconds;
    this.#now = now;
    this.#free = size > 0 ? [{ start: 0, length: size }] : [];
  }

  /** How many numbers are free or resting. */
  get available(): number {
    const sum = (ranges: readonly { length: number }[]) =>
      ranges.reduce((total, range) => total + range.length, 0);
    return sum(this.#free) + sum(this.#resting);
  }

  /** The start of a range whose start is a multiple of `alignment`, or undefined when none is free. */
  allocate(length: number, alignment = 1): number | undefined {
    this.#wake();
    for (const range of this.#free) {
      const start = Math.ceil(range.start / alignment) * alignment;
      if (start + length > range.start + range.length) continue;
      this.#take(start, length);
      return start;
    }
    return undefined;
  }

  /** Marks a range as in use, as found in what an earlier process left. Returns false if part of it already is. */
  claim(start: number, length: number): boolean {
    const holder = this.#free.find(
      (range) => range.start <= start && start + length <= range.start + range.length,
    );
    if (!holder) return false;
    this.#take(start, length);
    return true;
  }

  /** Gives a range back. It need not rest when no packet can have seen it. */
  release(start: number, length: number, rest = true): void {
    if (length === 0) return;
    this.#resting.push({ start, length, until: this.#now() + (rest ? this.#restMilliseconds : 0) });
  }

  #take(start: number, length: number): void {
    this.#free = this.#free.flatMap((range) => {
      const end = range.start + range.length;
      if (start < range.start || start + length > end) return [range];
      const before = { start: range.start, length: start - range.start };
      const after = { start: start + length, length: end - start - length };
      return [before, after].filter((part) => part.length > 0);
    });
  }

  #wake(): void {
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
