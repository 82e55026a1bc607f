import { describe } from '../errors.ts';
import { BtfError } from './btf-error.ts';
import type { BtfType } from './btf-types.ts';

/** BTF_MAGIC of include/uapi/linux/btf.h. */
const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
/** struct btf_type. */
const TYPE_BYTES = 12;

/** BTF_KIND_… of include/uapi/linux/btf.h. */
export const KIND_NUMBERS: Readonly<Record<BtfType['kind'], number>> = {
  void: 0,
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  func_proto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  decl_tag: 17,
  type_tag: 18,
  enum64: 19,
};

const KINDS = Object.keys(KIND_NUMBERS) as ReadonlyArray<BtfType['kind']>;

/** Bytes behind struct btf_type, for the kind as such and for each of its `vlen` parts. */
const EXTRA_BYTES: Readonly<Record<BtfType['kind'], readonly [fixed: number, each: number]>> = {
  void: [0, 0],
  int: [4, 0],
  ptr: [0, 0],
  array: [12, 0],
  struct: [0, 12],
  union: [0, 12],
  enum: [0, 8],
  fwd: [0, 0],
  typedef: [0, 0],
  volatile: [0, 0],
  const: [0, 0],
  restrict: [0, 0],
  func: [0, 0],
  func_proto: [0, 8],
  var: [4, 0],
  datasec: [0, 12],
  float: [0, 0],
  decl_tag: [4, 0],
  type_tag: [0, 0],
  enum64: [0, 12],
};

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function malformed(message: string): BtfError {
  return new BtfError('ERR_BPF_BTF_FORMAT', `malformed BTF: ${message}`);
}

/**
 * The bytes of BTF: where each type and string lies. The header and the extent of every type are checked at
 * once; what a type says is checked when it is read.
 */
export class BtfReader {
  /** All of them. */
  readonly data: Uint8Array;
  readonly littleEndian: boolean;
  /** The id of the first type in these bytes. */
  readonly firstType: number;
  /** The offset that names give to the first string in these bytes. */
  readonly firstString: number;
  readonly stringBytes: number;
  readonly #view: DataView;
  readonly #strings: Uint8Array;
  readonly #positions: Uint32Array;

  constructor(data: Uint8Array, firstType: number, firstString: number) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    if (data.length < HEADER_BYTES) {
      throw malformed(`${data.length} bytes are less than a header (${HEADER_BYTES})`);
    }
    const little = view.getUint16(0, true) === MAGIC;
    if (!little && view.getUint16(0, false) !== MAGIC) {
      throw malformed(`it begins with ${describe(view.getUint16(0, true).toString(16))}, not with eb9f`);
    }
    if (view.getUint8(2) !== 1) throw malformed(`version ${view.getUint8(2)}, only 1 is known`);
    const headerLength = view.getUint32(4, little);
    const section = (name: string, at: number): Uint8Array => {
      const start = headerLength + view.getUint32(at, little);
      const length = view.getUint32(at + 4, little);
      if (headerLength < HEADER_BYTES || start + length > data.length) {
        throw malformed(`its ${name} end at ${start + length}, but there are ${data.length} bytes`);
      }
      return data.subarray(start, start + length);
    };
    const types = section('types', 8);
    this.#strings = section('strings', 16);
    if (this.#strings.length > 0 && this.#strings.at(-1) !== 0)
      throw malformed('its last string does not end');
    this.data = data;
    this.littleEndian = little;
    this.firstType = firstType;
    this.firstString = firstString;
    this.stringBytes = this.#strings.length;
    this.#view = new DataView(types.buffer, types.byteOffset, types.byteLength);
    this.#positions = this.#scan();
  }

  get typeCount(): number {
    return this.#positions.length;
  }

