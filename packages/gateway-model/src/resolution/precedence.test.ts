import { describe, expect, it } from 'vitest';
import { comparePrecedence } from './precedence.ts';

const object = (name: string, creationTimestamp?: string, namespace = 'default') => ({
  metadata: { name, namespace, ...(creationTimestamp && { creationTimestamp }) },
});
const order = (...objects: ReturnType<typeof object>[]): string[] =>
  [...objects].sort(comparePrecedence).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

describe('precedence of competing objects', () => {
  it('the oldest comes first', () => {
    const [old, young] = [object('z', '2026-01-01T00:00:00Z'), object('a', '2026-01-02T00:00:00Z')];
    expect(order(young, old)).toEqual(['default/z', 'default/a']);
  });

  it('compares times, not their texts', () => {
    const [old, young] = [object('z', '2026-01-01T01:00:00+02:00'), object('a', '2026-01-01T00:00:00Z')];
    expect(order(young, old)).toEqual(['default/z', 'default/a']);
  });

  it('ties are broken by namespace/name', () => {
    const at = '2026-01-01T00:00:00Z';
    expect(order(object('b', at), object('a', at, 'zoo'), object('a', at))).toEqual([
      'default/a',
      'default/b',
      'zoo/a',
    ]);
  });

  it('objects without a timestamp come last, by name', () => {
    expect(order(object('b'), object('a'), object('z', '2026-01-01T00:00:00Z'))).toEqual([
      'default/z',
      'default/a',
      'default/b',
    ]);
  });
});
