import { listMaps, type MapDescription, MapFlags, mapTypes } from '../index.ts';
import { bytesText, table } from './columns.ts';
import { describeType, typeTitle } from './describe-type.ts';
import { escapeControls, type Json, jsonLine, jsonText, toJson } from './json.ts';
import { openOnly } from './open-tool-map.ts';
import type { Output } from './output.ts';
import { commandWords } from './wording.ts';

/** How what is many is to be written. */
export interface Format {
  /** One JSON document. */
  readonly json?: boolean;
  /** A JSON document on each line. */
  readonly ndjson?: boolean;
}

function flagNames(flags: number): string[] {
  const known = Object.entries(MapFlags).filter(([, bit]) => (flags & bit) !== 0);
  const rest = known.reduce((left, [, bit]) => left & ~bit, flags) >>> 0;
  return [...known.map(([name]) => name), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])];
}

function description(map: MapDescription): { readonly [name: string]: Json } {
  const { id, type, name, keySize, valueSize, maxEntries, flags, mapExtra, ifindex } = map;
  const { memlock = null, frozen = null, btf, pins } = map;
  return {
    id,
    type,
    name,
    keySize,
    valueSize,
    maxEntries,
    flags,
    flagNames: flagNames(flags),
    mapExtra: toJson(mapExtra),
    ifindex,
    memlock,
    frozen,
    btfId: btf === undefined || btf.id === 0 ? null : btf.id,
    pins,
  };
}

/** `list`: every map of the system. */
export async function list(output: Output, { json = false, ndjson = false }: Format): Promise<void> {
  const maps = listMaps();
  if (json) return output.write(`${jsonText(maps.map(description))}\n`);
  if (ndjson) return output.write(maps.map((map) => `${jsonLine(description(map))}\n`).join(''));
  const rows = maps.map((map) => [
    String(map.id),
    map.type,
    map.name === '' ? '-' : map.name,
    String(map.keySize),
    String(map.valueSize),
    String(map.maxEntries),
    bytesText(map.memlock),
    map.btf === undefined ? 'no' : 'yes',
    [...(map.frozen === true ? ['frozen'] : []), ...map.pins.map(escapeControls)].join(' '),
  ]);
  return output.write(
    table([['ID', 'TYPE', 'NAME', 'KEY', 'VALUE', 'MAX', 'MEMORY', 'BTF', 'PINNED'], ...rows]),
  );
}

/** `show`: all that is known of one map. */
export async function show(output: Output, words: readonly string[], { json }: Format): Promise<void> {
  using opened = openOnly(words, false);
  const map = opened.map.describe();
  const type = mapTypes.find((candidate) => candidate.type === map.type);
  const unsupported = type?.unsupported ?? {};
  if (json === true) {
    return output.write(
      `${jsonText({
        ...description(map),
        keyType: typeTitle(opened.key),
        valueType: typeTitle(opened.value),
        unsupported: { ...unsupported },
      })}\n`,
    );
  }
  const perCpu = opened.cpus === undefined ? '' : `, for each of ${opened.cpus} possible CPUs`;
  const example = (side: typeof opened.key) =>
    side.codec.size === 0 || side.codec.size > 512 ? [] : [[`  such as`, describeType(side)]];
  return output.write(
    table([
      ['id', String(map.id)],
      ['name', map.name === '' ? '-' : map.name],
      ['type', type === undefined ? map.type : `${map.type}, since Linux ${type.since}`],
      ['key', typeTitle(opened.key)],
      ...example(opened.key),
      ['value', `${typeTitle(opened.value)}${perCpu}`],
      ...example(opened.value),
      ['max entries', String(map.maxEntries)],
      ['flags', flagNames(map.flags).join(' ') || 'none'],
      ...(map.mapExtra === 0n ? [] : [['map extra', String(map.mapExtra)]]),
      ...(map.ifindex === 0 ? [] : [['offloaded to', `interface ${map.ifindex}`]]),
      ['memory', bytesText(map.memlock)],
      ['BTF', map.btf === undefined || map.btf.id === 0 ? 'none' : `id ${map.btf.id}`],
      ['frozen', map.frozen === undefined ? '-' : map.frozen ? 'yes' : 'no'],
      ['pinned', map.pins.map(escapeControls).join(' ') || 'nowhere'],
      ...Object.entries(unsupported)
        .filter(([operation]) => operation !== 'contains')
        .map(([operation, reason]) => [`no ${operation}`, commandWords(reason)]),
    ]),
  );
}
