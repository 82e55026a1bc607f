/** Properties of validation that hold for every value. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gateway, gatewayClass, httpRoute, listener, tcpRoute } from '../objects/builders.ts';
import { withDefaults } from './defaults.ts';
import { modelKinds } from './kind-info.ts';
import { parseObject, validate } from './validate.ts';

const kinds = [...modelKinds.values()];

/** Values of every type, and those that are hostile: getters and proxies that throw, cycles, holes. */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
    withObjectString: true,
    withBoxedValues: true,
  }),
  fc.constantFrom(Symbol('x'), () => 1, Number.NaN, Number.POSITIVE_INFINITY, new Date(Number.NaN), -0),
  fc.constant(null).map(
    () =>
      new Proxy(
        {},
        {
          get() {
            throw new Error('no');
          },
          ownKeys() {
            throw new Error('no');
          },
        },
      ),
  ),
  fc.constant(null).map(() => {
    const cyclic: Record<string, unknown> = { items: [] };
    cyclic.self = cyclic;
    cyclic.items = [cyclic];
    return cyclic;
  }),
  fc.constant(null).map(() =>
    Object.defineProperty({}, 'name', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    }),
  ),
);

/** An object of some kind, with anything where its fields should be. */
const anyObject = fc
  .record({
    kind: fc.constantFrom(...kinds),
    metadata: fc.oneof(
      fc.constant({ name: 'a' }),
      hostile,
      fc.dictionary(fc.constantFrom('name', 'labels', 'finalizers', 'x'), hostile),
    ),
    fields: fc.dictionary(
      fc.constantFrom('spec', 'status', 'endpoints', 'ports', 'data', '__proto__'),
      hostile,
    ),
    spec: fc.dictionary(
      fc.constantFrom(
        'listeners',
        'rules',
        'parentRefs',
        'addresses',
        'hostnames',
        'validation',
        'from',
        'to',
      ),
      fc.oneof(hostile, fc.array(hostile)),
    ),
  })
  .map(({ kind, metadata, fields, spec }) => ({
    apiVersion: kind.apiVersions[0],
    kind: kind.kind,
    metadata,
    spec,
    ...fields,
  }));

/** Valid objects, some of whose metadata and fields are missing or null. */
const validObject = fc
  .record({
    object: fc.constantFrom<{ readonly metadata: object }>(
      gatewayClass(),
      gateway({ listeners: [listener('TCP', 80)] }),
      tcpRoute({ parentRefs: [{ name: 'g' }], backendRefs: [{ name: 'b', port: 80 }] }),
      httpRoute({ parentRefs: [{ name: 'g' }], rules: [{}] }),
    ),
    metadata: fc.record(
      {
        labels: fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.constantFrom('', 'v', null)),
        annotations: fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.string({ unit: 'binary' })),
        finalizers: fc.constantFrom(null, [], ['a/b']),
        creationTimestamp: fc.constantFrom(null, '2026-11-22T15:00:00.123+02:00', new Date(0)),
        generateName: fc.constantFrom('', 'a-'),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ object, metadata }) => ({ ...object, metadata: { ...object.metadata, ...metadata } }));

describe('whatever the value', () => {
  it('validation does not throw, and tells errors of the documented form', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, anyObject), hostile, (value, old) => {
        for (const options of [{}, { old }, { old: value }, { subresource: 'status' as const }]) {
          for (const { path, message, expected, code } of validate(value, options)) {
            expect([typeof path, typeof message, typeof expected, typeof code]).toEqual(
              new Array(4).fill('string'),
            );
            expect(message.length).toBeLessThan(2_000 + path.length + expected.length);
          }
        }
        withDefaults(value);
      }),
      { numRuns: 3000 },
    );
  });

  it('an object is read once more as it was read, and is valid again', () => {
    fc.assert(
      fc.property(validObject, hostile, (object, status) => {
        const first = parseObject({ ...object, status }, { namespace: 'default' });
        if (!first.ok) {
          for (const { code } of first.errors) expect(['unknown-field', 'unreadable']).toContain(code);
          return;
        }
        expect(parseObject(first.object)).toEqual(first);
        expect(withDefaults(first.object)).toBe(first.object);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('nesting and size', () => {
  const nest = (depth: number): unknown => {
    let value: unknown = 'x';
    for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { spec: value };
    return value;
  };
  const route = tcpRoute({ backendRefs: [] });

  it.each([100, 10_000, 1_000_000])('%i levels deep', (depth) => {
    for (const field of ['spec', 'status', 'metadata', 'more'])
      expect(() => validate({ ...route, [field]: nest(depth) })).not.toThrow();
    expect(validate({ ...route, spec: nest(depth) }).length).toBeGreaterThan(0);
  });

  it('lists longer than any request can be are refused at once', () => {
    const endless = new Array<unknown>(2 ** 32 - 1);
    expect(validate({ ...route, spec: { rules: endless } })[0]).toMatchObject({
      path: 'spec.rules',
      code: 'length',
    });
  });

  it('a text that is long is shown in part', () => {
    const [error] = validate({ ...route, spec: 'x'.repeat(10_000_000) });
    expect(error?.message.length).toBeLessThan(300);
  });

  it('time grows like the object', () => {
    const rules = (count: number) =>
      httpRoute({
        parentRefs: [{ name: 'g' }],
        rules: Array.from({ length: 16 }, () => ({
          matches: [{ path: { type: 'PathPrefix' as const, value: '/' } }],
          backendRefs: Array.from({ length: count }, (_, index) => ({ name: `b${index}`, port: 80 })),
        })),
      });
    const seconds = (object: object): number => {
      const start = performance.now();
      validate(object);
      return performance.now() - start;
    };
    const [small, large] = [rules(200), rules(4_000)];
    seconds(small);
    seconds(large);
    // Twenty times the size: a quadratic pass would take 400 times as long.
    const times = [1, 2, 3].map(() => [seconds(small), seconds(large)] as const);
    const fastest = (index: 0 | 1): number => Math.min(...times.map((pair) => pair[index]));
    expect(fastest(1) / fastest(0)).toBeLessThan(150);
  });
});

describe('the order of fields does not matter', () => {
  it('to errors', () => {
    const object = gateway({ listeners: [listener('TCP', 0, { name: 'A' }), listener('UDP', 80)] });
    const reversed: unknown = JSON.parse(JSON.stringify(object), (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    );
    const told = (value: unknown) => validate(value).map(({ path, code }) => [path, code]);
    expect(told(reversed)).toEqual(told(object));
  });
});
