import { describe, expect, it } from 'vitest';
import type { Condition } from '../objects/objects.ts';
import { mergeConditions, type Verdict } from './conditions.ts';

const then = '2026-01-01T00:00:00Z';
const now = '2026-02-02T00:00:00Z';

const accepted: Condition = {
  type: 'Accepted',
  status: 'True',
  observedGeneration: 1,
  lastTransitionTime: then,
  reason: 'Accepted',
  message: 'before',
};
const foreign: Condition = { ...accepted, type: 'example.com/Audited', reason: 'Audited' };
const verdict = (fields: Partial<Verdict> = {}): Verdict => ({
  type: 'Accepted',
  status: 'True',
  reason: 'Accepted',
  message: 'after',
  ...fields,
});

describe('merging conditions by type', () => {
  it('keeps lastTransitionTime while status is unchanged, and updates everything else', () => {
    expect(mergeConditions([accepted], [verdict()], 2, now)).toEqual([
      { ...accepted, observedGeneration: 2, message: 'after' },
    ]);
  });

  it('moves lastTransitionTime when status changes', () => {
    const [condition] = mergeConditions([accepted], [verdict({ status: 'False' })], 2, now);
    expect(condition).toMatchObject({ status: 'False', lastTransitionTime: now });
  });

  it('leaves foreign conditions as they are and where they are', () => {
    const other: Condition = { ...foreign, type: 'example.com/Billed' };
    const merged = mergeConditions([foreign, accepted, other], [verdict()], 2, now);
    expect(merged.map(({ type }) => type)).toEqual([foreign.type, 'Accepted', other.type]);
    expect(merged[0]).toBe(foreign);
    expect(merged[2]).toBe(other);
  });

  it('appends new types in the order in which they were decided', () => {
    const merged = mergeConditions([foreign], [verdict(), verdict({ type: 'Programmed' })], 3, now);
    expect(merged.map(({ type }) => type)).toEqual([foreign.type, 'Accepted', 'Programmed']);
    expect(merged[1]).toMatchObject({ observedGeneration: 3, lastTransitionTime: now });
  });

  it('leaves one of two conditions of the same type', () => {
    const merged = mergeConditions([accepted, { ...accepted, status: 'False' }], [verdict()], 2, now);
    expect(merged).toHaveLength(1);
  });

  it('removes types that must not be there', () => {
    expect(mergeConditions([foreign, accepted], [], 2, now, ['Accepted'])).toEqual([foreign]);
  });

  it('adds no more than the list can hold, and lets foreign conditions be', () => {
    const others = Array.from({ length: 6 }, (_, index) => ({ ...foreign, type: `example.com/C${index}` }));
    const verdicts = ['Accepted', 'Programmed', 'ResolvedRefs'].map((type) => verdict({ type }));
    const merged = mergeConditions(others, verdicts, 1, now);
    expect(merged.map(({ type }) => type).slice(6)).toEqual(['Accepted', 'Programmed']);
    expect(merged.slice(0, 6)).toEqual(others);
    expect(mergeConditions(merged, verdicts, 1, now)).toBe(merged);
  });

  it('cuts messages that the API server would refuse', () => {
    const [condition] = mergeConditions([], [verdict({ message: 'x'.repeat(40_000) })], 1, now);
    expect(condition?.message).toHaveLength(32_768);
  });

  it('does not change its input', () => {
    const existing = Object.freeze([Object.freeze({ ...accepted })]);
    expect(() => mergeConditions(existing, [verdict({ status: 'False' })], 2, now)).not.toThrow();
    expect(existing).toEqual([accepted]);
  });
});
