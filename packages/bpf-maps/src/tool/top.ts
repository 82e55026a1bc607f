import { styleText } from 'node:util';
import { type Activity, Sampler } from './activity.ts';
import { bytesText, table } from './columns.ts';
import { jsonLine } from './json.ts';
import type { Output } from './output.ts';
import { type PollOptions, poll } from './polling.ts';

/** What maps are sorted by, the most of it first. */
export const sortings = ['bytes', 'changes', 'entries', 'memory'] as const;

/** How `top` samples. */
export interface TopOptions extends PollOptions {
  readonly json?: boolean;
  /** Of each map, so many entries are compared. */
  readonly sample: number;
  /** How many maps to show. */
  readonly limit: number;
  readonly sort: (typeof sortings)[number];
}

function measure({ map, changes, bytes, entries }: Activity, sort: TopOptions['sort']): number {
  const measures = { bytes, changes, entries, memory: map.memlock };
  return measures[sort] ?? -1;
}

function rate(changes: number): string {
  return changes === 0 || changes >= 10 ? String(Math.round(changes)) : changes.toFixed(1);
}

const thousandths = (value: number | undefined): number | null =>
  value === undefined ? null : Math.round(value * 1000) / 1000;

function activityJson(time: string, activity: Activity): string {
  const { map, changes, bytes, entries, pending, complete } = activity;
  const { id, name, type, maxEntries, memlock } = map;
  return jsonLine({
    time,
    id,
    name,
    type,
    changesPerSecond: thousandths(changes),
    bytesPerSecond: thousandths(bytes),
    entries: entries ?? null,
    ...(pending === undefined ? {} : { pendingBytes: pending }),
    complete,
    maxEntries,
    memlock: memlock ?? null,
  });
}

function activityRow({ map, changes, bytes, entries, pending, complete }: Activity): string[] {
  const known = (value: number | undefined, text: (value: number) => string): string =>
    value === undefined ? '-' : `${text(value)}${complete ? '' : '+'}`;
  return [
    String(map.id),
    map.name === '' ? '-' : map.name,
    map.type,
    known(changes, rate),
    known(bytes, (value) => bytesText(Math.round(value))),
    pending === undefined ? known(entries, String) : bytesText(pending),
    pending === undefined ? String(map.maxEntries) : bytesText(map.maxEntries),
    bytesText(map.memlock),
  ];
}

const HEAD = ['ID', 'NAME', 'TYPE', 'CHANGES/S', 'BYTES/S', 'ENTRIES', 'MAX', 'MEMORY'];

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
