function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}

/**
 * By how much measurements grow from one to the next: the median of the slopes between all pairs (Theil and Sen), which
 * a few outliers do not move; or the median of the steps, which one large step does not move, if that is less.
 */
export function slope(measurements: readonly number[]): number {
  const slopes: number[] = [];
  const steps: number[] = [];
  for (const [i, a] of measurements.entries()) {
    for (const [j, b] of measurements.entries()) if (j > i) slopes.push((b - a) / (j - i));
    const next = measurements[i + 1];
    if (next !== undefined) steps.push(next - a);
  }
  return Math.min(median(slopes), median(steps));
}
