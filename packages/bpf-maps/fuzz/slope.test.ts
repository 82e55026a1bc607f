import { describe, expect, it } from 'vitest';
import { slope } from './slope.ts';

describe('the slope of measurements', () => {
  it('is what they grow by each time', () => {
    expect(slope([10, 13, 16, 19, 22])).toBe(3);
  });

  it('is 0 for what only goes up and down', () => {
    expect(slope([5, 9, 5, 9, 5, 9, 5])).toBe(0);
  });

  it('does not see an outlier', () => {
    expect(slope([7, 7, 7, 900, 7, 7, 7, 7])).toBe(0);
  });
});
