import { setTimeout as sleep } from 'node:timers/promises';
import { keyOf, type ObjectKey } from '../object.ts';
import type { SourceEvent, SourceHandler } from '../source.ts';

/** Nothing is held longer, in milliseconds: what is missing comes as a change of its own then. */
const LONGEST_HOLD_MS = 5_000;

/**
 * Delivers events, in order for each object, and holds back objects that refer to what is not known yet: a route
 * that names a Service for the first time would otherwise be decided as one without endpoints, and its
 * connections refused until they are known.
 */
export class HeldEvents {
  readonly #deliver: SourceHandler;
  /** The last event of each object that is held. */
  readonly #held = new Map<ObjectKey, SourceEvent>();

  constructor(deliver: SourceHandler) {
    this.#deliver = deliver;
  }

  /**
   * Takes events that belong together.
   *
   * @param waitFor - what an event has to wait for, if anything
   */
  take(events: readonly SourceEvent[], waitFor: (event: SourceEvent) => Promise<unknown> | undefined): void {
    const ready: SourceEvent[] = [];
    for (const event of events) {
      const key = keyOf(event.object);
      const wait = waitFor(event);
      this.#held.delete(key);
      if (wait === undefined) ready.push(event);
      else this.#hold(key, event, wait);
    }
    if (ready.length > 0) this.#deliver(ready);
  }

  /** Forgets what is held. */
  clear(): void {
    this.#held.clear();
  }

  #hold(key: ObjectKey, event: SourceEvent, wait: Promise<unknown>): void {
    this.#held.set(key, event);
    const release = (): void => {
      limit.abort();
      if (this.#held.get(key) !== event) return;
      this.#held.delete(key);
      this.#deliver([event]);
    };
    const limit = new AbortController();
    wait.then(release, release);
    sleep(LONGEST_HOLD_MS, undefined, { signal: limit.signal }).then(release, () => undefined);
  }
}
