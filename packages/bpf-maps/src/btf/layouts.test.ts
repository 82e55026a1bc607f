import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiledBtf, type LoadedObject, loadObject, runC } from '../../test/bpf-object.ts';
import { dumpedValue, expectSame } from '../../test/bpftool.ts';
import { decode, encode, thrown } from '../../test/codec-helpers.ts';
import { BpfMap, Btf, BtfError, btfCodec, type Codec } from '../index.ts';

const ENUMERATORS = { RED: 0, GREEN: 5, BLUE: 5, NEGATIVE: -2, TINY_A: 0, TINY_B: 200 };

const STRUCTS = [
  'integers',
  'floats',
  'holes',
  'packed',
  'aligned',
  'bits',
  'packed_bits',
  'anonymous',
  'arrays',
  'enums',
  'pointers',
  'qualified',
  'with_empty',
] as const;

let object: LoadedObject;
let little: Btf;
let big: Btf;
beforeAll(() => {
  object = loadObject('layouts.bpf.c');
  little = Btf.parse(compiledBtf('layouts.bpf.c', 'bpf'));
  big = Btf.parse(compiledBtf('layouts.bpf.c', 'bpfeb'));
});
afterAll(() => object[Symbol.dispose]());

function codecOf(btf: Btf, tag: string): Codec<unknown> {
  const id = btf.find('struct', tag);
  if (id === undefined) return expect.unreachable(`no struct ${tag}`);
  return btfCodec<unknown>(btf, id);
}

/** Where members lie, those of anonymous ones too; bit fields have no address. */
function placesOf(btf: Btf, tag: string): Map<string, number> {
  const places = new Map<string, number>();
  const walk = (id: number, base: number) => {
    const type = btf.resolve(id);
    if (type.kind !== 'struct' && type.kind !== 'union') return;
    for (const member of type.members) {
      if (member.bitSize > 0) continue;
      if (member.name === '') walk(member.type, base + member.bitOffset / 8);
      else places.set(`${tag}.${member.name}`, base + member.bitOffset / 8);
    }
  };
  walk(btf.find('struct', tag) ?? 0, 0);
  return places;
}

