import { describe, expect, it } from 'vitest';
import { BtfBuilder } from '../../test/btf-builder.ts';
import { decode, encode, encodeAnything, thrown } from '../../test/codec-helpers.ts';
import { Btf, BtfError, btfCodec, type Codec } from '../index.ts';

const SIGNED = 1;
const CHAR = 2;
const BOOL = 4;

/** The codec of the type that `build` makes. */
function codecFor(build: (btf: BtfBuilder) => number, little = true): Codec<unknown> {
  const builder = new BtfBuilder({ little });
  const id = build(builder);
  return btfCodec<unknown>(Btf.parse(builder.bytes()), id);
}

const charArray = (length: number) => codecFor((btf) => btf.array(btf.int('char', 1, SIGNED | CHAR), length));

describe('char[]', () => {
  it.each([
    ['hi', [0x68, 0x69, 0, 0]],
    ['', [0, 0, 0, 0]],
    ['full', [0x66, 0x75, 0x6c, 0x6c]],
    ['é', [0xc3, 0xa9, 0, 0]],
    ['a€', [0x61, 0xe2, 0x82, 0xac]],
  ])('is the text %j', (text, bytes) => {
    const codec = charArray(4);
    expect(decode(codec, Uint8Array.from(bytes))).toBe(text);
    expect([...encode(codec, text)]).toEqual(bytes);
  });

  it.each([
    ['something follows the NUL', [0x68, 0, 0x69, 0]],
    ['it is not UTF-8', [0xc3, 0x28, 0, 0]],
    ['UTF-8 is cut off', [0x61, 0xe2, 0x82, 0]],
  ])('is bytes where %s, so that nothing is lost', (_, bytes) => {
    const codec = charArray(4);
    expect(decode(codec, Uint8Array.from(bytes))).toEqual(Uint8Array.from(bytes));
    expect([...encode(codec, Uint8Array.from(bytes))]).toEqual(bytes);
  });

  it.each([
    ['longer text', 'hello', 'ERR_BPF_VALUE_RANGE'],
    ['text that is longer in UTF-8', '€€', 'ERR_BPF_VALUE_RANGE'],
    ['a NUL', 'a\0', 'ERR_BPF_VALUE_RANGE'],
    ['half a surrogate pair', '\ud800', 'ERR_BPF_VALUE_RANGE'],
    ['other than its bytes', new Uint8Array(3), 'ERR_BPF_VALUE_RANGE'],
    ['a number', 5, 'ERR_BPF_VALUE_TYPE'],
    ['nothing', undefined, 'ERR_BPF_VALUE_TYPE'],
  ])('does not take %s', (_, value, code) => {
    expect(encodeAnything(charArray(4), value).code).toBe(code);
  });
});

