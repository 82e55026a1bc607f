import { noEntry, writeValue } from './answers.ts';
import { parseArgument } from './argument.ts';
import { type EntryOptions, oneWord } from './entries.ts';
import { wrongType } from './map-title.ts';
import { openOnly, openWith, type ToolMap } from './open-tool-map.ts';
import type { Output } from './output.ts';

/** How `push` writes. */
interface PushOptions {
  readonly hex?: boolean;
  /** Where the map is full, in place of its oldest element. */
  readonly force?: boolean;
}

/** Only of maps whose elements come and go at an end. */
function expectElements({ info }: ToolMap, types: readonly string[], instead: string): void {
  if (!types.includes(info.type)) throw wrongType(info, types, instead);
}

const ENDS = ['queue', 'stack'];

/** `push`: adds an element to a queue, a stack or a bloom filter. */
export function push(words: readonly string[], { hex = false, force = false }: PushOptions): void {
  const { opened, rest } = openWith(words, { hex, what: 'one value', most: 1 });
  using _map = opened;
  expectElements(
    opened,
    [...ENDS, 'bloom_filter'],
    "'bpf-maps set' writes the value of a key, programs write records",
  );
  // BPF_EXIST: see kernel/bpf/queue_stack_maps.c.
  opened.map.set(undefined, parseArgument(opened.value, oneWord(opened, rest)), {
    mode: force ? 'update' : 'any',
  });
}

/** Prints the next element of a queue or a stack. */
async function nextElement(
  output: Output,
  words: readonly string[],
  { hex = false, json = false }: EntryOptions,
  read: 'get' | 'take',
  instead: string,
): Promise<void> {
  using opened = openOnly(words, hex);
  expectElements(opened, ENDS, instead);
  const value = opened.map[read](undefined);
  if (value === undefined) throw noEntry(opened, undefined);
  await writeValue(output, opened, { key: undefined, value }, json);
}

/** `peek`: the next element, which stays where it is. */
export function peek(output: Output, words: readonly string[], options: EntryOptions): Promise<void> {
  return nextElement(output, words, options, 'get', "'bpf-maps get' reads the value of a key");
}

/** `pop`: takes the next element out. */
export function pop(output: Output, words: readonly string[], options: EntryOptions): Promise<void> {
  return nextElement(output, words, options, 'take', "'bpf-maps delete' removes a key");
}
