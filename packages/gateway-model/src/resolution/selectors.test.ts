import { describe, expect, it } from 'vitest';
import { matchesSelector } from './selectors.ts';

const labels = { team: 'shop', tier: 'gold' };

describe('label selectors', () => {
  it('select everything when empty, and nothing when absent', () => {
    expect(matchesSelector({}, labels)).toBe(true);
    expect(matchesSelector({}, undefined)).toBe(true);
    expect(matchesSelector(undefined, labels)).toBe(false);
  });

  it('matchLabels: every label must be there with its value', () => {
    expect(matchesSelector({ matchLabels: { team: 'shop' } }, labels)).toBe(true);
    expect(matchesSelector({ matchLabels: { team: 'shop', tier: 'tin' } }, labels)).toBe(false);
    expect(matchesSelector({ matchLabels: { team: 'shop' } }, undefined)).toBe(false);
  });

  it.each([
    ['In', 'team', ['shop', 'bank'], true],
    ['In', 'team', ['bank'], false],
    ['In', 'absent', ['shop'], false],
    ['NotIn', 'team', ['bank'], true],
    ['NotIn', 'team', ['shop'], false],
    ['NotIn', 'absent', ['shop'], true],
    ['Exists', 'team', undefined, true],
    ['Exists', 'absent', undefined, false],
    ['DoesNotExist', 'absent', undefined, true],
    ['DoesNotExist', 'team', undefined, false],
    ['Unheard', 'team', ['shop'], false],
  ])('matchExpressions: %s on %s with %j is %s', (operator, key, values, expected) => {
    const requirement = { key, operator, ...(values && { values }) };
    expect(matchesSelector({ matchExpressions: [requirement] }, labels)).toBe(expected);
  });

  it('all requirements must hold', () => {
    const matchExpressions = [{ key: 'tier', operator: 'In', values: ['tin'] }];
    expect(matchesSelector({ matchLabels: { team: 'shop' }, matchExpressions }, labels)).toBe(false);
  });

  it('does not take what every JavaScript object has for labels', () => {
    expect(matchesSelector({ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, labels)).toBe(
      false,
    );
  });
});
