import { mapTypes, type UpdateMode } from '../index.ts';
import { parseArgument, parseKey, parseValue } from './argument.ts';
import { cells, titles } from './cells.ts';
import { table } from './columns.ts';
import { describeType } from './describe-type.ts';
import { jsonLine, sideJson } from './json.ts';
import { onlyReference, openReference, parseReference } from './map-reference.ts';
import { openToolMap, type ToolMap } from './open-tool-map.ts';
import type { Output } from './output.ts';
import { ExitCode, ToolError, usageError } from './tool-error.ts';

/** How keys and values are written. */
interface EntryOptions {
  readonly hex?: boolean;
  readonly json?: boolean;
}

function noEntry({ info }: ToolMap, key: string | undefined): ToolError {
  const title = info.name === '' ? `map ${info.id}` : `map '${info.name}' (id ${info.id})`;
  return new ToolError(
    'ERR_NO_ENTRY',
    key === undefined ? `${title} is empty` : `${title} has no key ${key}`,
    ExitCode.notFound,
  );
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

/** A map's name and `least` to `most` words after it. */
function openWith(words: readonly string[], hex: boolean, usage: string, most: number) {
  const { reference, rest } = parseReference(words);
  if (rest.length > most) {
    throw usageError(
      `expected ${usage}, got ${rest.length} words after the map; quote what has spaces in it`,
    );
  }
  return { opened: openToolMap(reference, hex), rest };
}

function valueTable({ value, cpus }: ToolMap, found: unknown): string {
  if (cpus !== undefined && Array.isArray(found)) {
    const rows = found.map((each, cpu) => [String(cpu), ...cells(each)]);
    return table([['cpu', ...titles(value, found[0])], ...rows]);
  }
  const texts = cells(found);
  const names = titles(value, found);
  return names.length === 1 && names[0] === value.role
    ? `${texts.join(' ')}\n`
    : table(names.map((name, index) => [name.slice(value.role.length + 1), texts[index] ?? '']));
}

/** `get`: the value of a key; of a queue or stack its next element; of a bloom filter whether it has a value. */
export async function get(
  output: Output,
  words: readonly string[],
  { hex = false, json = false }: EntryOptions,
): Promise<void> {
  const { opened, rest } = openWith(words, hex, 'one key', 1);
  using _map = opened;
  const { map, key, value, cpus } = opened;
  const [text] = rest;
  if (opened.info.type === 'bloom_filter') {
    if (text === undefined) throw usageError(`which value? Expected one such as ${describeType(value)}`);
    const there = map.contains(parseArgument(value, text));
    if (!there) throw noEntry(opened, text);
    return output.write(json ? `${jsonLine({ contains: true })}\n` : 'likely there\n');
  }
  const wanted = keyOf(opened, text);
  const found = map.get(wanted);
  if (found === undefined) throw noEntry(opened, text);
  return output.write(
    json
      ? `${jsonLine({ key: sideJson(key, wanted ?? null), value: sideJson(value, found, cpus) })}\n`
      : valueTable(opened, found),
  );
}

const OF_MAPS: ReadonlySet<string> = new Set(['array_of_maps', 'hash_of_maps']);

/** How `set` writes. */
interface SetToolOptions {
  readonly hex?: boolean;
  readonly create?: boolean;
  readonly update?: boolean;
  readonly perCpu?: boolean;
}

/** `set`: writes a value; pushes it, on a queue or a stack. */
export function set(words: readonly string[], options: SetToolOptions): void {
  const { hex = false, create = false, update = false, perCpu = false } = options;
  if (create && update) throw usageError('expected either --create or --update, got both');
  const mode: UpdateMode = create ? 'create' : update ? 'update' : 'any';
  // The value of a map of maps may be two words.
  const { opened, rest } = openWith(words, hex, 'a key and a value', 3);
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
  const [text] = given;
  if (text === undefined || given.length > 1) {
    throw usageError(
      `expected one value such as ${describeType(opened.value)}, got ${given.length === 0 ? 'none' : `${given.length} words: quote what has spaces in it`}`,
    );
  }
  map.set(key, parseValue(opened, text, perCpu), { mode });
}

/** `delete`: removes an entry; takes the next element out of a queue or a stack, and prints it. */
export async function deleteEntry(
  output: Output,
  words: readonly string[],
  { hex = false }: EntryOptions,
): Promise<void> {
  const { opened, rest } = openWith(words, hex, 'one key', 1);
  using _map = opened;
  const [text] = rest;
  const key = keyOf(opened, text);
  if (opened.info.keySize > 0) {
    if (!opened.map.delete(key)) throw noEntry(opened, text);
    return;
  }
  const taken = opened.map.take(key);
  if (taken === undefined) throw noEntry(opened, text);
  return output.write(valueTable(opened, taken));
}
