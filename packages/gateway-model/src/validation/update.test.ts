import { describe, expect, it } from 'vitest';
import { gateway, gatewayClass, listener, tcpRoute } from '../objects/builders.ts';
import { type ParseOptions, parseObject, validate } from './validate.ts';

const told = (value: unknown, options: ParseOptions) =>
  validate(value, options).map(({ path, code }) => `${path} ${code}`);

const route = tcpRoute({ backendRefs: [{ name: 'web', port: 80 }] });
const withMeta = (metadata: object) => ({ ...route, metadata: { ...route.metadata, ...metadata } });

describe('an update', () => {
  it('of nothing is valid', () => {
    expect(told(route, { old: route })).toEqual([]);
  });

  it.each<[string, object, object, string[]]>([
    ['another name', {}, { name: 'other' }, ['metadata.name immutable']],
    ['no name', {}, { name: '' }, ['metadata.name immutable']],
    ['another namespace', {}, { namespace: 'other' }, ['metadata.namespace immutable']],
    ['another uid', { uid: 'a' }, { uid: 'b' }, ['metadata.uid immutable']],
    ['no uid', { uid: 'a' }, { uid: '' }, []],
    [
      'a time of deletion',
      {},
      { deletionTimestamp: '2026-11-22T15:00:00Z' },
      ['metadata.deletionTimestamp immutable'],
    ],
    [
      'another time of deletion',
      { deletionTimestamp: '2026-11-22T15:00:00Z' },
      { deletionTimestamp: '2027-11-22T15:00:00Z' },
      [],
    ],
    [
      'a grace period',
      {},
      { deletionGracePeriodSeconds: 3 },
      ['metadata.deletionGracePeriodSeconds immutable'],
    ],
    [
      'a finalizer while it is deleted',
      { deletionTimestamp: '2026-11-22T15:00:00Z', finalizers: ['a/b'] },
      { deletionTimestamp: '2026-11-22T15:00:00Z', finalizers: ['a/b', 'c/d'] },
      ['metadata.finalizers[1] forbidden'],
    ],
    ['labels', {}, { labels: { a: 'b' } }, []],
    ['a generation that counts down', { generation: 3 }, { generation: 1 }, []],
    ['a generateName that is no start of a name', {}, { generateName: 'a.' }, []],
    [
      'a generateName that is no part of a path',
      {},
      { generateName: 'a/' },
      ['metadata.generateName pattern'],
    ],
  ])('%s', (_, before, now, expected) => {
    expect(told(withMeta(now), { old: withMeta(before) })).toEqual(expected);
  });

  it('cannot change the kind', () => {
    expect(told(route, { old: gatewayClass() })).toEqual(['kind immutable']);
    expect(told(route, { old: 'web' })).toEqual([' type']);
  });

  it('can change the version', () => {
    const beta = { ...gatewayClass(), apiVersion: 'gateway.networking.k8s.io/v1beta1' };
    expect(told(gatewayClass(), { old: beta })).toEqual([]);
  });

  it('cannot change what a rule compares with its value before', () => {
    const old = gatewayClass();
    const changed = { ...old, spec: { controllerName: 'example.com/other' } };
    expect(told(changed, {})).toEqual([]);
    expect(told(changed, { old })).toEqual(['spec.controllerName immutable']);
    expect(validate(changed, { old })[0]).toMatchObject({
      rule: 'self == oldSelf',
      suggestion: `it was "${old.spec.controllerName}"`,
    });
  });
});

