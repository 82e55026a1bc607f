import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, encodeAnything, roundTrip, thrown } from '../test/codec-helpers.ts';
import { BpfUsageError, bytes, cString, mac } from './index.ts';

describe('bytes', () => {
  it.each([0, 1, 16, 17, 64, 300])('reads and writes %i bytes anywhere in a view', (length) => {
    const codec = bytes(length);
    const buffer = new ArrayBuffer(1000);
    const view = new DataView(buffer, 100, 500);
    const value = Uint8Array.from({ length }, (_, index) => index + 1);
    codec.encode(value, view, 7);
    expect([...new Uint8Array(buffer, 106, length + 2)]).toEqual([0, ...value, 0]);
    const read = codec.decode(view, 7);
    expect(read).toEqual(value);
    view.setUint8(7, 99);
    expect(read).toEqual(value);
  });

  it.each([8, 64])('reads and writes nothing beyond a view: %i bytes', (length) => {
    const codec = bytes(length);
    const view = new DataView(new ArrayBuffer(1000), 0, 100);
    expect(() => codec.decode(view, 101 - length)).toThrow(RangeError);
    expect(() => codec.encode(new Uint8Array(length), view, 101 - length)).toThrow(RangeError);
  });

  it('reads what a view has that grew', () => {
    const buffer = new ArrayBuffer(64, { maxByteLength: 256 });
    const view = new DataView(buffer);
    expect(bytes(64).decode(view, 0).length).toBe(64);
    buffer.resize(256);
    expect(bytes(64).decode(view, 192).length).toBe(64);
    buffer.resize(64);
    expect(() => bytes(64).decode(view, 1)).toThrow(RangeError);
  });

  it('gives back what it got, as a copy', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (value) => {
        const result = roundTrip(bytes(value.length), value);
        expect(result).toEqual(value);
        expect(result.buffer).not.toBe(value.buffer);
        expect(result.buffer.byteLength).toBe(value.length);
      }),
    );
  });

  it.each([3, 5])('refuses %d bytes where 4 belong', (length) => {
    expect(encodeAnything(bytes(4), new Uint8Array(length)).code).toBe('ERR_BPF_VALUE_RANGE');
  });

  it('refuses bytes whose buffer was transferred', () => {
    const value = new Uint8Array(4);
    value.buffer.transfer();
    expect(encodeAnything(bytes(4), value).code).toBe('ERR_BPF_VALUE_RANGE');
  });

  it.each([[[1, 2, 3, 4]], ['abcd'], [null], [new Uint16Array(2)], [new ArrayBuffer(4)]])(
    'refuses %s',
    (value) => {
      expect(encodeAnything(bytes(4), value).code).toBe('ERR_BPF_VALUE_TYPE');
    },
  );

  it.each([-1, 1.5, Number.NaN])('refuses a length of %d', (length) => {
    expect(thrown(BpfUsageError, () => bytes(length)).code).toBe('ERR_BPF_ARGUMENT');
  });
});

describe('cString', () => {
  it('gives back every text without NUL that fits', () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 8 })
      .filter((value) => !value.includes('\0') && value.isWellFormed());
    fc.assert(
      fc.property(text, (value) => {
        expect(roundTrip(cString(33), value)).toBe(value);
      }),
    );
  });

  it('ends the text with a NUL, and leaves nothing of what was there', () => {
    expect(encode(cString(6), 'eth0')).toEqual(Uint8Array.of(0x65, 0x74, 0x68, 0x30, 0, 0));
  });

  it('reads a text that fills all of its room', () => {
    expect(decode(cString(3), Uint8Array.of(0x61, 0x62, 0x63))).toBe('abc');
  });

  it.each([
    ['without room for the NUL', 'abcd'],
    ['with more bytes than characters', 'öö'],
    ['with a NUL inside', 'a\0b'],
    ['that is not well-formed', '\ud800'],
  ])('refuses a text %s', (_, value) => {
    expect(encodeAnything(cString(4), value).code).toBe('ERR_BPF_VALUE_RANGE');
  });

  it.each([1, null, undefined, {}])('refuses %s', (value) => {
    expect(encodeAnything(cString(4), value).code).toBe('ERR_BPF_VALUE_TYPE');
  });

  it('needs room for at least the NUL', () => {
    expect(thrown(BpfUsageError, () => cString(0)).code).toBe('ERR_BPF_ARGUMENT');
  });
});

describe('mac', () => {
  it('writes the six bytes in order', () => {
    expect(encode(mac, '02:42:AC:11:00:fe')).toEqual(Uint8Array.of(0x02, 0x42, 0xac, 0x11, 0x00, 0xfe));
  });

  it('gives back every address, in lower case', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (address) => {
        const text = decode(mac, address);
        expect(text).toBe(text.toLowerCase());
        expect(encode(mac, text)).toEqual(address);
      }),
    );
  });

  it.each([
    '',
    '02:42:ac:11:00',
    '02:42:ac:11:00:02:03',
    '02-42-ac-11-00-02',
    '2:42:ac:11:0:2',
    '02:42:ac:11:00:0g',
  ])('refuses %j', (value) => {
    expect(encodeAnything(mac, value).code).toBe('ERR_BPF_VALUE_RANGE');
  });

  it.each([1, null, new Uint8Array(6)])('refuses %s, which is not a text', (value) => {
    expect(encodeAnything(mac, value).code).toBe('ERR_BPF_VALUE_TYPE');
  });
});
