import { styleText } from 'node:util';
import { cell } from './cells.ts';
import { hasRecords } from './events.ts';
import { jsonLine, sideJson } from './json.ts';
import { onlyReference, openReference } from './map-reference.ts';
import { wrongType } from './map-title.ts';
import { openToolMap, type ToolMap } from './open-tool-map.ts';
import type { Output } from './output.ts';
import { type PollOptions, poll } from './polling.ts';
import type { Side } from './side.ts';
import { type Change, Snapshot, unpacked } from './snapshot.ts';
import { ToolError } from './tool-error.ts';

/** How `watch` watches. */
export interface WatchOptions extends PollOptions {
  readonly json?: boolean;
  readonly hex?: boolean;
  /** More entries than this are not kept in memory: an error. */
  readonly maxEntries: number;
}

const SIGNS = { added: ['+', 'green'], changed: ['~', 'yellow'], removed: ['-', 'red'] } as const;

const SHOWS_RECORDS = "'bpf-maps events' shows records as they come";

/** The value, or those of all CPUs, each of which takes a multiple of 8 bytes. */
function decode({ codec }: Side, text: string, cpus?: number): unknown {
  const view = unpacked(text);
  if (cpus === undefined) return codec.decode(view, 0);
  const stride = view.byteLength / cpus;
  return Array.from({ length: cpus }, (_, cpu) => codec.decode(view, cpu * stride));
}

function changeJson({ key, value, cpus }: ToolMap, time: string, change: Change): string {
  const before = change.before === undefined ? undefined : decode(value, change.before, cpus);
  const now = change.now === undefined ? undefined : decode(value, change.now, cpus);
  return jsonLine({
    time,
    change: change.kind,
    ...(key.codec.size === 0 ? {} : { key: sideJson(key, decode(key, change.key)) }),
    ...(before === undefined ? {} : { before: sideJson(value, before, cpus) }),
    ...(now === undefined ? {} : { value: sideJson(value, now, cpus) }),
  });
}

function changeText({ key, value, cpus }: ToolMap, time: string, change: Change, output: Output): string {
  const [sign, colour] = SIGNS[change.kind];
  const values = [change.before, change.now].flatMap((text) =>
    text === undefined ? [] : [cell(decode(value, text, cpus))],
  );
  const name = key.codec.size === 0 ? '' : `${cell(decode(key, change.key))}  `;
  const line = `${sign} ${name}${values.join(' -> ')}`;
  return `${time.slice(11, -1)} ${styleText(colour, line, { stream: output.stream })}`;
}

/** `watch`: what changes between readings of a map. */
export async function watch(output: Output, words: readonly string[], options: WatchOptions): Promise<void> {
  const { json = false, hex = false, maxEntries } = options;
  const reference = onlyReference(words);
  using opened = openToolMap(reference, hex);
  if (hasRecords(opened.info)) throw wrongType(opened.info, ['type with entries'], SHOWS_RECORDS);
  using raw = openReference({ by: 'id', id: opened.info.id });
  const snapshot = new Snapshot(maxEntries);
  const read = () => {
    const changes = snapshot.read(raw);
    if (snapshot.complete) return changes;
    throw new ToolError(
      'ERR_TOO_MANY_ENTRIES',
      `map ${opened.info.id} has more than ${maxEntries} entries, which watch would keep in memory: raise --max-entries`,
    );
  };
  read();
  await poll(options, async () => {
    const time = new Date().toISOString();
    for (const change of read()) {
      const line = json ? changeJson(opened, time, change) : changeText(opened, time, change, output);
      await output.write(`${line}\n`);
    }
    await output.flush();
  });
}
