// Answers requests by the package `bpf`. The arguments are the folder that it is installed in, and the form:
// bytes (its RawMap) or codec (its ConvMap).
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Answer, answerRequests, keyOf, type Request, settle, time } from '../answer-requests.ts';
import { runLoop } from '../element-loops.ts';
import { type Form, type Words, wordForm, wordsForm } from '../forms.ts';

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

const word: Conversion<bigint> = {
  parse: (buffer) => buffer.readBigUInt64LE(),
  format: (buffer, value) => {
    buffer.writeBigUInt64LE(value);
  },
};

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
  const answer = runLoop(map, held, maxEntries, request);
  if (answer !== undefined) return answer;
  const { operation, start, count } = request;
  switch (operation) {
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
    return run(new rival.ConvMap(map, rival.u32type, word), map.maxEntries, wordForm(), request);
  }
  return run(new rival.ConvMap(map, rival.u32type, words), map.maxEntries, wordsForm(), request);
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