describe('an enumerated type', () => {
  const build = (btf: BtfBuilder) =>
    btf.enumeration('verdict', 4, true, { DENIED: -1, PASS: 0, FORWARD: 1, ALIAS: 1 });

  it('is the name of its value, of synonyms the first', () => {
    const codec = codecFor(build);
    expect(decode(codec, Uint8Array.of(1, 0, 0, 0))).toBe('FORWARD');
    expect(decode(codec, Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toBe('DENIED');
    expect(encode(codec, 'ALIAS')).toEqual(Uint8Array.of(1, 0, 0, 0));
  });

  it('is a number where it has no name', () => {
    const codec = codecFor(build);
    expect(decode(codec, Uint8Array.of(0xfe, 0xff, 0xff, 0xff))).toBe(-2);
    expect(encode(codec, -2)).toEqual(Uint8Array.of(0xfe, 0xff, 0xff, 0xff));
  });

  it('takes no other names, and no values of others', () => {
    const error = encodeAnything(codecFor(build), 'DROP');
    expect(error.code).toBe('ERR_BPF_VALUE_RANGE');
    expect(error.message).toBe(
      'expected one of DENIED, PASS, FORWARD, ALIAS or a whole number (enum verdict), got "DROP"',
    );
    expect(encodeAnything(codecFor(build), 2 ** 31).code).toBe('ERR_BPF_VALUE_RANGE');
    expect(encodeAnything(codecFor(build), 1n).code).toBe('ERR_BPF_VALUE_TYPE');
  });

  it('of 64 bits is exact', () => {
    const codec = codecFor((btf) =>
      btf.enumeration64('wide', false, { SMALL: 1n, LARGE: 0xffff_ffff_ffff_fffen }),
    );
    expect(decode(codec, encode(codec, 'LARGE'))).toBe('LARGE');
    expect(encode(codec, 'LARGE')[0]).toBe(0xfe);
    expect(decode(codec, Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0x80))).toBe(0x8000_0000_0000_0007n);
    expect(encodeAnything(codec, 7).code).toBe('ERR_BPF_VALUE_TYPE');
    const signed = codecFor((btf) => btf.enumeration64('signed', true, { MINUS: -5n }));
    expect(decode(signed, encode(signed, -5n))).toBe('MINUS');
  });

  it('has in a bit field the names of values that fit', () => {
    const codec = codecFor((btf) =>
      btf.composite('struct', 's', 4, [
        ['a', btf.enumeration('e', 4, false, { WIDE: 16, NONE: 0, LAST: -1, TOP: 7 }), 0, 3],
      ]),
    );
    expect(decode(codec, Uint8Array.of(0, 0, 0, 0))).toEqual({ a: 'NONE' });
    expect(decode(codec, Uint8Array.of(7, 0, 0, 0))).toEqual({ a: 'LAST' });
    expect(encode(codec, { a: 'TOP' })[0]).toBe(7);
    expect(encodeAnything(codec, { a: 'WIDE' }).message).toContain('a: expected one of NONE, LAST, TOP or');
  });

  it('of one byte has its sign there', () => {
    const codec = codecFor((btf) => btf.enumeration('tiny', 1, false, { LAST: -1 }));
    expect(decode(codec, Uint8Array.of(0xff))).toBe('LAST');
  });
});

describe('integers', () => {
  it('of 128 bits are exact, in either byte order', () => {
    const value = -(2n ** 100n) - 3n;
    for (const little of [true, false]) {
      const codec = codecFor((btf) => btf.int('__int128', 16, SIGNED), little);
      expect(decode(codec, encode(codec, value))).toBe(value);
      expect(encode(codec, value)[little ? 15 : 0]).toBe(0xff);
      expect(encodeAnything(codec, 2n ** 127n).code).toBe('ERR_BPF_VALUE_RANGE');
    }
  });

  it.each([undefined, null, '1', Number.NaN, 0.5, 1n, {}])('do not take %s', (value) => {
    expect(
      encodeAnything(
        codecFor((btf) => btf.int('u32', 4)),
        value,
      ).code,
    ).toBe('ERR_BPF_VALUE_TYPE');
  });

  it('of which a type says how many bits count are bit fields, as old compilers had them', () => {
    const codec = codecFor((btf) =>
      btf.composite('struct', 'old', 4, [
        ['low', btf.int('unsigned int', 4, 0, 3, 0), 0],
        ['high', btf.int('unsigned int', 4, 0, 5, 3), 0],
      ]),
    );
    expect(decode(codec, Uint8Array.of(0b1010_1011, 0, 0, 0))).toEqual({ low: 0b011, high: 0b10101 });
    expect(encode(codec, { low: 3, high: 21 })).toEqual(Uint8Array.of(0b1010_1011, 0, 0, 0));
  });
});

describe('a bit field', () => {
  it('keeps to its range', () => {
    const codec = codecFor((btf) =>
      btf.composite('struct', 'bits', 8, [
        ['small', btf.int('int', 4, SIGNED), 0, 3],
        ['wide', btf.int('long', 8, SIGNED), 3, 50],
        ['flag', btf.int('_Bool', 1, BOOL), 53, 1],
      ]),
    );
    const value = { small: -4, wide: -(2n ** 49n), flag: true };
    expect(decode(codec, encode(codec, value))).toEqual(value);
    expect(encodeAnything(codec, { ...value, small: 4 }).message).toBe(
      'small: expected -4 to 3 (int), got 4',
    );
    expect(encodeAnything(codec, { ...value, wide: 2n ** 49n }).path).toBe('wide');
    expect(encodeAnything(codec, { ...value, flag: 1 }).path).toBe('flag');
  });
});

describe('a union', () => {
  const codec = () =>
    codecFor((btf) => {
      const u8 = btf.int('unsigned char', 1);
      const u32 = btf.int('unsigned int', 4);
      const pair = btf.composite('struct', '', 8, [
        ['left', u32, 0],
        ['right', u8, 32],
      ]);
      const union = btf.composite('union', '', 8, [
        ['', pair, 0],
        ['number', u32, 0],
        ['flag', btf.int('_Bool', 1, BOOL), 0],
        ['constructor', u8, 0],
      ]);
      return btf.composite('struct', 'outer', 12, [
        ['', union, 0],
        ['after', u32, 64],
      ]);
    });

  it('takes one of its members, and zeros for the rest', () => {
    expect(encode(codec(), { number: 5, after: 1 })).toEqual(
      Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0),
    );
    expect(encode(codec(), { left: 1, right: 2, after: 0 })[4]).toBe(2);
  });

  it('gives all of its members', () => {
    expect(decode(codec(), Uint8Array.of(5, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0))).toEqual({
      left: 5,
      right: 9,
      number: 5,
      flag: true,
      constructor: 5,
      after: 1,
    });
  });

  it('takes several that agree, as they were read', () => {
    const read = decode(codec(), Uint8Array.of(5, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0));
    expect(encode(codec(), read)).toEqual(Uint8Array.of(5, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0));
  });

  it('refuses several that do not', () => {
    const error = encodeAnything(codec(), { number: 5, flag: false, after: 1 });
    expect(error.code).toBe('ERR_BPF_VALUE_RANGE');
    expect(error.message).toBe(
      'expected one member of the union, or several that agree; number and flag do not',
    );
  });

  it('refuses none', () => {
    const error = encodeAnything(codec(), { after: 1 });
    expect(error.code).toBe('ERR_BPF_VALUE_TYPE');
    expect(error.message).toBe(
      'expected one member of the union: { left, right }, number, flag, constructor; got none',
    );
  });

  it('wants all members of an anonymous struct of which one is given', () => {
    expect(encodeAnything(codec(), { left: 1, after: 1 }).path).toBe('right');
  });
});

