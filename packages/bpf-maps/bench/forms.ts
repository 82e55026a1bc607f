/** How a caller holds keys and values. */
export interface Form<K, V> {
  key(number: number): K;
  /** The value that every contender writes for this key. */
  value(key: number): V;
  /** What is summed up of a key. */
  lowKey(key: K): number;
  /** What is summed up of a value. */
  low(value: V): number;
}

/** A value of 64 bytes. */
export type Words = Record<'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h', bigint>;

/** Keys as numbers, values as what a codec makes of them. Values are there already, as `of` made them. */
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

/** Values of 8 bytes. */
export const wordForm = (): Form<number, bigint> =>
  codecForm(
    (word) => word,
    (value) => value,
  );

/** Values of 64 bytes. */
export const wordsForm = (): Form<number, Words> =>
  codecForm(
    (a) => ({ a, b: 0n, c: 0n, d: 0n, e: 0n, f: 0n, g: 0n, h: 0n }),
    (value) => value.a,
  );
