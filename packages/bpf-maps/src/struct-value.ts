import { locate } from './codec.ts';
import { CodecError, describe } from './errors.ts';
import { generate, isFieldName } from './generate.ts';
import { clear, type Placed } from './plan.ts';

/** A field of a struct, or an element of an array, and where it lies. */
interface PlacedField {
  readonly name: string;
  readonly codec: Placed;
  /** Bytes from the struct's beginning. */
  readonly offset: number;
}

type Fields = Readonly<Record<string, unknown>>;
type Encode = (value: Fields, view: DataView, at: number) => void;
/** Reads an object. */
export type Decode = (view: DataView, at: number) => Record<string, unknown>;

/** From here on, an expression of its own for each field is no faster than a loop. */
const MANY = 256;

function decodeLoop(fields: readonly PlacedField[]): Decode {
  return (view, at) => {
    const value: Record<string, unknown> = {};
    for (const { name, codec, offset } of fields) value[name] = codec.decode(view, at + offset);
    return value;
  };
}

/** Codecs by the names that they have in generated text. */
function constantsOf(fields: readonly PlacedField[]): Record<string, unknown> {
  return Object.fromEntries(fields.map(({ codec }, index) => [`codec${index}`, codec]));
}

/** How an object with these fields is read. */
export function fieldsDecoder(fields: readonly PlacedField[]): Decode {
  const loop = decodeLoop(fields);
  if (fields.length > MANY || !fields.every(({ name }) => isFieldName(name))) return loop;
  const members = fields.map(
    ({ name, offset }, index) => `${name}: codec${index}.decode(view, at + ${offset})`,
  );
  return generate(constantsOf(fields), `(view, at) => ({ ${members.join(', ')} })`, loop);
}

function encodeLoop(fields: readonly PlacedField[]): Encode {
  return (value, view, at) => {
    let current = '';
    try {
      for (const { name, codec, offset } of fields) {
        current = name;
        codec.encode(value[current], view, at + offset);
      }
    } catch (error) {
      throw locate(error, current);
    }
  };
}

function fieldsEncoder(fields: readonly PlacedField[]): Encode {
  const loop = encodeLoop(fields);
  if (fields.length > MANY || !fields.every(({ name }) => isFieldName(name))) return loop;
  const names = fields.map(({ name }) => name);
  const steps = fields.map(
    ({ name, offset }, index) =>
      `current = ${index}; codec${index}.encode(value.${name}, view, at + ${offset});`,
  );
  const text = `(value, view, at) => {
    let current = 0;
    try { ${steps.join('\n')} } catch (error) { throw locate(error, names[current]); }
  }`;
  return generate({ ...constantsOf(fields), locate, names }, text, loop);
}

/**
 * How a struct is written and read. The code is made when it is first used: of the types that a program's BTF has,
 * few are.
 *
 * @param padding - bytes that no field sets: from, to
 */
export function structValue(
  fields: readonly PlacedField[],
  padding: ReadonlyArray<readonly [number, number]>,
): Placed {
  let encodeFields: Encode | undefined;
  let decodeFields: Decode | undefined;
  return {
    encode(value, view, at) {
      if (typeof value !== 'object' || value === null) {
        throw new CodecError(
          'ERR_BPF_VALUE_TYPE',
          `expected an object with the struct's fields, got ${describe(value)}`,
        );
      }
      for (const [from, to] of padding) clear(view, at + from, to - from);
      encodeFields ??= fieldsEncoder(fields);
      encodeFields(value as Fields, view, at);
    },
    decode(view, at) {
      decodeFields ??= fieldsDecoder(fields);
      return decodeFields(view, at);
    },
  };
}
