import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkOptions,
  DEFAULT_LIMITS,
  DEFAULT_PIN_DIRECTORY,
  DEFAULT_TIMEOUTS,
  type LoadBalancerOptions,
  portRangeLog2,
} from './options.ts';

describe('the options of LoadBalancer.open', () => {
  it('have defaults', () => {
    expect(checkOptions({})).toEqual({
      pinDirectory: DEFAULT_PIN_DIRECTORY,
      portRange: { min: 16_384, max: 32_767 },
      limits: DEFAULT_LIMITS,
      timeouts: DEFAULT_TIMEOUTS,
    });
  });

  it('may be given one by one', () => {
    const checked = checkOptions({ limits: { flows: 7 }, timeouts: { udp: 9 } });
    expect(checked.limits).toEqual({ ...DEFAULT_LIMITS, flows: 7 });
    expect(checked.timeouts).toEqual({ ...DEFAULT_TIMEOUTS, udp: 9 });
  });

  it.each(['limits', 'timeouts'] as const)(
    '%s are whole numbers, and the message names the field',
    (part) => {
      const names = Object.keys(part === 'limits' ? DEFAULT_LIMITS : DEFAULT_TIMEOUTS);
      const bad = fc.constantFrom(0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 33, '9', null, [1]);
      fc.assert(
        fc.property(fc.constantFrom(...names), bad, (name, value) => {
          const options: object = { [part]: { [name]: value } };
          expect(() => checkOptions(options)).toThrow(
            expect.objectContaining({
              code: 'ERR_LB_OPTION',
              message: expect.stringContaining(`${part}.${name}: expected a whole number from 1 to `),
            }),
          );
        }),
      );
    },
  );

  it.each(['blixt', './x', '/sys/fs/bpf/a.b', '/sys/fs/bpf/../x', ''])(
    'pinDirectory %j is refused: bpffs takes no dots',
    (pinDirectory) => {
      expect(() => checkOptions({ pinDirectory })).toThrow(
        expect.objectContaining({
          code: 'ERR_LB_OPTION',
          message: expect.stringContaining(JSON.stringify(pinDirectory)),
        }),
      );
    },
  );

  it.each([
    [0, 100],
    [1, 65_536],
    [100, 114],
    [200, 100],
    [1.5, 100],
  ])('portRange %d to %d is refused', (min, max) => {
    expect(() => checkOptions({ portRange: { min, max } })).toThrow(
      expect.objectContaining({
        code: 'ERR_LB_PORT_RANGE',
        message: expect.stringContaining(`got ${min}-${max}`),
      }),
    );
  });

  it.each(['pinDirectory', 'portRange', 'limits', 'timeouts'] as const)(
    '%s of a wrong type is refused, and the message names it',
    (name) => {
      for (const value of [null, 5, true, 'x']) {
        const options: object = { [name]: value };
        expect(() => checkOptions(options as LoadBalancerOptions)).toThrow(
          expect.objectContaining({
            code: expect.stringMatching(/^ERR_LB_(OPTION|PORT_RANGE)$/),
            message: expect.stringContaining(name),
          }),
        );
      }
    },
  );

  it('refuse names that nobody knows', () => {
    const misspelt: object = { limits: { flow: 7 } };
    expect(() => checkOptions(misspelt)).toThrow(
      expect.objectContaining({ code: 'ERR_LB_OPTION', message: expect.stringContaining('limits.flow') }),
    );
  });
});

describe('the largest power of two of a port range', () => {
  it.each([
    [{ min: 16_384, max: 32_767 }, 14],
    [{ min: 16_384, max: 32_768 }, 14],
    [{ min: 16_384, max: 32_766 }, 13],
    [{ min: 1, max: 16 }, 4],
    [{ min: 1, max: 65_535 }, 15],
  ])('of %j is 2^%i', (range, log2) => {
    expect(portRangeLog2(range)).toBe(log2);
  });
});
