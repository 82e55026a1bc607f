/** Whatever a value is, nothing throws: it is refused with a reason, or decided about. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backendRef, type ModelObject, parseObject, tcpRoute, validate, withDefaults } from '../src/index.ts';
import { SimulatedCluster } from './simulated-cluster.ts';
import { anObject, aWorld } from './worlds.ts';

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
});

describe('validation, whatever the value is', () => {
  it('never throws, and every error says where', () => {
    fc.assert(
      fc.property(anything, (value) => {
        for (const error of validate(value))
          expect(error.message.startsWith(error.path || 'object')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('never throws when a field of a valid object is anything', () => {
    const subject = tcpRoute({ backendRefs: [backendRef('web', 80)] });
    fc.assert(
      fc.property(
        fc.constantFrom('metadata', 'spec', 'status'),
        fc.anything({ withBigInt: true }),
        (field, value) => {
          expect(() => validate({ ...subject, [field]: value })).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Every path to a field or item below a value. */
const pathsOf = (value: unknown): (string | number)[][] =>
  typeof value !== 'object' || value === null
    ? [[]]
    : [[], ...Object.entries(value).flatMap(([key, child]) => pathsOf(child).map((path) => [key, ...path]))];

const replaced = (value: unknown, [step, ...rest]: readonly (string | number)[], by: unknown): unknown => {
  if (step === undefined) return by;
  const copy: unknown = Array.isArray(value) ? [...value] : { ...Object(value) };
  Reflect.set(Object(copy), step, replaced(Reflect.get(Object(value), step), rest, by));
  return copy;
};

/** Values that mean something somewhere, and any others. */
const aValue = fc.oneof(
  fc.constantFrom<unknown[]>(
    ...[undefined, null, '', 0, 1, 80, 65_535, true, [], {}],
    ...['TCP', 'UDP', 'HTTPS', 'Gateway', 'ListenerSet', 'web', 'Selector', '::1'],
  ),
  fc.jsonValue({ maxDepth: 1 }),
);

/** An object with one field replaced by a value that may be anything; most are invalid. */
const anAlteredObject = (object: ModelObject): fc.Arbitrary<unknown> =>
  fc.tuple(fc.constantFrom(...pathsOf(object)), aValue).map(([path, value]) => replaced(object, path, value));

describe('objects that validation passes', () => {
  it('are decided about and explained, never thrown at, whatever else is in them', () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        aWorld.chain((objects) =>
          fc.tuple(
            ...objects.map((object) =>
              fc.oneof(
                { arbitrary: fc.constant(object), weight: 1 },
                { arbitrary: anAlteredObject(object), weight: 2 },
              ),
            ),
          ),
        ),
        (values) => {
          const parsed = values.flatMap((value) => {
            const result = parseObject(value);
            return result.ok ? [result.object] : [];
          });
          accepted += parsed.length;
          const cluster = SimulatedCluster.settled(parsed);
          for (const { explain } of cluster.decideAll()) explain();
        },
      ),
      { numRuns: 200 },
    );
    expect(accepted).toBeGreaterThan(2000);
  });

  it('pass with their defaults, too, and have them once and for all', () => {
    fc.assert(
      fc.property(anObject, (object) => {
        const defaulted = withDefaults(object);
        expect(validate(defaulted)).toEqual([]);
        expect(withDefaults(defaulted)).toEqual(defaulted);
      }),
      { numRuns: 200 },
    );
  });
});
