import { type MapInfo, PerfBuffer, RingBuffer } from '../index.ts';
import { cell } from './cells.ts';
import { hexDigits, type Json, jsonLine, sideJson } from './json.ts';
import { onlyReference, openReference } from './map-reference.ts';
import { mapTitle, wrongType } from './map-title.ts';
import type { Output } from './output.ts';
import { type RecordOptions, recordSide } from './record-type.ts';
import type { Side } from './side.ts';
import { untilSignal } from './signals.ts';
import { usageError } from './tool-error.ts';

/** How `events` reads. */
export interface EventOptions extends RecordOptions {
  /** The user knows what reading does. */
  readonly consume?: boolean;
  readonly json?: boolean;
  /** End after so many records. */
  readonly count?: number;
}

/** A record as it comes. */
interface Event {
  readonly record: Uint8Array;
  /** The CPU that wrote it, where that is known. */
  readonly cpu?: number;
}

/** The records of a map, until it is closed. */
interface Source extends Disposable {
  /** What reading does to others. */
  readonly effect: string;
  readonly events: AsyncIterable<Event>;
  /** Records that were lost. */
  lost(): number;
}

async function* withoutCpu(ring: RingBuffer): AsyncGenerator<Event> {
  for await (const record of ring) yield { record };
}

const WITH_RECORDS: readonly string[] = ['ringbuf', 'perf_event_array'];

/** Has the map records instead of entries? */
export function hasRecords({ type }: MapInfo): boolean {
  return WITH_RECORDS.includes(type);
}

function sourceOf(words: readonly string[], consume: boolean): { source: Source; info: MapInfo } {
  using map = openReference(onlyReference(words));
  const { info } = map;
  if (!hasRecords(info)) {
    throw wrongType(info, WITH_RECORDS, "'bpf-maps watch' shows what changes in other maps");
  }
  const effect =
    info.type === 'ringbuf'
      ? 'what is shown here is taken from the ring: its own consumer does not get it'
      : 'events go here instead of to whoever was there before';
  if (!consume) throw usageError(`${mapTitle(info)}: ${effect}; say --consume if that may be`);
  if (info.type === 'ringbuf') {
    const ring = new RingBuffer(map);
    const source = { events: withoutCpu(ring), lost: () => 0, [Symbol.dispose]: () => ring.close() };
    return { source: { effect, ...source }, info };
  }
  const buffer = new PerfBuffer(map);
  const source = { events: buffer, lost: () => buffer.lost, [Symbol.dispose]: () => buffer.close() };
  return { source: { effect, ...source }, info };
}

/** A record may be longer than its type says, as one with data behind a header; what is shorter stays bytes. */
function decode({ codec, raw }: Side, record: Uint8Array): unknown {
  if (raw || record.length < codec.size) return record;
  return codec.decode(new DataView(record.buffer, record.byteOffset, record.length), 0);
}

function recordJson(side: Side, value: unknown): Json {
  return value instanceof Uint8Array ? hexDigits(value) : sideJson(side, value);
}

/** `events`: the records of a ring buffer or a perf buffer as they come. */
export async function events(output: Output, words: readonly string[], options: EventOptions): Promise<void> {
  const { consume = false, json = false, count = Number.POSITIVE_INFINITY } = options;
  const side = recordSide(options);
  const { source, info } = sourceOf(words, consume);
  using _source = source;
  process.stderr.write(`bpf-maps: ${mapTitle(info)}: ${source.effect}\n`);
  await untilSignal(async (signal) => {
    signal.addEventListener('abort', () => source[Symbol.dispose]());
    let seen = 0;
    for await (const { record, cpu } of source.events) {
      const time = new Date().toISOString();
      const value = decode(side, record);
      await output.write(
        json
          ? `${jsonLine({ time, ...(cpu === undefined ? {} : { cpu }), record: recordJson(side, value) })}\n`
          : `${time.slice(11, -1)} ${cpu === undefined ? '' : `cpu ${cpu}  `}${cell(value)}\n`,
      );
      output.flushSoon();
      seen++;
      if (seen >= count) break;
    }
  });
  const lost = source.lost();
  if (lost > 0) process.stderr.write(`bpf-maps: ${lost} records were lost\n`);
}
