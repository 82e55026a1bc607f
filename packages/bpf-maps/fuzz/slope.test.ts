import { describe, expect, it } from 'vitest';
import { slope } from './slope.ts';

describe('the slope of measurements', () => {
  it('is what they grow by each time', () => {
    expect(slope([10, 13, 16, 19, 22])).toBe(3);
  });

  it('is not above 0 for what only goes up and down', () => {
    expect(slope([5, 9, 5, 9, 5, 9, 5])).toBeLessThanOrEqual(0);
  });

  it('does not see one step', () => {
    expect(slope([7, 7, 7, 7, 900, 900, 900, 900])).toBe(0);
  });

  it('sees growth through noise', () => {
    expect(slope([1, 20, 31, 39, 52, 60, 71, 79, 90])).toBeGreaterThan(8);
  });

  it('does not see an outlier', () => {
    expect(slope([7, 7, 7, 900, 7, 7, 7, 7])).toBe(0);
  });
});
