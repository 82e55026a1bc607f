import { mapTypes, type UpdateMode } from '../index.ts';
import { noEntry, writeValue } from './answers.ts';
import { parseArgument, parseKey, parseValue } from './argument.ts';
import { describeType } from './describe-type.ts';
import { jsonLine } from './json.ts';
import { onlyReference, openReference } from './map-reference.ts';
import { openWith, type ToolMap } from './open-tool-map.ts';
import type { Output } from './output.ts';
import { usageError } from './tool-error.ts';

/** How keys and values are written. */
export interface EntryOptions {
  readonly hex?: boolean;
  readonly json?: boolean;
}

/** Descriptors of files mean nothing outside of the process that opened them. */
function refuseDescriptors({ info }: ToolMap, role: 'key' | 'value', pattern: RegExp): void {
  const text = mapTypes.find(({ type }) => type === info.type)?.[role] ?? '';
  const what = pattern.exec(text)?.[1];
  if (what === undefined) return;
  throw usageError(
    `map ${info.id} is of type ${info.type}: each ${role} is ${what === 'pidfd' ? 'a pidfd' : `the descriptor of ${what}`}, open in the process that gives it`,
  );
}

/** The key of storages is whose storage it is. */
function keyOf(opened: ToolMap, text: string | undefined): unknown {
  refuseDescriptors(opened, 'key', /^(?:descriptor of )?(an? [^,]+|pidfd), int/);
  return parseKey(opened, text);
}

/** A map, and the one key that may follow it. */
function openWithKey(words: readonly string[], hex: boolean) {
  const { opened, rest } = openWith(words, { hex, what: 'one key', most: 1 });
  return { opened, text: rest[0] };
}

/** `get`: the value of a key; of a queue or stack its next element; of a bloom filter whether it has a value. */
export async function get(
  output: Output,
  words: readonly string[],
  { hex = false, json = false }: EntryOptions,
): Promise<void> {
  const { opened, text } = openWithKey(words, hex);
  using _map = opened;
  const { map, value } = opened;
  if (opened.info.type === 'bloom_filter') {
    if (text === undefined) throw usageError(`which value? Expected one such as ${describeType(value)}`);
    const there = map.contains(parseArgument(value, text));
    if (!there) throw noEntry(opened, text);
    return output.write(json ? `${jsonLine({ contains: true })}\n` : 'likely there\n');
  }
  const key = keyOf(opened, text);
  const found = map.get(key);
  if (found === undefined) throw noEntry(opened, text);
  return writeValue(output, opened, { key, value: found }, json);
}

const OF_MAPS: ReadonlySet<string> = new Set(['array_of_maps', 'hash_of_maps']);

/** How `set` writes. */
export interface SetToolOptions {
  readonly hex?: boolean;
  readonly create?: boolean;
  readonly update?: boolean;
  readonly perCpu?: boolean;
}

/** The one value that the command line gives. */
export function oneWord({ value }: ToolMap, given: readonly string[]): string {
  const [text] = given;
  if (text !== undefined && given.length === 1) return text;
  throw usageError(
    `expected one value such as ${describeType(value)}, got ${given.length === 0 ? 'none' : `${given.length} words: quote what has spaces in it`}`,
  );
}

/** `set`: writes a value; pushes it, on a queue or a stack. */
export function set(words: readonly string[], options: SetToolOptions): void {
  const { hex = false, create = false, update = false, perCpu = false } = options;
  if (create && update) throw usageError('expected either --create or --update, got both');
  const mode: UpdateMode = create ? 'create' : update ? 'update' : 'any';
  // The value of a map of maps may be two words.
  const { opened, rest } = openWith(words, { hex, what: 'a key and a value', most: 3 });
  using _map = opened;
  const { map, info } = opened;
  const keyless = info.keySize === 0;
  const key = keyOf(opened, keyless ? undefined : rest[0]);
  const given = rest.slice(keyless ? 0 : 1);
  if (OF_MAPS.has(info.type)) {
    using inner = openReference(onlyReference(given));
    map.set(key, inner.fd, { mode });
    return;
  }
  refuseDescriptors(opened, 'value', /^written: descriptor of (an? [^;]+)/);
  map.set(key, parseValue(opened, oneWord(opened, given), perCpu), { mode });
}

/** `delete`: removes an entry; takes the next element out of a queue or a stack, and prints it. */
export async function deleteEntry(
  output: Output,
  words: readonly string[],
  options: EntryOptions,
): Promise<void> {
  const { opened, text } = openWithKey(words, options.hex === true);
  using _map = opened;
  const key = keyOf(opened, text);
  if (opened.info.keySize > 0) {
    if (!opened.map.delete(key)) throw noEntry(opened, text);
    return;
  }
  const value = opened.map.take(key);
  if (value === undefined) throw noEntry(opened, text);
  return writeValue(output, opened, { key, value }, options.json === true);
}