describe('offsets and sizes', () => {
  it.each([
    ['little', () => little],
    ['big', () => big],
  ])('are those of C, in %s-endian BTF', (_, btf) => {
    const lines = runC('offsets.c').trim().split('\n');
    const expected = new Map(lines.map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
    const found = new Map<string | undefined, number>();
    for (const tag of STRUCTS) {
      found.set(tag, codecOf(btf(), tag).size);
      for (const [place, offset] of placesOf(btf(), tag)) found.set(place, offset);
    }
    expect(expected.size).toBeGreaterThan(60);
    expect(found).toEqual(expected);
  });
});

// bpftool knows no floating-point numbers.
describe.each(STRUCTS.filter((tag) => tag !== 'floats'))('struct %s in a map that libbpf made', (tag) => {
  it('is read as bpftool reads it', () => {
    using map = BpfMap.openPinned<number, unknown>(object.pin(`${tag}_map`));
    using raw = BpfMap.openPinned(object.pin(`${tag}_map`), { codec: 'bytes' });
    for (let round = 0; round < 4; round++) {
      raw.set(new Uint8Array(4), new Uint8Array(randomBytes(raw.info.valueSize)));
      expectSame(map.get(0), dumpedValue(object.pin(`${tag}_map`)), ENUMERATORS);
    }
  });
});

describe.each(STRUCTS)('struct %s', (tag) => {
  it('is written so that it is read again', () => {
    using map = BpfMap.openPinned<number, unknown>(object.pin(`${tag}_map`));
    using raw = BpfMap.openPinned(object.pin(`${tag}_map`), { codec: 'bytes' });
    raw.set(new Uint8Array(4), new Uint8Array(randomBytes(raw.info.valueSize)));
    const value = map.get(0);
    map.set(1, value);
    expect(map.get(1)).toEqual(value);
    expect(map.info.btf?.valueTypeId).toBeGreaterThan(0);
  });

  it.each([
    ['little', () => little],
    ['big', () => big],
  ])('is what it was after decoding and encoding, %s-endian', (_, btf) => {
    const codec = codecOf(btf(), tag);
    const bytes = fc.uint8Array({ minLength: codec.size, maxLength: codec.size });
    fc.assert(
      fc.property(bytes, (data) => {
        const value = decode(codec, data);
        const written = encode(codec, value);
        expect(decode(codec, written)).toEqual(value);
        // And padding is zero: what is written again is the same.
        expect(encode(codec, decode(codec, written))).toEqual(written);
      }),
      { numRuns: 100 },
    );
  });
});

describe('floating-point numbers', () => {
  it('are those of IEEE 754', () => {
    const value = { single: 1.5, twice: 0.1 };
    expect(encode(codecOf(little, 'floats'), value)).toEqual(
      Uint8Array.of(0, 0, 0xc0, 0x3f, 0, 0, 0, 0, ...new Uint8Array(Float64Array.of(0.1).buffer)),
    );
    expect(decode(codecOf(big, 'floats'), encode(codecOf(big, 'floats'), value))).toEqual(value);
    expect(encode(codecOf(big, 'floats'), value)[0]).toBe(0x3f);
  });
});

describe('byte order', () => {
  it('is that of the BTF', () => {
    const value = { a: 1, b: 0x0102_0304_0506_0708n, c: 0x0102, d: 0x0102_0304 };
    expect([...encode(codecOf(little, 'packed'), value)]).toEqual([
      1, 8, 7, 6, 5, 4, 3, 2, 1, 2, 1, 4, 3, 2, 1,
    ]);
    expect([...encode(codecOf(big, 'packed'), value)]).toEqual([1, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 1, 2, 3, 4]);
  });

  it('is that of bits, too', () => {
    const value = { a: 0b101, b: 1, c: -1, d: 0n, e: 0n, f: 0, g: 0, h: false, i: 'RED' };
    expect(encode(codecOf(little, 'bits'), value)[0]).toBe(0b0000_0101);
    expect(encode(codecOf(big, 'bits'), value)[0]).toBe(0b1010_0000);
    expect(encode(codecOf(little, 'bits'), value)[8]).toBe(0b0001_1111);
    expect(encode(codecOf(big, 'bits'), value)[8]).toBe(0b1111_1000);
  });
});

describe('a key', () => {
  it('that was read finds its element, also with unions and bit fields', () => {
    using map = BpfMap.openPinned<unknown, unknown>(object.pin('by_anonymous'));
    const values = Array.from({ length: map.info.valueSize > 0 ? 2 : 0 }, () => ({
      a: 1,
      b: 2n,
      c: 3,
      d: 4,
      e: 5,
    }));
    map.set({ before: 1, low: 2, high: 3, x: 4, inner: { y: 5, z: 6 }, named: { number: 7n } }, values);
    for (const key of map.keys()) {
      expect(key).toEqual({
        before: 1,
        low: 2,
        high: 3,
        both: 0x3_0002,
        raw: Uint8Array.of(2, 0, 3, 0),
        x: 4,
        inner: { y: 5, z: 6 },
        named: { number: 7n, pointer: 7n },
      });
      expect(map.get(key)).toEqual(values);
    }
    expect([...map.keys()]).toHaveLength(1);
  });
});

describe('a section of variables', () => {
  it('is an object with the variables', () => {
    using map = BpfMap.openPinned<number, { counter: bigint }>(object.pin('object_data'));
    expect(map.get(0)).toEqual({ counter: 42n });
    map.set(0, { counter: 43n });
    expect(map.get(0)).toEqual({ counter: 43n });
    using constants = BpfMap.openPinned(object.pin('object_rodata'));
    expect(constants.get(0)).toEqual({ greeting: 'hello' });
  });
});

describe('what the kernel keeps for itself in a value', () => {
  it('may be left out', () => {
    using map = BpfMap.openPinned<number, unknown>(object.pin('locked_map'));
    map.set(0, { counter: 5 });
    expect(map.get(0)).toEqual({ lock: { val: 0 }, counter: 5 });
  });
});

describe('a map without values of a fixed type', () => {
  it('that has a flexible array is refused by its name', () => {
    const error = thrown(BtfError, () => BpfMap.openPinned(object.pin('flexible_map')));
    expect(error.code).toBe('ERR_BPF_BTF_TYPE');
    expect(error.message).toBe(
      'struct flexible.items: a flexible array, or one of no elements: the type does not tell its length; give codecs of your own: { key, value }',
    );
  });

  it('that has no BTF is refused, with what to do', () => {
    const path = object.pin('undescribed');
    using raw = BpfMap.openPinned(path, { codec: 'bytes' });
    const error = thrown(BtfError, () => BpfMap.openPinned(path));
    expect(error.code).toBe('ERR_BPF_NO_BTF');
    expect(error.message).toBe(
      `map 'undescribed' (id ${raw.id}) at ${path} has no BTF that describes its keys: say how they are written and read, { key, value } with codecs such as u32 or struct({...}), or open it with { codec: 'bytes' }`,
    );
  });
});
