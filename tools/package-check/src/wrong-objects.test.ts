import { validate } from '@blixt/gateway-model';
import { describe, expect, it } from 'vitest';
import { rightObject, wrongObjects } from './wrong-objects.ts';

describe('the objects that the comparison is made with', () => {
  it.each(wrongObjects)('$fault is refused', ({ object, old }) => {
    expect(validate(object, old === undefined ? {} : { old })).not.toEqual([]);
    if (old !== undefined) expect(validate(object)).toEqual([]);
  });

  it('the other one is accepted', () => {
    expect(validate(rightObject)).toEqual([]);
  });
});
