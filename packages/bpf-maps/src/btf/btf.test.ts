import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiledBtf } from '../../test/bpf-object.ts';
import { BtfBuilder } from '../../test/btf-builder.ts';
import { thrown } from '../../test/codec-helpers.ts';
import { BpfError, BpfUsageError, Btf, BtfError, type BtfType, btfCodec } from '../index.ts';

describe('BTF', () => {
  it.each([true, false])('is read in either byte order (little: %s), kind by kind', (little) => {
    const builder = new BtfBuilder({ little });
    const int = builder.int('int', 4, 1);
    const expected: BtfType[] = [
      { kind: 'void', name: 'void' },
      { kind: 'int', name: 'int', size: 4, bits: 32, bitOffset: 0, signed: true, bool: false },
    ];
    const add = (id: number, type: BtfType) => {
      expect(id).toBe(expected.length);
      expected.push(type);
    };
    const references = {
      ptr: 2,
      typedef: 8,
      volatile: 9,
      const: 10,
      restrict: 11,
      func: 12,
      type_tag: 18,
    } as const;
    for (const [kind, number] of Object.entries(references)) {
      add(builder.type(kind, number, int), { kind: kind as keyof typeof references, name: kind, type: int });
    }
    add(builder.array(int, 5), { kind: 'array', name: '', type: int, length: 5 });
    add(builder.type('v', 14, int, { extra: [1] }), { kind: 'var', name: 'v', type: int });
    add(builder.type('tag', 17, int, { extra: [0] }), { kind: 'decl_tag', name: 'tag', type: int });
    add(builder.type('double', 16, 8), { kind: 'float', name: 'double', size: 8 });
    add(builder.type('later', 7, 0, { flag: true }), { kind: 'fwd', name: 'later', union: true });
    add(builder.enumeration('e', 4, true, { MINUS: -1, ONE: 1 }), {
      kind: 'enum',
      name: 'e',
      size: 4,
      signed: true,
      values: [
        { name: 'MINUS', value: -1n },
        { name: 'ONE', value: 1n },
      ],
    });
    add(builder.enumeration64('wide', false, { HUGE: 2n ** 63n + 1n }), {
      kind: 'enum64',
      name: 'wide',
      size: 8,
      signed: false,
      values: [{ name: 'HUGE', value: 2n ** 63n + 1n }],
    });
    add(
      builder.composite('struct', 's', 8, [
        ['a', int, 0, 3],
        ['b', int, 32],
      ]),
      {
        kind: 'struct',
        name: 's',
        size: 8,
        members: [
          { name: 'a', type: int, bitOffset: 0, bitSize: 3 },
          { name: 'b', type: int, bitOffset: 32, bitSize: 0 },
        ],
      },
    );
    add(builder.type('', 13, int, { vlen: 2, extra: [builder.string('x'), int, 0, 0] }), {
      kind: 'func_proto',
      name: '',
      type: int,
      parameters: [
        { name: 'x', type: int },
        { name: '', type: 0 },
      ],
    });
    add(builder.type('.bss', 15, 8, { vlen: 1, extra: [10, 4, 4] }), {
      kind: 'datasec',
      name: '.bss',
      size: 8,
      variables: [{ type: 10, offset: 4, size: 4 }],
    });
    const btf = Btf.parse(builder.bytes());
    expect(btf.littleEndian).toBe(little);
    expect(btf.typeCount).toBe(expected.length);
    expect(expected.map((_, id) => btf.type(id))).toEqual(expected);
  });

  it('is split: what extends another has the ids and names after it', () => {
    const first = new BtfBuilder();
    const int = first.int('int', 4);
    const base = Btf.parse(first.bytes());
    const strings = '\0int\0'.length;
    const second = new BtfBuilder({ firstType: base.typeCount, firstString: strings });
    const name = second.type('word', 8, int);
    const btf = Btf.parse(second.bytes(), { base });
    expect(name).toBe(2);
    expect(btf.typeCount).toBe(3);
    expect(btf.type(1)).toBe(base.type(1));
    expect(btf.type(2)).toEqual({ kind: 'typedef', name: 'word', type: int });
    expect(btf.resolve(2)).toBe(base.type(1));
    expect([btf.find('int', 'int'), btf.find('typedef', 'word'), base.find('typedef', 'word')]).toEqual([
      1,
      2,
      undefined,
    ]);
    expect(btfCodec(btf, 2).size).toBe(4);
  });
});

