import { endianness } from 'node:os';
import type { CComposite, CType } from '../ctype.ts';
import { KIND_NUMBERS } from './btf-reader.ts';
import type { BtfType } from './btf-types.ts';

/** struct btf_header of include/uapi/linux/btf.h. */
const HEADER_BYTES = 24;
const MAGIC = 0xeb9f;
/** BTF_INT_SIGNED and BTF_INT_BOOL, above the 24 bits of an int's offset and size. */
const INT_SIGNED = 1 << 24;
const INT_BOOL = 1 << 26;
/** The highest bit of a struct's info: its members' offsets have sizes of bit fields in their upper 8 bits. */
const KIND_FLAG = 0x8000_0000;

/**
 * Writes BTF, in the machine's byte order, as the kernel loads it (Documentation/bpf/btf.rst). Equal types are
 * written once.
 */
export class BtfWriter {
  readonly #words: number[] = [];
  readonly #strings = new Map([['', 0]]);
  #stringBytes = 1;
  readonly #known = new Map<string, number>();
  #count = 0;

  /** @returns the type's id */
  add(type: CType): number {
    switch (type.kind) {
      case 'int': {
        const encoding = (type.signed ? INT_SIGNED : 0) | (type.bool === true ? INT_BOOL : 0);
        return this.#type('int', type.name, type.size, [encoding | (type.size * 8)]);
      }
      case 'float':
        return this.#type('float', type.name, type.size);
      case 'typedef':
        return this.#type('typedef', type.name, this.add(type.type));
      case 'array': {
        const element = this.add(type.element);
        const index = this.add({ kind: 'int', name: '__ARRAY_SIZE_TYPE__', size: 4, signed: false });
        return this.#type('array', '', 0, [element, index, type.length]);
      }
      case 'struct':
      case 'union':
        return this.#composite(type);
    }
  }

  #composite({ kind, name, size, members }: CComposite): number {
    const hasBits = members.some(({ bitSize }) => bitSize !== 0);
    const words = members.flatMap((member) => [
      this.#string(member.name),
      this.add(member.type),
      hasBits ? ((member.bitSize << 24) | member.bitOffset) >>> 0 : member.bitOffset,
    ]);
    return this.#type(kind, name, size, words, members.length, hasBits ? KIND_FLAG : 0);
  }

  #type(
    kind: BtfType['kind'],
    name: string,
    sizeOrType: number,
    words: readonly number[] = [],
    parts = 0,
    flag = 0,
  ): number {
    const all = [this.#string(name), (flag | (KIND_NUMBERS[kind] << 24) | parts) >>> 0, sizeOrType, ...words];
    const key = all.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#words.push(...all);
    this.#count++;
    this.#known.set(key, this.#count);
    return this.#count;
  }

  #string(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const offset = this.#stringBytes;
    this.#strings.set(text, offset);
    this.#stringBytes += Buffer.byteLength(text) + 1;
    return offset;
  }

  /** All types that were added. */
  bytes(): Uint8Array {
    const little = endianness() === 'LE';
    const typeBytes = this.#words.length * 4;
    const strings = new TextEncoder().encode([...this.#strings.keys(), ''].join('\0'));
    const data = new Uint8Array(HEADER_BYTES + typeBytes + strings.length);
    const view = new DataView(data.buffer);
    view.setUint16(0, MAGIC, little);
    view.setUint8(2, 1);
    const header = [HEADER_BYTES, 0, typeBytes, typeBytes, strings.length];
    for (const [index, word] of [...header, ...this.#words].entries())
      view.setUint32(4 + 4 * index, word, little);
    data.set(strings, HEADER_BYTES + typeBytes);
    return data;
  }
}
