import { describe, expect, it } from 'vitest';
import { didYouMean } from './did-you-mean.ts';

const fields = ['parentRefs', 'rules', 'hostnames', 'port'];

describe('suggestions for misspelt names', () => {
  it.each([
    ['parentRef', 'parentRefs'],
    ['parnetRefs', 'parentRefs'],
    ['PARENTREFS', 'parentRefs'],
    ['rule', 'rules'],
    ['prot', 'port'],
    ['completely', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ])('%s: %s', (name, expected) => {
    expect(didYouMean(name, fields)).toBe(expected);
  });
});
