import { describeType } from './describe-type.ts';
import { fromJson, hexBytes, parseJson } from './from-json.ts';
import type { ToolMap } from './open-tool-map.ts';
import type { Side } from './side.ts';
import { usageError } from './tool-error.ts';

function json(side: Side, text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw usageError(`${side.role} '${text}': expected JSON, such as ${describeType(side)}`);
  }
}

/** Is it to be read as JSON rather than as the number, name or text itself? */
function looksLikeJson(text: string): boolean {
  return /^\s*[[{"]/.test(text);
}

function raw(side: Side, text: string): Uint8Array {
  const bytes = hexBytes(text);
  if (bytes === undefined || bytes.length !== side.codec.size) {
    throw usageError(
      `${side.role} '${text}': expected ${side.codec.size} bytes as hexadecimal digits, such as ${describeType(side)}` +
        `${bytes === undefined ? '' : `, got ${bytes.length}`}`,
    );
  }
  return bytes;
}

/** What the kernel lays down, without BTF: numbers, and structs of numbers. */
function plain(side: Side, text: string): unknown {
  if (looksLikeJson(text)) return json(side, text);
  if (!/^-?\d+$/.test(text)) {
    throw usageError(`${side.role} '${text}': expected a number, or JSON`);
  }
  return side.codec.size > 4 ? BigInt(text) : Number(text);
}

/** A key or a value from the command line: see the help of `set`. */
export function parseArgument(side: Side, text: string): unknown {
  if (side.raw) return raw(side, text);
  if (side.type === undefined) return plain(side, text);
  const { btf, id } = side.type;
  const { kind } = btf.resolve(id);
  if (kind === 'struct' || kind === 'union' || kind === 'datasec') {
    // An address may stand for struct in6_addr.
    const given = looksLikeJson(text) || !text.includes(':') ? json(side, text) : text;
    return fromJson(btf, id, given);
  }
  return fromJson(btf, id, looksLikeJson(text) ? json(side, text) : text);
}

/** The key of an entry; undefined for maps without keys, for which `text` must be undefined. */
export function parseKey({ key, info }: ToolMap, text: string | undefined): unknown {
  if (info.keySize === 0) {
    if (text === undefined) return undefined;
    throw usageError(`a ${info.type} has no keys, got '${text}'`);
  }
  if (text === undefined) throw usageError(`which key? Expected one such as ${describeType(key)}`);
  return parseArgument(key, text);
}

/** What is to be written: one value, which every CPU gets, or with `perCpu` a JSON array of them. */
export function parseValue(map: ToolMap, text: string, perCpu: boolean): unknown {
  const { value, cpus, info } = map;
  if (!perCpu) {
    const one = parseArgument(value, text);
    return cpus === undefined ? one : Array.from({ length: cpus }, () => one);
  }
  if (cpus === undefined) {
    throw usageError(`--per-cpu: map ${info.id} is of type ${info.type}, which has one value for all CPUs`);
  }
  const list = json(value, text);
  if (!Array.isArray(list) || list.length !== cpus) {
    throw usageError(`--per-cpu: expected a JSON array of ${cpus} values, one for each possible CPU`);
  }
  return list.map((each: unknown) => {
    if (value.raw) return raw(value, String(each));
    return value.type === undefined ? each : fromJson(value.type.btf, value.type.id, each);
  });
}
