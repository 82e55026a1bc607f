import type { BenchRow } from './index.ts';

/** The middle of the values, the upper one of two: what a disturbed round or two do not change. NaN of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Makes the rows of a suite that has one rival. */
export function rowsAgainst(
  rivalName: string,
): (name: string, unit: string, ours: number, rival: number) => BenchRow {
  return (name, unit, ours, rival) => ({ case: name, unit, ours, rival, rivalName, ratio: ours / rival });
}
