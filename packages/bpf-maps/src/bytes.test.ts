import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, encodeAnything, roundTrip, thrown } from '../test/codec-helpers.ts';
import { BpfUsageError, bytes, cString, mac } from './index.ts';

describe('bytes', () => {
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
