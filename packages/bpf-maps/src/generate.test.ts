import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import { generate, isFieldName } from './generate.ts';
import { array, type Codec, CodecError, struct, u8, u16, u32, u64 } from './index.ts';

function roundTrip<T>(codec: Codec<T>, value: T): T {
  const view = new DataView(new ArrayBuffer(codec.size + 8));
  codec.encode(value, view, 4);
  return codec.decode(view, 4);
}

describe('code that is made for a struct', () => {
  it('reads fields in their order, whatever they are called', () => {
    const names = [
      'class',
      'constructor',
      'toString',
      'current',
      'value',
      'view',
      'at',
      'codec0',
      'names',
      'locate',
      '$',
      '_',
    ];
    const codec = struct(Object.fromEntries(names.map((name) => [name, u16])));
    const value = Object.fromEntries(names.map((name, index) => [name, index]));
    expect(Object.entries(roundTrip(codec, value))).toEqual(Object.entries(value));
  });

  it('takes a codec as the object that it is', () => {
    class Scaled implements Codec<number> {
      readonly size = 4;
      readonly alignment = 4;
      readonly #factor = 10;
      encode(value: number, view: DataView, offset: number): void {
        view.setUint32(offset, value * this.#factor, true);
      }
      decode(view: DataView, offset: number): number {
        return view.getUint32(offset, true) / this.#factor;
      }
    }
    expect(roundTrip(struct({ a: new Scaled(), b: array(new Scaled(), 2) }), { a: 1, b: [2, 3] })).toEqual({
      a: 1,
      b: [2, 3],
    });
  });

  it('works for structs and arrays of any length', () => {
    for (const length of [0, 1, 16, 17, 255, 256, 257, 1000]) {
      const fields = Object.fromEntries(Array.from({ length }, (_, index) => [`f${index}`, u32]));
      const value = Object.fromEntries(Object.keys(fields).map((name, index) => [name, index * 3]));
      expect(roundTrip(struct(fields), value)).toEqual(value);
      const numbers = Object.values(value);
      expect(roundTrip(array(u64, length), numbers.map(BigInt))).toEqual(numbers.map(BigInt));
    }
  });

  it('says where a value does not fit', () => {
    const codec = struct({ a: u8, inner: struct({ list: array(struct({ x: u8, y: u8 }), 2) }) });
    const value = {
      a: 1,
      inner: {
        list: [
          { x: 1, y: 2 },
          { x: 3, y: 256 },
        ],
      },
    };
    const error = thrown(CodecError, () => roundTrip(codec, value));
    expect(error.message).toBe('inner.list[1].y: expected 0 to 255 (u8), got 256');
  });

  it('is not made where the process does not allow it: the same values, and the same errors', () => {
    const script = `
      import { array, bytes, struct, u8, u64 } from './src/index.ts';
      const codec = struct({ a: u8, b: u64, c: array(u8, 3), d: bytes(2) });
      const view = new DataView(new ArrayBuffer(codec.size));
      const value = { a: 1, b: 2n, c: [3, 4, 5], d: new Uint8Array([6, 7]) };
      codec.encode(value, view, 0);
      console.log(codec.decode(view, 0));
      try { codec.encode({ ...value, c: [1, 2, 300] }, view, 0); } catch (error) { console.log(error.message); }
    `;
    const run = (...flags: string[]) =>
      execFileSync(process.execPath, [...flags, '--input-type=module', '--eval', script], {
        cwd: new URL('..', import.meta.url),
        encoding: 'utf8',
      });
    const usual = run();
    expect(usual).toContain('c[2]: expected 0 to 255 (u8), got 300');
    expect(usual).toContain('c: [ 3, 4, 5 ]');
    expect(run('--disallow-code-generation-from-strings')).toBe(usual);
  });
});

describe('generate', () => {
  it('passes on what is wrong with the text, and uses the other function for nothing else', () => {
    expect(() => generate({}, '(', 1)).toThrow(SyntaxError);
    expect(generate({ a: 2 }, 'a + 1', 0)).toBe(3);
  });

  it('has no names in the text that are none', () => {
    for (const name of ['a', '_x', '$', 'A9', 'class']) expect(isFieldName(name)).toBe(true);
    for (const name of ['', '9a', 'a-b', 'a b', 'a(', 'a"', '__proto__', 'ä', 'a\n', 'a\u2028']) {
      expect(isFieldName(name)).toBe(false);
    }
  });
});
