// Answers requests by the package `bpf`. The arguments are the folder that it is installed in, and the form:
// bytes (its RawMap) or codec (its ConvMap).
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Answer, answerRequests, keyOf, type Request, settle, time } from '../answer-requests.ts';

interface MapRef {
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  close(): void;
}

interface RivalMap<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
  delete(key: K): boolean;
  getBatch(size: number): IterableIterator<Array<[K, V]>>;
  setBatch(entries: Array<[K, V]>): unknown;
  [Symbol.iterator](): IterableIterator<[K, V]>;
}

interface Conversion<T> {
  parse(buffer: Buffer): T;
  format(buffer: Buffer, value: T): void;
}

interface Rival {
  openMap(id: number): MapRef;
  readonly u32type: Conversion<number>;
  readonly RawMap: new (map: MapRef) => RivalMap<Buffer, Buffer>;
  readonly ConvMap: new <K, V>(map: MapRef, key: Conversion<K>, value: Conversion<V>) => RivalMap<K, V>;
}

interface Form<K, V> {
  key(number: number): K;
  value(key: number): V;
  lowKey(key: K): number;
  low(value: V): number;
}

const CHUNK = 4096;
const [folder = '', form = ''] = process.argv.slice(2);
const require = createRequire(join(folder, 'package.json'));
const rival: Rival = require('bpf');

function bytesForm(map: MapRef): Form<Buffer, Buffer> {
  const keyBuffer = Buffer.alloc(map.keySize);
  const valueBuffer = Buffer.alloc(map.valueSize);
  return {
    key(number) {
      keyBuffer.writeUInt32LE(number);
      return keyBuffer;
    },
    value(key) {
      valueBuffer[0] = key;
      return valueBuffer;
    },
    lowKey: (key) => key[0] ?? Number.NaN,
    low: (value) => value[0] ?? Number.NaN,
  };
}

function codecForm<V>(of: (word: bigint) => V, wordOf: (value: V) => bigint): Form<number, V> {
  const values = Array.from({ length: 256 }, (_, word) => of(BigInt(word)));
  return {
    key: (number) => number,
    value(key) {
      const value = values[key & 0xff];
      if (value === undefined) throw new Error('there are 256 values');
      return value;
    },
    lowKey: (key) => key & 0xff,
    low: (value) => Number(wordOf(value)) & 0xff,
  };
}

const word: Conversion<bigint> = {
  parse: (buffer) => buffer.readBigUInt64LE(),
  format: (buffer, value) => {
    buffer.writeBigUInt64LE(value);
  },
};

type Words = Record<'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h', bigint>;

const words: Conversion<Words> = {
  parse: (buffer) => ({
    a: buffer.readBigUInt64LE(0),
    b: buffer.readBigUInt64LE(8),
    c: buffer.readBigUInt64LE(16),
    d: buffer.readBigUInt64LE(24),
    e: buffer.readBigUInt64LE(32),
    f: buffer.readBigUInt64LE(40),
    g: buffer.readBigUInt64LE(48),
    h: buffer.readBigUInt64LE(56),
  }),
  format(buffer, value) {
    buffer.writeBigUInt64LE(value.a, 0);
    buffer.writeBigUInt64LE(value.b, 8);
    buffer.writeBigUInt64LE(value.c, 16);
    buffer.writeBigUInt64LE(value.d, 24);
    buffer.writeBigUInt64LE(value.e, 32);
    buffer.writeBigUInt64LE(value.f, 40);
    buffer.writeBigUInt64LE(value.g, 48);
    buffer.writeBigUInt64LE(value.h, 56);
  },
};

function run<K, V>(map: RivalMap<K, V>, maxEntries: number, held: Form<K, V>, request: Request): Answer {
  const { operation, start, count } = request;
  switch (operation) {
    case 'get':
      return time(() => {
        let check = 0;
        for (let i = start; i < start + count; i++) {
          const value = map.get(held.key(keyOf(maxEntries, i)));
          if (value === undefined) throw new Error(`the map has no key of number ${i}`);
          check += held.low(value);
        }
        return check;
      });
    case 'set':
      return time(() => {
        for (let i = start; i < start + count; i++) {
          const key = keyOf(maxEntries, i);
          map.set(held.key(key), held.value(key));
        }
        return count;
      });
    case 'delete':
      return time(() => {
        let check = 0;
        for (let i = start; i < start + count; i++) if (map.delete(held.key(keyOf(maxEntries, i)))) check++;
        return check;
      });
    case 'iterate':
      return time(() => {
        let check = 0;
        let seen = 0;
        for (const [key, value] of map) {
          check += held.lowKey(key) + held.low(value);
          if (++seen === count) break;
        }
        return check;
      });
    case 'dump':
      return time(() => {
        let check = 0;
        let seen = 0;
        for (const entries of map.getBatch(CHUNK)) {
          for (const [key, value] of entries) check += held.lowKey(key) + held.low(value);
          seen += entries.length;
          if (seen >= count) break;
        }
        return check;
      });
    case 'load': {
      const entries = Array.from({ length: count }, (_, i): [K, V] => {
        const key = keyOf(maxEntries, start + i);
        return [held.key(key), held.value(key)];
      });
      return time(() => {
        for (let at = 0; at < count; at += CHUNK) map.setBatch(entries.slice(at, at + CHUNK));
        return count;
      });
    }
    default:
      throw new Error(`there is no operation ${operation}`);
  }
}

function answer(map: MapRef, request: Request): Answer {
  if (form === 'bytes') return run(new rival.RawMap(map), map.maxEntries, bytesForm(map), request);
  if (map.valueSize === 8) {
    const held = codecForm(
      (value) => value,
      (value) => value,
    );
    return run(new rival.ConvMap(map, rival.u32type, word), map.maxEntries, held, request);
  }
  const held = codecForm<Words>(
    (a) => ({ a, b: 0n, c: 0n, d: 0n, e: 0n, f: 0n, g: 0n, h: 0n }),
    (value) => value.a,
  );
  return run(new rival.ConvMap(map, rival.u32type, words), map.maxEntries, held, request);
}

await answerRequests((request) => {
  settle(request);
  const map = rival.openMap(request.id);
  try {
    return answer(map, request);
  } finally {
    map.close();
  }
});
