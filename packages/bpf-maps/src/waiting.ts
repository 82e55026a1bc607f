/** @internal The resolvers of those who wait for a ring to be readable, or writable. */
export type Waiting = Set<() => void>;

/** @internal Lets all of them go on. */
export function wake(waiting: Waiting): void {
  const resolvers = [...waiting];
  waiting.clear();
  for (const resolve of resolvers) resolve();
}
