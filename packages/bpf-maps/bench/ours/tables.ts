import {
  type AnyMap,
  BpfMap,
  be32,
  type Codec,
  type LpmKey,
  lpmKey,
  type StructCodec,
  struct,
  u32,
  u64,
} from '../../src/index.ts';
import { type Form, type Words, wordForm, wordsForm } from '../forms.ts';

/** A map and how it is used. */
export interface Table<K, V> {
  readonly map: BpfMap<K, V>;
  readonly form: Form<K, V>;
}

/** Keys and values as bytes, in buffers that the caller has already. */
function bytesForm(keySize: number, valueBytes: number): Form<Uint8Array, Uint8Array> {
  const keyBytes = new Uint8Array(keySize);
  const keyWord = new Uint32Array(keyBytes.buffer);
  const valueBytesOf = new Uint8Array(valueBytes);
  return {
    key(number) {
      keyWord[0] = number;
      return keyBytes;
    },
    value(key) {
      valueBytesOf[0] = key;
      return valueBytesOf;
    },
    lowKey: (key) => key[0] ?? Number.NaN,
    low: (value) => value[0] ?? Number.NaN,
  };
}

const words: StructCodec<Words> = struct({ a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u64, h: u64 });

function open<V>(id: number, value: Codec<V>): BpfMap<number, V> {
  return BpfMap.openById(id, { key: u32, value });
}

export const bytesTable = (id: number): Table<Uint8Array, Uint8Array> => {
  const map = BpfMap.openById(id, { codec: 'bytes' });
  return { map, form: bytesForm(map.info.keySize, map.info.valueSize) };
};

export const wordTable = (id: number): Table<number, bigint> => ({ map: open(id, u64), form: wordForm() });

export const wordsTable = (id: number): Table<number, Words> => ({ map: open(id, words), form: wordsForm() });

export const perCpuTable = (id: number): Table<number, bigint[]> => ({
  map: BpfMap.openById(id, { key: u32, value: u64, perCpu: true }),
  form: {
    key: (number) => number,
    value: () => {
      throw new Error('values for each CPU are only read');
    },
    lowKey: (key) => key & 0xff,
    low(values) {
      let sum = 0;
      for (const value of values) sum += Number(value) & 0xff;
      return sum;
    },
  },
});

/** An LPM trie of whole IPv4 addresses. */
export const trieTable = (id: number): Table<LpmKey<number>, bigint> => {
  const { value, low } = wordForm();
  return {
    map: BpfMap.openById(id, { key: lpmKey(be32), value: u64 }),
    form: {
      key: (data) => ({ prefixLength: 32, data }),
      value,
      lowKey: ({ data }) => data & 0xff,
      low,
    },
  };
};

/** What the kernel tells of a map. */
export function infoOf(id: number): AnyMap['info'] {
  using map = BpfMap.openById(id, { codec: 'bytes' });
  return map.info;
}