describe('ratcheting: what is wrong and did not change is tolerated', () => {
  const bad = listener('TCP', 80, { name: 'Bad Name' });
  const good = listener('TCP', 81, { name: 'good' });
  const old = gateway({ listeners: [bad, good] });

  it('in an object that did not change', () => {
    expect(told(old, {})).toEqual(['spec.listeners[0].name pattern']);
    expect(told(old, { old })).toEqual([]);
  });

  it('in an item of a list with keys, wherever it is now', () => {
    const moved = gateway({ listeners: [good, listener('TCP', 82, { name: 'new' }), bad] });
    expect(told(moved, { old })).toEqual([]);
  });

  it('in a field of it, when another field changed', () => {
    const changed = gateway({ listeners: [{ ...bad, port: 8080 }, good] });
    expect(told(changed, { old })).toEqual([]);
  });

  it('not in a value that changed', () => {
    const changed = gateway({ listeners: [{ ...bad, name: 'Worse Name' }, good] });
    expect(told(changed, { old })).toEqual(['spec.listeners[0].name pattern']);
  });

  it('not in an item of a list without keys, as it cannot be found in the list before', () => {
    const before = tcpRoute({ backendRefs: [{ name: 'web', port: 80, weight: -1 }] });
    const after = tcpRoute({
      backendRefs: [
        { name: 'web', port: 80, weight: -1 },
        { name: 'b', port: 80 },
      ],
    });
    expect(told(before, { old: before })).toEqual([]);
    expect(told(after, { old: before })).toEqual(['spec.rules[0].backendRefs[0].weight range']);
  });

  it('of a rule across fields, unless its value changed', () => {
    const twins = gateway({
      listeners: [listener('TCP', 80, { name: 'a' }), listener('TCP', 80, { name: 'b' })],
    });
    expect(told(twins, {})).toEqual(['spec.listeners[1] duplicate']);
    expect(told(twins, { old: twins })).toEqual([]);
    const three = gateway({ listeners: [...twins.spec.listeners, good] });
    expect(told(three, { old: twins })).toEqual(['spec.listeners[1] duplicate']);
  });

  it('not of a field that the object itself lacks', () => {
    const { spec: _, ...before } = old;
    expect(told(before, { old: before })).toEqual(['spec required']);
  });

  it('and rules that read a required field that is missing fail', () => {
    const [parent] = [{ group: 'a', kind: 'b' }];
    const before = { ...route, spec: { ...route.spec, parentRefs: [parent, { ...parent, name: 'c' }] } };
    expect(told(before, {})).toEqual(['spec.parentRefs[0].name required']);
    const errors = validate(
      { ...before, metadata: { ...route.metadata, labels: { a: 'b' } } },
      { old: before },
    );
    expect(errors.length).toBeGreaterThan(0);
    for (const { message } of errors) expect(message).toContain('no such key: name');
  });

  it('of keys that occur twice, anywhere in the object', () => {
    const before = gateway({ listeners: [good, good] });
    const after = gateway({ listeners: [good, good, listener('UDP', 80, { name: 'c' })] });
    expect(told(before, { old: before })).toEqual([]);
    // The rule of the CRD that says the same is not tolerated.
    expect(validate(after, { old: before }).every(({ rule }) => rule !== undefined)).toBe(true);
  });
});

describe('the status', () => {
  const condition = {
    type: 'Accepted',
    status: 'True',
    reason: 'Accepted',
    message: '',
    lastTransitionTime: '2026-11-22T15:00:00Z',
  };
  const object = gateway({ listeners: [listener('TCP', 80)] });
  const withStatus = (status: unknown) => ({ ...object, status });
  const wrong = withStatus({ conditions: [{ ...condition, status: 'Yes' }] });

  it('is ignored when an object is created, but for unknown fields', () => {
    expect(told(wrong, {})).toEqual([]);
    expect(told(withStatus('fine'), {})).toEqual([]);
    expect(told(withStatus({ condition: [] }), {})).toEqual(['status.condition unknown-field']);
    expect(told(withStatus({ conditions: { type: 'x' } }), {})).toEqual([
      'status.conditions.type unknown-field',
    ]);
  });

  it('comes back if it follows its schema, else as its default', () => {
    const read = parseObject(withStatus({ conditions: [condition] }));
    expect(read).toMatchObject({ object: { status: { conditions: [condition] } } });
    const pending = { type: 'Accepted', status: 'Unknown', reason: 'Pending' };
    expect(parseObject(wrong)).toMatchObject({
      object: { status: { conditions: [pending, { type: 'Programmed' }] } },
    });
  });

  it('stays what it was when the object is updated', () => {
    const old = withStatus({ conditions: [condition] });
    expect(parseObject(wrong, { old })).toMatchObject({ object: { status: { conditions: [condition] } } });
  });

  it('is all that counts when it is written by itself', () => {
    expect(told(wrong, { subresource: 'status' })).toEqual(['status.conditions[0].status enum']);
    const invalid = { ...wrong, spec: { ...object.spec, listeners: [] } };
    expect(told(invalid, { subresource: 'status', old: object })).toEqual([
      'status.conditions[0].status enum',
    ]);
    const good = {
      ...invalid,
      metadata: { ...object.metadata, labels: { a: 'b' } },
      status: { conditions: [condition] },
    };
    const { metadata, spec } = object;
    const result = parseObject(good, { subresource: 'status', old: object });
    expect(result).toMatchObject({
      ok: true,
      object: { metadata, spec, status: { conditions: [condition] } },
    });
    expect(result.ok && result.object.metadata.labels).toBeUndefined();
  });

  it('comes with other fields that are looked at for unknown ones only', () => {
    const options = { subresource: 'status', old: object } as const;
    expect(told({ ...object, spec: { listeners: 'x' } }, options)).toEqual([]);
    expect(told({ ...object, spec: { listeners: { a: 1 } } }, options)).toEqual([
      'spec.listeners.a unknown-field',
    ]);
  });

  it('without the stored object, the others count as well', () => {
    const invalid = { ...object, spec: { ...object.spec, listeners: [] } };
    expect(told(invalid, { subresource: 'status' })).toEqual(['spec.listeners length']);
  });

  it('is checked by its rules', () => {
    const status = { addresses: [{ type: 'Hostname', value: 'not a name' }] };
    expect(told(withStatus(status), { subresource: 'status' })).toEqual(['status.addresses[0].value rule']);
  });
});