describe("the kernel's BTF", () => {
  it('is read, and its structs have codecs of their sizes or a reason why not', () => {
    const btf = Btf.kernel();
    expect(btf.typeCount).toBeGreaterThan(10_000);
    expect(btf).toBe(Btf.kernel());
    const id = btf.find('struct', 'list_head');
    expect(btfCodec(btf, id ?? 0).size).toBe(16);
    let codecs = 0;
    for (let id = 1; id < btf.typeCount; id += 7) {
      const type = btf.type(id);
      if (type.kind !== 'struct' && type.kind !== 'union') continue;
      try {
        expect(btfCodec(btf, id).size).toBe(type.size);
        codecs++;
      } catch (error) {
        expect(error).toBeInstanceOf(BtfError);
        expect(error, `${type.kind} ${type.name}`).toMatchObject({ code: 'ERR_BPF_BTF_TYPE' });
      }
    }
    expect(codecs).toBeGreaterThan(500);
  });

  it('is found under an id, as others are not', () => {
    // The kernel's own was there first.
    expect(Btf.load(1).typeCount).toBe(Btf.kernel().typeCount);
    expect(thrown(BpfError, () => Btf.load(0xffff_fffe))).toMatchObject({
      code: 'ENOENT',
      operation: 'BPF_BTF_GET_FD_BY_ID',
    });
  });
});

describe('bytes that are not BTF', () => {
  const good = () => {
    const builder = new BtfBuilder();
    builder.int('int', 4);
    return builder.bytes();
  };
  const changed = (at: number, value: number) => {
    const bytes = good();
    new DataView(bytes.buffer).setUint32(at, value, true);
    return bytes;
  };
  it.each([
    ['none', new Uint8Array(0), 'less than a header'],
    ['another magic number', changed(0, 0x0001_0000), 'not with eb9f'],
    ['another version', changed(0, 0x0002_eb9f), 'version 2'],
    ['a header that is too short', changed(4, 8), 'types end'],
    ['a header that is too long', changed(4, 0xffff_fff0), 'types end'],
    ['types behind the end', changed(8, 0xffff_fff0), 'types end'],
    ['strings behind the end', changed(20, 1000), 'strings end'],
    ['strings that do not end', good().subarray(0, -1), 'strings end'],
    ['half a type', changed(12, 8), 'cut off'],
    ['an unknown kind', changed(28, 0x1f00_0000), 'kind 31'],
    ['more members than bytes', changed(28, 0x0400_ffff), 'cut off'],
    ['types without extent', changed(28, 0), 'kind 0'],
  ])('are refused: %s', (_, bytes, message) => {
    const error = thrown(BtfError, () => Btf.parse(bytes));
    expect(error.code).toBe('ERR_BPF_BTF_FORMAT');
    expect(error.message).toContain(message);
  });

  it('are refused where they are used: a name behind the strings, a type that is not there', () => {
    const btf = Btf.parse(changed(24, 5000));
    expect(thrown(BtfError, () => btf.type(1)).message).toContain('a name lies at 5000');
    for (const id of [2, -1, 0.5, Number.NaN, 2 ** 40]) {
      expect(thrown(BtfError, () => btf.type(id)).message).toContain('there is no type');
    }
  });

  it.each([undefined, null, 'BTF', new ArrayBuffer(24)])('are no bytes at all: %s', (value) => {
    const parse: unknown = Btf.parse;
    if (typeof parse !== 'function') throw new TypeError('not a function');
    expect(thrown(BpfUsageError, () => Reflect.apply(parse, Btf, [value])).code).toBe('ERR_BPF_ARGUMENT');
  });

  it('are a copy: what the caller does to them later is not seen', () => {
    const bytes = good();
    const btf = Btf.parse(bytes);
    bytes.fill(0);
    expect(btf.type(1).name).toBe('int');
  });

  it('never crash nor hang, whatever bytes are changed', () => {
    const originals = [compiledBtf('layouts.bpf.c', 'bpf'), compiledBtf('layouts.bpf.c', 'bpfeb')];
    const changes = fc.array(
      fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff))),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    let usable = 0;
    fc.assert(
      fc.property(fc.constantFrom(...originals), changes, (original, changes) => {
        const bytes = original.slice();
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        try {
          const btf = Btf.parse(bytes);
          for (let id = 0; id < btf.typeCount; id++) {
            try {
              const codec = btfCodec<unknown>(btf, id);
              if (codec.size > 4096) continue;
              const view = new DataView(new ArrayBuffer(codec.size));
              codec.encode(codec.decode(view, 0), view, 0);
              usable++;
            } catch (error) {
              if (!(error instanceof BtfError)) throw error;
            }
          }
        } catch (error) {
          if (!(error instanceof BtfError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
    expect(usable).toBeGreaterThan(1000);
  });
});
