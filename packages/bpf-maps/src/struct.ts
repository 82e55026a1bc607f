import { type Codec, checkCodec, locate, roundUp, type ValueOf } from './codec.ts';
import { BpfUsageError, CodecError, describe } from './errors.ts';

/** A field of a {@link struct}: a codec, laid out as C does, or a codec with the offset that BTF gives. */
export type FieldSpec = Codec<unknown> | PlacedField;

/** A field of a {@link struct} whose place is known. */
export interface PlacedField {
  /** How the field is written and read. */
  readonly codec: Codec<unknown>;
  /** Bytes from the struct's start, as C's `offsetof`. */
  readonly offset: number;
}

/** The fields of a struct by name, in the order of their declaration in C. */
export type StructFields = Readonly<Record<string, FieldSpec>>;

/** The JavaScript value of a struct with these fields. */
export type StructValue<F extends StructFields> = {
  -readonly [Name in keyof F]: F[Name] extends Pick<PlacedField, 'codec'>
    ? ValueOf<F[Name]['codec']>
    : ValueOf<F[Name]>;
};

/** How {@link struct} lays out what it is not told. */
export interface StructOptions {
  /** `sizeof` in bytes, where the layout is given (by BTF); at least the end of the last field. */
  readonly size?: number;
  /** `__attribute__((packed))`: no padding, alignment 1. */
  readonly packed?: boolean;
  /** `_Alignof` in bytes; by default the largest of the fields'. */
  readonly alignment?: number;
}

/** A codec of a struct also tells where its fields lie. */
export interface StructCodec<T> extends Codec<T> {
  /** Byte offset of each field, as C's `offsetof`. */
  readonly offsets: Readonly<Record<keyof T & string, number>>;
}

interface Field {
  readonly name: string;
  readonly codec: Codec<unknown>;
  readonly offset: number;
}

const NAME = /^[A-Za-z_$][\w$]*$/;

function layoutError(message: string): BpfUsageError {
  return new BpfUsageError('ERR_BPF_LAYOUT', message);
}

function layOut(fields: StructFields, packed: boolean): Field[] {
  let end = 0;
  return Object.entries(fields).map(([name, spec]) => {
    if (!NAME.test(name) || name === '__proto__') {
      throw layoutError(`struct field ${describe(name)}: expected a name as C has them`);
    }
    const placed = 'codec' in spec ? spec : undefined;
    const codec = 'codec' in spec ? spec.codec : spec;
    checkCodec(codec, `struct field ${name}`);
    const offset = placed?.offset ?? roundUp(end, packed ? 1 : codec.alignment);
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw layoutError(
        `struct field ${name}: offset must be a whole number of bytes, got ${describe(offset)}`,
      );
    }
    end = offset + codec.size;
    return { name, codec, offset };
  });
}

/** The bytes between the fields; refuses fields that overlap. */
function findPadding(fields: readonly Field[], size: number): Array<readonly [number, number]> {
  const padding: Array<readonly [number, number]> = [];
  let end = 0;
  for (const field of fields.toSorted((a, b) => a.offset - b.offset)) {
    if (field.offset < end) {
      throw layoutError(
        `struct field ${field.name} at offset ${field.offset} overlaps the field before it, which ends at ${end}`,
      );
    }
    if (field.offset > end) padding.push([end, field.offset]);
    end = field.offset + field.codec.size;
  }
  if (end > size) throw layoutError(`struct has size ${size}, but its last field ends at ${end}`);
  if (end < size) padding.push([end, size]);
  return padding;
}

/**
 * A C struct: fields in the order of declaration, aligned and padded as C does on every 64-bit Linux, unless
 * an `offset` says where a field is. Padding is written as zeros. The value is an object with every field.
 *
 * @throws BpfUsageError `ERR_BPF_LAYOUT` for fields that overlap, pass the given size, or have no C name
 */
export function struct<const F extends StructFields>(
  fields: F,
  options: StructOptions = {},
): StructCodec<StructValue<F>> {
  const packed = options.packed ?? false;
  const laidOut = layOut(fields, packed);
  const widest = packed ? 1 : Math.max(1, ...laidOut.map((field) => field.codec.alignment));
  const last = Math.max(0, ...laidOut.map((field) => field.offset + field.codec.size));
  // A size from BTF that is no multiple of the alignment is that of a packed struct.
  const alignment =
    options.alignment ?? (options.size !== undefined && options.size % widest !== 0 ? 1 : widest);
  const size = options.size ?? roundUp(last, alignment);
  const padding = findPadding(laidOut, size);
  const offsets = Object.fromEntries(laidOut.map((field) => [field.name, field.offset]));

  const codec: StructCodec<Record<string, unknown>> = Object.freeze({
    size,
    alignment,
    offsets,
    encode(value: Record<string, unknown>, view: DataView, offset: number): void {
      if (typeof value !== 'object' || value === null) {
        throw new CodecError(
          'ERR_BPF_VALUE_TYPE',
          `expected an object with the struct's fields, got ${describe(value)}`,
        );
      }
      for (const [from, to] of padding) {
        for (let at = from; at < to; at++) view.setUint8(offset + at, 0);
      }
      let current = '';
      try {
        for (const field of laidOut) {
          current = field.name;
          field.codec.encode(value[current], view, offset + field.offset);
        }
      } catch (error) {
        throw locate(error, current);
      }
    },
    decode(view: DataView, offset: number): Record<string, unknown> {
      const value: Record<string, unknown> = {};
      for (const field of laidOut) value[field.name] = field.codec.decode(view, offset + field.offset);
      return value;
    },
  });
  checkCodec(codec, 'struct');
  return codec as StructCodec<StructValue<F>>;
}

/**
 * A C array `T[length]`: exactly `length` values.
 *
 * @throws BpfUsageError `ERR_BPF_ARGUMENT` if `length` is not a whole number
 */
export function array<T>(element: Codec<T>, length: number): Codec<T[]> {
  checkCodec(element, 'array element');
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new BpfUsageError(
      'ERR_BPF_ARGUMENT',
      `array() needs a whole number of elements, got ${describe(length)}`,
    );
  }
  return elements(element, length, element.size, element.alignment, `${length} elements`);
}

/** @internal `length` values, `stride` bytes apart; the bytes between them are zero. */
export function elements<T>(
  element: Codec<T>,
  length: number,
  stride: number,
  alignment: number,
  expected: string,
): Codec<T[]> {
  return Object.freeze({
    size: length * stride,
    alignment,
    encode(value: T[], view: DataView, offset: number): void {
      if (!Array.isArray(value)) {
        throw new CodecError(
          'ERR_BPF_VALUE_TYPE',
          `expected an array of ${expected}, got ${describe(value)}`,
        );
      }
      if (value.length !== length) {
        throw new CodecError('ERR_BPF_VALUE_RANGE', `expected ${expected}, got ${value.length}`);
      }
      let index = 0;
      try {
        for (; index < length; index++) {
          const start = offset + index * stride;
          element.encode(value[index] as T, view, start);
          for (let at = element.size; at < stride; at++) view.setUint8(start + at, 0);
        }
      } catch (error) {
        throw locate(error, `[${index}]`);
      }
    },
    decode(view: DataView, offset: number): T[] {
      const value: T[] = [];
      for (let index = 0; index < length; index++) value.push(element.decode(view, offset + index * stride));
      return value;
    },
  });
}