describe('errors of values', () => {
  it('name the member', () => {
    const codec = codecFor((btf) => {
      const inner = btf.composite('struct', 'inner', 4, [['port', btf.int('unsigned short', 2), 0]]);
      return btf.composite('struct', 'outer', 12, [['backends', btf.array(inner, 3), 0]]);
    });
    const backends = [{ port: 1 }, { port: 2 }, { port: 65_536 }];
    expect(encodeAnything(codec, { backends }).message).toBe(
      'backends[2].port: expected 0 to 65535 (unsigned short), got 65536',
    );
    expect(encodeAnything(codec, { backends: [{}] }).path).toBe('backends');
    expect(encodeAnything(codec, {}).path).toBe('backends');
    expect(encodeAnything(codec, 5).message).toContain('expected an object with the members of struct outer');
  });
});

describe('bytes between members', () => {
  it('are zero, whatever was there', () => {
    const codec = codecFor((btf) =>
      btf.composite('struct', 'holes', 8, [
        ['a', btf.int('unsigned char', 1), 0],
        ['b', btf.int('unsigned short', 2), 32],
      ]),
    );
    const bytes = new Uint8Array(8).fill(0xff);
    codec.encode({ a: 1, b: 2 }, new DataView(bytes.buffer), 0);
    expect(bytes).toEqual(Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0));
  });
});

describe('alignment', () => {
  it('is that of C, or 1 where a struct is packed', () => {
    const natural = codecFor((btf) => btf.composite('struct', 's', 16, [['a', btf.int('u64', 8), 64]]));
    const packed = codecFor((btf) => btf.composite('struct', 's', 9, [['a', btf.int('u64', 8), 8]]));
    expect([natural.alignment, packed.alignment]).toEqual([8, 1]);
  });
});

