/** Writes BTF by hand: what the compiler here does not, and what no compiler would. */
export class BtfBuilder {
  readonly #little: boolean;
  readonly #words: number[] = [];
  readonly #firstString: number;
  #strings = '\0';
  #count = 0;
  readonly #firstType: number;

  /** `firstType` and `firstString`: where split BTF begins. */
  constructor({ little = true, firstType = 1, firstString = 0 } = {}) {
    this.#little = little;
    this.#firstType = firstType;
    this.#firstString = firstString;
  }

  string(text: string): number {
    if (text === '') return 0;
    const offset = this.#firstString + this.#strings.length;
    this.#strings += `${text}\0`;
    return offset;
  }

  /** @returns the id */
  type(
    name: string,
    kind: number,
    sizeOrType: number,
    { vlen = 0, flag = false, extra = [] as number[] } = {},
  ) {
    this.#words.push(
      this.string(name),
      ((flag ? 0x8000_0000 : 0) | (kind << 24) | vlen) >>> 0,
      sizeOrType,
      ...extra,
    );
    return this.#firstType + this.#count++;
  }

  int(name: string, size: number, encoding = 0, bits = size * 8, offset = 0): number {
    return this.type(name, 1, size, { extra: [((encoding << 24) | (offset << 16) | bits) >>> 0] });
  }

  array(type: number, length: number): number {
    return this.type('', 3, 0, { extra: [type, type, length] });
  }

  /** Members: name, type, offset in bits, and of bit fields their bits. */
  composite(
    kind: 'struct' | 'union',
    name: string,
    size: number,
    members: ReadonlyArray<readonly [name: string, type: number, bitOffset: number, bits?: number]>,
  ): number {
    const flag = members.some(([, , , bits]) => bits !== undefined);
    const extra = members.flatMap(([member, type, bitOffset, bits = 0]) => [
      this.string(member),
      type,
      flag ? ((bits << 24) | bitOffset) >>> 0 : bitOffset,
    ]);
    return this.type(name, kind === 'struct' ? 4 : 5, size, { vlen: members.length, flag, extra });
  }

  enumeration(name: string, size: number, signed: boolean, values: Readonly<Record<string, number>>): number {
    const extra = Object.entries(values).flatMap(([key, value]) => [this.string(key), value >>> 0]);
    return this.type(name, 6, size, { vlen: Object.keys(values).length, flag: signed, extra });
  }

  enumeration64(name: string, signed: boolean, values: Readonly<Record<string, bigint>>): number {
    const extra = Object.entries(values).flatMap(([key, value]) => [
      this.string(key),
      Number(value & 0xffff_ffffn),
      Number((value >> 32n) & 0xffff_ffffn),
    ]);
    return this.type(name, 19, 8, { vlen: Object.keys(values).length, flag: signed, extra });
  }

  bytes(): Uint8Array {
    const typeBytes = this.#words.length * 4;
    const data = new Uint8Array(24 + typeBytes + this.#strings.length);
    const view = new DataView(data.buffer);
    view.setUint16(0, 0xeb9f, this.#little);
    view.setUint8(2, 1);
    const header = [24, 0, typeBytes, typeBytes, this.#strings.length];
    for (const [index, word] of header.entries()) view.setUint32(4 + 4 * index, word, this.#little);
    for (const [index, word] of this.#words.entries()) view.setUint32(24 + 4 * index, word, this.#little);
    data.set(new TextEncoder().encode(this.#strings), 24 + typeBytes);
    return data;
  }
}