  /** The number of a type's kind, without reading the type. */
  kindOf(id: number): number {
    return (this.#view.getUint32(this.#position(id) + 4, this.littleEndian) >>> 24) & 0x1f;
  }

  string(offset: number): string {
    const start = offset - this.firstString;
    if (start < 0 || start >= this.#strings.length) {
      if (offset === 0) return '';
      throw malformed(`a name lies at ${offset}, behind the strings`);
    }
    return decoder.decode(this.#strings.subarray(start, this.#strings.indexOf(0, start)));
  }

  /** Where each type begins. */
  #scan(): Uint32Array {
    const end = this.#view.byteLength;
    const positions = new Uint32Array(Math.floor(end / TYPE_BYTES));
    let count = 0;
    for (let position = 0; position < end; count++) {
      if (position + TYPE_BYTES > end) throw malformed(`type ${this.firstType + count} is cut off`);
      const info = this.#view.getUint32(position + 4, this.littleEndian);
      const kind = KINDS[(info >>> 24) & 0x1f];
      if (kind === undefined || kind === 'void') {
        throw malformed(
          `type ${this.firstType + count} is of kind ${(info >>> 24) & 0x1f}, which is not known`,
        );
      }
      positions[count] = position;
      const [fixed, each] = EXTRA_BYTES[kind];
      position += TYPE_BYTES + fixed + each * (info & 0xffff);
      if (position > end) throw malformed(`type ${this.firstType + count} is cut off`);
    }
    return positions.slice(0, count);
  }

  #position(id: number): number {
    const position = this.#positions[id - this.firstType];
    if (position === undefined) throw malformed(`there is no type ${id}`);
    return position;
  }

  type(id: number, string: (offset: number) => string): BtfType {
    const start = this.#position(id);
    const u32 = (at: number): number => this.#view.getUint32(start + at, this.littleEndian);
    const name = string(u32(0));
    const info = u32(4);
    const kind = KINDS[(info >>> 24) & 0x1f];
    const vlen = info & 0xffff;
    const flag = info >>> 31 === 1;
    const sizeOrType = u32(8);
    const parts = <T>(each: number, read: (at: number) => T): T[] =>
      Array.from({ length: vlen }, (_, index) => read(TYPE_BYTES + each * index));
    switch (kind) {
      case 'int': {
        const encoding = u32(12);
        return {
          kind,
          name,
          size: sizeOrType,
          bits: encoding & 0xff,
          bitOffset: (encoding >>> 16) & 0xff,
          signed: (encoding & 0x0100_0000) !== 0,
          bool: (encoding & 0x0400_0000) !== 0,
        };
      }
      case 'float':
        return { kind, name, size: sizeOrType };
      case 'array':
        return { kind, name, type: u32(12), length: u32(20) };
      case 'struct':
      case 'union':
        return {
          kind,
          name,
          size: sizeOrType,
          members: parts(12, (at) => {
            const offset = u32(at + 8);
            return {
              name: string(u32(at)),
              type: u32(at + 4),
              bitOffset: flag ? offset & 0xff_ffff : offset,
              bitSize: flag ? offset >>> 24 : 0,
            };
          }),
        };
      case 'enum':
        return {
          kind,
          name,
          size: sizeOrType,
          signed: flag,
          values: parts(8, (at) => ({
            name: string(u32(at)),
            value: BigInt(flag ? u32(at + 4) | 0 : u32(at + 4)),
          })),
        };
      case 'enum64':
        return {
          kind,
          name,
          size: sizeOrType,
          signed: flag,
          values: parts(12, (at) => {
            const value = (BigInt(u32(at + 8)) << 32n) | BigInt(u32(at + 4));
            return { name: string(u32(at)), value: flag ? BigInt.asIntN(64, value) : value };
          }),
        };
      case 'fwd':
        return { kind, name, union: flag };
      case 'func_proto':
        return {
          kind,
          name,
          type: sizeOrType,
          parameters: parts(8, (at) => ({ name: string(u32(at)), type: u32(at + 4) })),
        };
      case 'datasec':
        return {
          kind,
          name,
          size: sizeOrType,
          variables: parts(12, (at) => ({ type: u32(at), offset: u32(at + 4), size: u32(at + 8) })),
        };
      case 'ptr':
      case 'typedef':
      case 'volatile':
      case 'const':
      case 'restrict':
      case 'func':
      case 'type_tag':
      case 'var':
      case 'decl_tag':
        return { kind, name, type: sizeOrType };
      default:
        throw malformed(`there is no type ${id}`);
    }
  }
}
