import { BpfError, BpfMap, BpfUsageError, listMaps, type MapDescription, ringPositions } from '../index.ts';
import { isKeyless, Snapshot } from './snapshot.ts';

/** A map between two samples. Undefined is what is not known: the map cannot be read that way, or is new. */
export interface Activity {
  readonly map: MapDescription;
  /** Entries that differ, a second. */
  readonly changes?: number | undefined;
  /** Bytes of those entries, a second; of a ring, bytes that were written. */
  readonly bytes?: number | undefined;
  /** Entries that were compared. */
  readonly entries?: number | undefined;
  /** Of a ring, bytes that wait to be read. */
  readonly pending?: number | undefined;
  /** Was every entry compared? */
  readonly complete: boolean;
}

/** What was last seen of a map. */
type Sampled =
  | { readonly snapshot: Snapshot; readonly time: number }
  | { readonly produced: bigint; readonly time: number };

/** All maps of the system, sampled again and again. */
export class Sampler {
  readonly #sample: number;
  #sampled = new Map<number, Sampled>();

  /** Compares so many entries of each map. */
  constructor(sample: number) {
    this.#sample = sample;
  }

  /** What happened since the last reading. */
  read(): Activity[] {
    const before = this.#sampled;
    // Of maps that are gone, nothing is kept.
    this.#sampled = new Map();
    return listMaps().map((map) => {
      try {
        // Only while it is read: being open here must not keep a map alive.
        using open = BpfMap.openById(map.id, { codec: 'bytes' });
        const isRing = map.type === 'ringbuf' || map.type === 'user_ringbuf';
        const last = before.get(map.id);
        return { map, ...(isRing ? this.#readRing(open, last) : this.#readEntries(open, last)) };
      } catch (error) {
        // It has no entries, or they are not for user space to read, or it is gone.
        if (!(error instanceof BpfError || error instanceof BpfUsageError)) throw error;
        return { map, complete: false };
      }
    });
  }

  #readRing(map: BpfMap<Uint8Array, Uint8Array>, before: Sampled | undefined): Omit<Activity, 'map'> {
    const time = performance.now();
    const { produced, consumed } = ringPositions(map);
    this.#sampled.set(map.id, { produced, time });
    const pending = Number(produced - consumed);
    if (before === undefined || !('produced' in before)) return { pending, complete: true };
    const bytes = Number(produced - before.produced) / ((time - before.time) / 1000);
    return { bytes, pending, complete: true };
  }

  #readEntries(map: BpfMap<Uint8Array, Uint8Array>, before: Sampled | undefined): Omit<Activity, 'map'> {
    const last = before !== undefined && 'snapshot' in before ? before : undefined;
    const snapshot = last?.snapshot ?? new Snapshot(this.#sample);
    const time = performance.now();
    const wasComplete = snapshot.complete;
    const changes = snapshot.read(map);
    this.#sampled.set(map.id, { snapshot, time });
    const { size: entries } = snapshot;
    // Of a queue or a stack, what comes after the next element is not seen.
    const complete = snapshot.complete && !(isKeyless(map) && entries > 0);
    if (last === undefined) return { entries, complete };
    // Where only some entries are seen, which ones they are changes as others come and go.
    const counted = wasComplete && complete ? changes : changes.filter(({ kind }) => kind === 'changed');
    const perSecond = 1000 / (time - last.time);
    const size = counted.reduce((sum, { key, before: was = '', now = '' }) => {
      return sum + key.length + Math.max(was.length, now.length);
    }, 0);
    return { changes: counted.length * perSecond, bytes: size * perSecond, entries, complete };
  }
}
