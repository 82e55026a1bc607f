import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareStrings } from './shared-strings.ts';

/** Bytes of heap that what `make` returns takes. */
function heapOf(make: () => unknown): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  const before = process.memoryUsage().heapUsed;
  const made = make();
  collect();
  const taken = process.memoryUsage().heapUsed - before;
  expect(made).toBeDefined();
  return taken;
}

describe('strings that are shared', () => {
  it('leave any JSON value as it is', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(shareStrings(JSON.parse(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('may be more than are remembered', () => {
    const many = Array.from({ length: 10_000 }, (_, number) => `string ${number}`);
    expect(shareStrings([...many])).toEqual(many);
  });

  it('take their room once', () => {
    const text = JSON.stringify({
      conditions: [{ message: 'The route is accepted by the listener.'.repeat(5) }],
    });
    const parsed = (share: (value: unknown) => unknown) => () =>
      Array.from({ length: 10_000 }, () => share(JSON.parse(text)));
    const apart = heapOf(parsed((value) => value));
    expect(heapOf(parsed(shareStrings))).toBeLessThan(apart - 10_000 * 150);
  });
});
