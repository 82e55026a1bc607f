function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/**
 * By how much measurements grow from one to the next: the median of the slopes between all pairs (Theil and Sen), which
 * a single outlier does not move.
 */
export function slope(measurements: readonly number[]): number {
  const slopes: number[] = [];
  for (const [i, a] of measurements.entries()) {
    for (const [j, b] of measurements.entries()) if (j > i) slopes.push((b - a) / (j - i));
  }
  return median(slopes);
}
