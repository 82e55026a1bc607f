import { type Codec, checkCodec, roundUp, type ValueOf } from './codec.ts';
import { type CMember, type CType, cArray, cComposite } from './ctype.ts';
import { elements } from './elements.ts';
import { BpfUsageError, describe } from './errors.ts';
import { isFieldName } from './generate.ts';
import { type BitField, bits, placeBits } from './numbers.ts';
import type { Placed } from './plan.ts';
import { structValue } from './struct-value.ts';

/** A field of a {@link struct}: a codec or {@link bits}, laid out as C does, or with the place that BTF gives. */
export type FieldSpec = Codec<unknown> | BitField<unknown> | PlacedField | PlacedBitField;

/** A field of a {@link struct} whose place is known. */
export interface PlacedField {
  /** How the field is written and read. */
  readonly codec: Codec<unknown>;
  /** Bytes from the struct's start, as C's `offsetof`. */
  readonly offset: number;
}

/** A bit field of a {@link struct} whose place is known. */
export interface PlacedBitField {
  /** What it is; see {@link bits}. */
  readonly codec: BitField<unknown>;
  /** Bits from the struct's start, counted as BTF does: from the first byte's least significant one on (on big-endian machines its most significant one). */
  readonly bitOffset: number;
}

/** The fields of a struct by name, in the order of their declaration in C. */
export type StructFields = Readonly<Record<string, FieldSpec>>;

/** The JavaScript value of a field. */
export type FieldValue<S> =
  S extends BitField<infer T>
    ? T
    : S extends Pick<PlacedField | PlacedBitField, 'codec'>
      ? FieldValue<S['codec']>
      : ValueOf<S>;

/** The JavaScript value of a struct with these fields. */
export type StructValue<F extends StructFields> = {
  -readonly [Name in keyof F]: FieldValue<F[Name]>;
};

/** How {@link struct} lays out what it is not told. */
export interface StructOptions {
  /** `sizeof` in bytes, where the layout is given (by BTF); at least the end of the last field. */
  readonly size?: number;
  /** `__attribute__((packed))`: no padding, alignment 1. */
  readonly packed?: boolean;
  /** `_Alignof` in bytes; by default the largest of the fields'. */
  readonly alignment?: number;
  /** The struct's tag in C, such as `flow`, which BTF tells others; none by default. */
  readonly name?: string;
}

/** A codec of a struct also tells where its fields lie. */
export interface StructCodec<T> extends Codec<T> {
  /** Byte offset of each field, as C's `offsetof`; of a bit field, of the byte that it begins in. */
  readonly offsets: Readonly<Record<keyof T & string, number>>;
}

/** @internal A field, and where it lies. */
export interface Field {
  readonly name: string;
  readonly codec: Placed;
  /** What the codec is to be given, in bytes; of bit fields 0, as they know where they lie. */
  readonly offset: number;
  readonly bitOffset: number;
  readonly bitSize: number;
  readonly alignment: number;
  readonly ctype: CType | undefined;
  readonly isBitField: boolean;
}

/** @internal As BTF has it. */
export function cMember(field: Field): Omit<CMember, 'type'> & { readonly type: CType | undefined } {
  const { name, ctype: type, bitOffset, isBitField, bitSize } = field;
  return { name, type, bitOffset, bitSize: isBitField ? bitSize : 0 };
}

function layoutError(message: string): BpfUsageError {
  return new BpfUsageError('ERR_BPF_LAYOUT', message);
}

function isBitField(spec: FieldSpec | BitField<unknown>): spec is BitField<unknown> {
  return 'bits' in spec && 'type' in spec;
}

function checkPlace(name: string, what: string, place: number): number {
  if (Number.isSafeInteger(place) && place >= 0) return place;
  const unit = what === 'offset' ? 'bytes' : 'bits';
  throw layoutError(
    `struct field ${name}: ${what} must be a whole number of ${unit}, got ${describe(place)}`,
  );
}

