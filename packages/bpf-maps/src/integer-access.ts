/** Reads and writes an integer of up to 32 bits, which is in range already, `at` a container's beginning. */
export interface NumberAccess {
  readonly big: false;
  readonly minimum: number;
  readonly maximum: number;
  get(view: DataView, at: number): number;
  set(view: DataView, at: number, value: number): void;
}

/** The same for wider ones. */
export interface BigAccess {
  readonly big: true;
  readonly minimum: bigint;
  readonly maximum: bigint;
  get(view: DataView, at: number): bigint;
  set(view: DataView, at: number, value: bigint): void;
}

export type IntegerAccess = NumberAccess | BigAccess;

/** Where an integer lies, and what it is. */
export interface IntegerPlace {
  /** Bits from the container's beginning; of whole integers a multiple of 8. */
  readonly bitOffset: number;
  /** Bits: 8, 16, 32, 64 or 128 of whole integers, 1 to 64 of bit fields. */
  readonly bits: number;
  readonly signed: boolean;
  readonly littleEndian: boolean;
  /** Give a bigint, as the declared type is of 64 bits or more. */
  readonly big: boolean;
}

function numberRange({ bits, signed }: IntegerPlace): { minimum: number; maximum: number } {
  return signed
    ? { minimum: -(2 ** (bits - 1)), maximum: 2 ** (bits - 1) - 1 }
    : { minimum: 0, maximum: 2 ** bits - 1 };
}

function bigRange({ bits, signed }: IntegerPlace): { minimum: bigint; maximum: bigint } {
  const width = BigInt(bits);
  return signed
    ? { minimum: -(1n << (width - 1n)), maximum: (1n << (width - 1n)) - 1n }
    : { minimum: 0n, maximum: (1n << width) - 1n };
}

/** An integer that lies as C has its own: whole bytes, of a size that the machine knows. Undefined for others. */
export function wholeInteger(place: IntegerPlace): IntegerAccess | undefined {
  const { bits, signed, littleEndian: little } = place;
  const offset = place.bitOffset / 8;
  if (!Number.isInteger(offset)) return undefined;
  const number = (
    get: (view: DataView, at: number) => number,
    set: (view: DataView, at: number, value: number) => void,
  ): NumberAccess => ({ big: false, ...numberRange(place), get, set });
  const big = (
    get: (view: DataView, at: number) => bigint,
    set: (view: DataView, at: number, value: bigint) => void,
  ): BigAccess => ({ big: true, ...bigRange(place), get, set });
  switch (bits) {
    case 8:
      return number(
        signed ? (view, at) => view.getInt8(at + offset) : (view, at) => view.getUint8(at + offset),
        (view, at, value) => view.setUint8(at + offset, value),
      );
    case 16:
      return number(
        signed
          ? (view, at) => view.getInt16(at + offset, little)
          : (view, at) => view.getUint16(at + offset, little),
        (view, at, value) => view.setUint16(at + offset, value, little),
      );
    case 32:
      return number(
        signed
          ? (view, at) => view.getInt32(at + offset, little)
          : (view, at) => view.getUint32(at + offset, little),
        (view, at, value) => view.setUint32(at + offset, value, little),
      );
    case 64:
      return big(
        signed
          ? (view, at) => view.getBigInt64(at + offset, little)
          : (view, at) => view.getBigUint64(at + offset, little),
        (view, at, value) => view.setBigUint64(at + offset, BigInt.asUintN(64, value), little),
      );
    case 128: {
      const low = offset + (little ? 0 : 8);
      const high = offset + (little ? 8 : 0);
      return big(
        (view, at) =>
          ((signed ? view.getBigInt64(at + high, little) : view.getBigUint64(at + high, little)) << 64n) |
          view.getBigUint64(at + low, little),
        (view, at, value) => {
          view.setBigUint64(at + low, BigInt.asUintN(64, value), little);
          view.setBigUint64(at + high, BigInt.asUintN(64, value >> 64n), little);
        },
      );
    }
    default:
      return undefined;
  }
}

/**
 * A bit field. Little-endian machines count bits from the least significant one of the first byte, big-endian
 * ones from the most significant one. A field of a packed struct may lie across units of its type.
 */
export function bitField(place: IntegerPlace): IntegerAccess {
  return place.big ? bigBitField(place) : numberBitField(place);
}

/** The bytes that a bit field touches; `byteOf(k)` is where the k-th lies, from the least significant one on. */
function spread({ bitOffset, bits, littleEndian }: IntegerPlace) {
  const first = Math.floor(bitOffset / 8);
  const lead = bitOffset % 8;
  const bytes = Math.ceil((lead + bits) / 8);
  return {
    bytes,
    shift: littleEndian ? lead : bytes * 8 - lead - bits,
    byteOf: (k: number): number => first + (littleEndian ? k : bytes - 1 - k),
  };
}

function numberBitField(place: IntegerPlace): NumberAccess {
  const { bits, signed } = place;
  const { bytes, shift, byteOf } = spread(place);
  const span = 2 ** bits;
  const scale = 2 ** shift;
  // The most that 32 bits touch are 5 bytes, which a double holds exactly.
  const parts = Array.from({ length: bytes }, (_, k) => ({
    byte: byteOf(k),
    weight: 2 ** (8 * k),
    mask: Math.floor(((span - 1) * scale) / 2 ** (8 * k)) % 256,
  }));
  const narrow = shift + bits <= 32;
  const left = 32 - shift - bits;
  const right = 32 - bits;
  const lowest = byteOf(0);
  const step = byteOf(1) - lowest;
  return {
    big: false,
    ...numberRange(place),
    get(view, at) {
      if (narrow) {
        let raw = view.getUint8(at + lowest);
        for (let k = 1; k < bytes; k++) raw |= view.getUint8(at + lowest + k * step) << (8 * k);
        return signed ? (raw << left) >> right : (raw << left) >>> right;
      }
      let raw = 0;
      for (const part of parts) raw += view.getUint8(at + part.byte) * part.weight;
      const value = Math.floor(raw / scale) % span;
      return signed && value >= span / 2 ? value - span : value;
    },
    set(view, at, value) {
      const raw = (value < 0 ? value + span : value) * scale;
      for (const { byte, weight, mask } of parts) {
        const kept = view.getUint8(at + byte) & ~mask;
        view.setUint8(at + byte, kept | (Math.floor(raw / weight) % 256));
      }
    },
  };
}

function bigBitField(place: IntegerPlace): BigAccess {
  const { bits, signed } = place;
  const { bytes, shift, byteOf } = spread(place);
  const by = BigInt(shift);
  const all = ((1n << BigInt(bits)) - 1n) << by;
  const parts = Array.from({ length: bytes }, (_, k) => ({
    byte: byteOf(k),
    weight: BigInt(8 * k),
    mask: Number((all >> BigInt(8 * k)) & 0xffn),
  }));
  return {
    big: true,
    ...bigRange(place),
    get(view, at) {
      let raw = 0n;
      for (const { byte, weight } of parts) raw |= BigInt(view.getUint8(at + byte)) << weight;
      return signed ? BigInt.asIntN(bits, raw >> by) : BigInt.asUintN(bits, raw >> by);
    },
    set(view, at, value) {
      const raw = BigInt.asUintN(bits, value) << by;
      for (const { byte, weight, mask } of parts) {
        const kept = view.getUint8(at + byte) & ~mask;
        view.setUint8(at + byte, kept | Number((raw >> weight) & 0xffn));
      }
    },
  };
}
