import { styleText } from 'node:util';
import { BpfError, BpfMap, BpfUsageError, listMaps, type MapDescription } from '../index.ts';
import { bytesText, table } from './columns.ts';
import { jsonLine } from './json.ts';
import type { Output } from './output.ts';
import { type PollOptions, poll } from './polling.ts';
import { Snapshot } from './snapshot.ts';

/** What maps are sorted by, the most of it first. */
export const sortings = ['changes', 'entries', 'memory'] as const;

/** How `top` samples. */
export interface TopOptions extends PollOptions {
  readonly json?: boolean;
  /** Of each map, so many entries are compared. */
  readonly sample: number;
  /** How many maps to show. */
  readonly limit: number;
  readonly sort: (typeof sortings)[number];
}

/** A map between two samples. */
interface Activity {
  readonly map: MapDescription;
  /** Entries that differ, a second; undefined if it is not known: the map cannot be read, or is new. */
  readonly changes: number | undefined;
  /** Entries that were compared; undefined if the map cannot be read. */
  readonly entries: number | undefined;
  /** Was every entry compared? */
  readonly complete: boolean;
}

/** What was last seen of a map. */
interface Sampled {
  readonly snapshot: Snapshot;
  /** Of `performance.now`. */
  readonly time: number;
}

/** All maps of the system, sampled again and again. */
class Sampler {
  readonly #sample: number;
  #sampled = new Map<number, Sampled>();

  constructor(sample: number) {
    this.#sample = sample;
  }

  read(): Activity[] {
    const before = this.#sampled;
    // Of maps that are gone, nothing is kept.
    this.#sampled = new Map();
    return listMaps().map((map) => {
      try {
        return { map, ...this.#readOne(map.id, before.get(map.id)) };
      } catch (error) {
        // It has no entries, or they are not for user space to read, or it is gone.
        if (!(error instanceof BpfError || error instanceof BpfUsageError)) throw error;
        return { map, changes: undefined, entries: undefined, complete: false };
      }
    });
  }

  #readOne(id: number, before: Sampled | undefined): Omit<Activity, 'map'> {
    // Only while it is read: being open here must not keep a map alive.
    using map = BpfMap.openById(id, { codec: 'bytes' });
    const snapshot = before?.snapshot ?? new Snapshot(this.#sample);
    const time = performance.now();
    const wasComplete = snapshot.complete;
    const changes = snapshot.read(map);
    this.#sampled.set(id, { snapshot, time });
    const { size: entries, complete } = snapshot;
    if (before === undefined) return { changes: undefined, entries, complete };
    // Where only some entries are seen, which ones they are changes as others come and go.
    const counted = wasComplete && complete ? changes : changes.filter(({ kind }) => kind === 'changed');
    return { changes: counted.length / ((time - before.time) / 1000), entries, complete };
  }
}

function measure({ map, changes, entries }: Activity, sort: TopOptions['sort']): number {
  return (sort === 'changes' ? changes : sort === 'entries' ? entries : map.memlock) ?? -1;
}

function rate(changes: number | undefined): string {
  if (changes === undefined) return '-';
  return changes === 0 || changes >= 10 ? String(Math.round(changes)) : changes.toFixed(1);
}

function activityJson(time: string, { map, changes, entries, complete }: Activity): string {
  const { id, name, type, maxEntries, memlock } = map;
  return jsonLine({
    time,
    id,
    name,
    type,
    changesPerSecond: changes === undefined ? null : Math.round(changes * 1000) / 1000,
    entries: entries ?? null,
    complete,
    maxEntries,
    memlock: memlock ?? null,
  });
}

function activityRow({ map, changes, entries, complete }: Activity): string[] {
  const partly = complete || entries === undefined ? '' : '+';
  return [
    String(map.id),
    map.name === '' ? '-' : map.name,
    map.type,
    `${rate(changes)}${changes === undefined ? '' : partly}`,
    entries === undefined ? '-' : `${entries}${partly}`,
    String(map.maxEntries),
    bytesText(map.memlock),
  ];
}

const HEAD = ['ID', 'NAME', 'TYPE', 'CHANGES/S', 'ENTRIES', 'MAX', 'MEMORY'];

/** The title, the head, and where the cursor is. */
const OTHER_LINES = 3;

/** Cursor to the first column of the first line, and nothing after it. */
const CLEAR_SCREEN = '\u001b[H\u001b[J';

/** `top`: the busiest maps. */
export async function top(output: Output, options: TopOptions): Promise<void> {
  const { json = false, sample, limit, sort } = options;
  const sampler = new Sampler(sample);
  sampler.read();
  let begun = false;
  await poll(options, async () => {
    const time = new Date().toISOString();
    const activities = sampler.read();
    const { columns, rows } = output.size;
    const shown = activities
      .toSorted((a, b) => measure(b, sort) - measure(a, sort) || a.map.id - b.map.id)
      .slice(0, json ? limit : Math.max(1, Math.min(limit, rows - OTHER_LINES)));
    if (json) {
      await output.write(shown.map((activity) => `${activityJson(time, activity)}\n`).join(''));
    } else {
      const memory = activities.reduce((sum, { map }) => sum + (map.memlock ?? 0), 0);
      const title = `${time.slice(11, 19)}  ${activities.length} maps, ${bytesText(memory)}`;
      // A line that is too long would be two.
      const [head = '', ...lines] = table([HEAD, ...shown.map(activityRow)])
        .split('\n')
        .map((line) => line.slice(0, columns));
      const before = output.isTerminal ? CLEAR_SCREEN : begun ? '\n' : '';
      const bold = styleText('bold', head, { stream: output.stream });
      await output.write(`${before}${title.slice(0, columns)}\n${[bold, ...lines].join('\n')}`);
    }
    begun = true;
    await output.flush();
  });
}