function layOutBits(
  name: string,
  field: BitField<unknown>,
  place: number | undefined,
  end: number,
  packed: boolean,
): Field {
  const unit = field.type.size * 8;
  let bitOffset = end;
  if (place !== undefined) bitOffset = checkPlace(name, 'bitOffset', place);
  // It does not lie across two units of its type.
  else if (!packed && Math.floor(end / unit) !== Math.floor((end + field.bits - 1) / unit)) {
    bitOffset = roundUp(end, unit);
  }
  return {
    name,
    codec: placeBits(bits(field.type as Codec<number>, field.bits), bitOffset),
    offset: 0,
    bitOffset,
    bitSize: field.bits,
    alignment: field.type.alignment,
    ctype: field.type.ctype,
    isBitField: true,
  };
}

/** @internal Places fields one after the other as C does, or all at the beginning of a union. */
export function layOut(fields: StructFields, packed: boolean, union = false): Field[] {
  let end = 0;
  return Object.entries(fields).map(([name, spec]) => {
    if (!isFieldName(name)) {
      throw layoutError(`struct field ${describe(name)}: expected a name as C has them`);
    }
    if (union) end = 0;
    const codec = 'codec' in spec ? spec.codec : spec;
    let field: Field;
    if (isBitField(codec)) {
      const place = 'bitOffset' in spec ? spec.bitOffset : undefined;
      field = layOutBits(name, codec, place, end, packed);
    } else {
      checkCodec(codec, `struct field ${name}`);
      const offset =
        'offset' in spec
          ? checkPlace(name, 'offset', spec.offset)
          : roundUp(Math.ceil(end / 8), packed ? 1 : codec.alignment);
      const { size, alignment, ctype } = codec;
      const isBitField = false;
      field = { name, codec, offset, bitOffset: offset * 8, bitSize: size * 8, alignment, ctype, isBitField };
    }
    end = field.bitOffset + field.bitSize;
    return field;
  });
}

/** The bytes between the fields, and those that bit fields share; refuses fields that overlap. */
function findPadding(fields: readonly Field[], size: number): Array<readonly [number, number]> {
  const padding: Array<readonly [number, number]> = [];
  let end = 0;
  // The first byte of which not every bit is set by a field that sets whole bytes.
  let from = 0;
  for (const field of fields.toSorted((a, b) => a.bitOffset - b.bitOffset)) {
    if (field.bitOffset < end) {
      const unit = field.bitOffset % 8 === 0 && end % 8 === 0 ? 8 : 1;
      const at = unit === 8 ? `offset ${field.bitOffset / 8}` : `bit ${field.bitOffset}`;
      throw layoutError(
        `struct field ${field.name} at ${at} overlaps the field before it, which ends at ${end / unit}`,
      );
    }
    end = field.bitOffset + field.bitSize;
    if (field.bitOffset % 8 !== 0 || field.bitSize % 8 !== 0 || field.offset * 8 !== field.bitOffset)
      continue;
    if (field.offset > from) padding.push([from, field.offset]);
    from = end / 8;
  }
  if (end > size * 8) {
    throw layoutError(`struct has size ${size}, but its last field ends at ${Math.ceil(end / 8)}`);
  }
  if (from < size) padding.push([from, size]);
  return padding;
}

/** @internal Size and alignment of what has these fields. */
export function measure(
  fields: readonly Field[],
  options: StructOptions,
): { size: number; alignment: number } {
  const widest = options.packed === true ? 1 : Math.max(1, ...fields.map((field) => field.alignment));
  const last = Math.ceil(Math.max(0, ...fields.map((field) => field.bitOffset + field.bitSize)) / 8);
  // A size from BTF that is no multiple of the alignment is that of a packed struct.
  const alignment =
    options.alignment ?? (options.size !== undefined && options.size % widest !== 0 ? 1 : widest);
  return { size: options.size ?? roundUp(last, alignment), alignment };
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
  const laidOut = layOut(fields, options.packed ?? false);
  const { size, alignment } = measure(laidOut, options);
  const padding = findPadding(laidOut, size);
  const offsets = Object.fromEntries(laidOut.map((field) => [field.name, Math.floor(field.bitOffset / 8)]));

  const codec = Object.freeze({
    size,
    alignment,
    ctype: cComposite('struct', options.name ?? '', size, laidOut.map(cMember)),
    offsets,
    ...structValue(laidOut, padding),
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
  const codec = elements(element, length, element.size, element.alignment, `${length} elements`);
  return Object.freeze({ ...codec, ctype: cArray(element.ctype, length) });
}
