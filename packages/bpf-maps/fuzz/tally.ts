/** What happened in many sequences. */
export interface Tally {
  sequences: number;
  calls: number;
  /** Of each call what came of it: `ok`, the `code` of an error, or its class where it has none. */
  readonly outcomes: Record<string, number>;
}

export function emptyTally(): Tally {
  return { sequences: 0, calls: 0, outcomes: {} };
}

export function count(tally: Tally, outcome: string): void {
  tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + 1;
}

export function addTally(to: Tally, from: Tally): void {
  to.sequences += from.sequences;
  to.calls += from.calls;
  for (const [outcome, times] of Object.entries(from.outcomes)) {
    to.outcomes[outcome] = (to.outcomes[outcome] ?? 0) + times;
  }
}

/** What to call something that was thrown. Anything may be: a codec's own error, a number, a proxy that throws. */
export function outcomeOf(thrown: unknown): string {
  try {
    if (typeof thrown !== 'object' || thrown === null) return `thrown ${typeof thrown}`;
    if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
    return thrown instanceof Error ? thrown.name : 'thrown object';
  } catch {
    return 'thrown object';
  }
}