describe('a type without values', () => {
  const refused: ReadonlyArray<readonly [string, (btf: BtfBuilder) => number, string]> = [
    ['a function', (btf) => btf.type('f', 12, btf.type('', 13, 0)), 'f: a func has no values'],
    ['void', (btf) => btf.type('nothing', 8, 0), 'nothing: void has no values'],
    ['a declaration', (btf) => btf.type('later', 7, 0), 'struct later is declared, but its members'],
    [
      'a flexible array',
      (btf) =>
        btf.composite('struct', 's', 4, [
          ['n', btf.int('u32', 4), 0],
          ['items', btf.array(1, 0), 32],
        ]),
      's.items: a flexible array',
    ],
    [
      'a member that no object can have',
      (btf) => btf.composite('struct', 's', 4, [['__proto__', btf.int('u32', 4), 0]]),
      '__proto__',
    ],
    [
      'more values than bytes',
      (btf) => btf.array(btf.composite('struct', 'empty', 0, []), 0xffff_ffff),
      'would yield 4294967295 values from 0 bytes',
    ],
  ];
  it.each(refused)('is refused: %s', (_, build, message) => {
    const error = thrown(BtfError, () => codecFor(build));
    expect(error.code).toBe('ERR_BPF_BTF_TYPE');
    expect(error.message).toContain(message);
  });
});

describe('a type that contradicts itself', () => {
  const malformed: ReadonlyArray<readonly [string, (btf: BtfBuilder) => number, string]> = [
    ['a struct in itself', (btf) => btf.composite('struct', 's', 4, [['s', 1, 0]]), 'more than 64 deep'],
    ['an anonymous struct in itself', (btf) => btf.composite('struct', 's', 4, [['', 1, 0]]), '64 deep'],
    ['typedefs in a circle', (btf) => btf.type('t', 8, 1), 'more than 32 typedefs'],
    ['an array of itself', (btf) => btf.array(1, 2), 'more than 64 deep'],
    [
      'a member behind the end',
      (btf) => btf.composite('struct', 's', 4, [['a', btf.int('u32', 4), 8]]),
      'passes the end',
    ],
    [
      'a bit field behind the end',
      (btf) => btf.composite('struct', 's', 4, [['a', btf.int('u32', 4), 30, 3]]),
      'passes the end',
    ],
    [
      'a bit field wider than its type',
      (btf) => btf.composite('struct', 's', 8, [['a', btf.int('u32', 4), 0, 33]]),
      '33 bits in 4 bytes',
    ],
    [
      'a bit field of no bits, as its type has it',
      (btf) => btf.composite('struct', 's', 4, [['a', btf.int('int', 4, SIGNED, 0), 0]]),
      'a bit field of 0 bits in 4 bytes',
    ],
    [
      'a bit field of structs',
      (btf) => btf.composite('struct', 's', 8, [['a', btf.composite('struct', 't', 4, []), 0, 3]]),
      'a bit field of type struct t',
    ],
    [
      'a member between bytes',
      (btf) => btf.composite('struct', 's', 8, [['a', btf.int('u32', 4), 3]]),
      'does not begin at a byte',
    ],
    [
      'two members of one name',
      (btf) =>
        btf.composite('struct', 's', 8, [
          ['a', btf.int('u32', 4), 0],
          ['a', 1, 32],
        ]),
      'two members are called a',
    ],
    ['an integer of three bytes', (btf) => btf.int('u24', 3), 'u24 has 3 bytes'],
    ['an enum of 16 bytes', (btf) => btf.enumeration('e', 16, false, {}), 'enum e has 16 bytes'],
    ['a type that is not there', (btf) => btf.type('t', 8, 99), 'there is no type 99'],
  ];
  it.each(malformed)('is refused: %s', (_, build, message) => {
    const error = thrown(BtfError, () => codecFor(build));
    expect(error.code).toBe('ERR_BPF_BTF_FORMAT');
    expect(error.message).toContain(message);
  });

  it('is refused soon, though it would take for ever', () => {
    const anonymous = (btf: BtfBuilder) => {
      let id = btf.composite('struct', '', 4, []);
      for (let depth = 0; depth < 40; depth++) {
        id = btf.composite('struct', '', 4, [
          ['', id, 0],
          ['', id, 0],
        ]);
      }
      return id;
    };
    const doubling = (btf: BtfBuilder) => {
      let id = btf.int('u32', 4);
      for (let depth = 0; depth < 40; depth++) {
        id = btf.composite('union', '', 4, [
          ['a', id, 0],
          ['b', id, 0],
        ]);
      }
      return id;
    };
    const start = performance.now();
    expect(thrown(BtfError, () => codecFor(anonymous)).code).toBe('ERR_BPF_BTF_FORMAT');
    expect(thrown(BtfError, () => codecFor(doubling)).code).toBe('ERR_BPF_BTF_TYPE');
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
