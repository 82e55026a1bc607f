import { describe, expect, it } from 'vitest';
import { gatewayClass, namespace, service, tcpRoute } from '../objects/builders.ts';
import { parseObject, validate } from './validate.ts';

const route = tcpRoute({ backendRefs: [{ name: 'web', port: 80 }] });
const told = (metadata: object, of: object = route) =>
  validate({ ...of, metadata: { name: 'web', namespace: 'shop', ...metadata } }).map(
    ({ path, code }) => `${path} ${code}`,
  );

describe('names', () => {
  it.each<[object, string[]]>([
    [{ name: 'a.b-c.1' }, []],
    [{ name: 'a'.repeat(253) }, []],
    [{ name: 'a'.repeat(254) }, ['metadata.name length']],
    [{ name: 'A' }, ['metadata.name pattern']],
    [{ name: '' }, ['metadata.name required']],
    [{ name: null }, ['metadata.name required']],
    [{ name: '-a' }, ['metadata.name pattern']],
    [{ name: 7 }, ['metadata.name type', 'metadata.name required']],
    [{ namespace: 'a.b' }, ['metadata.namespace pattern']],
    [{ namespace: 'a'.repeat(64) }, ['metadata.namespace length']],
    [{ name: '', generateName: 'a-' }, []],
    [{ name: '', generateName: 'a.' }, ['metadata.generateName pattern']],
    [{ generateName: 'A' }, ['metadata.generateName pattern']],
  ])('%j: %j', (metadata, expected) => {
    expect(told(metadata)).toEqual(expected);
  });

  it('of namespaces and Services are labels', () => {
    expect(validate(namespace('a.b')).map(({ path }) => path)).toEqual(['metadata.name']);
    expect(told({ name: 'a.b' }, service('web', [80]))).toEqual(['metadata.name pattern']);
  });

  it('a generated name ends in xxxxx', () => {
    const generated = { ...route, metadata: { generateName: 'web-', namespace: 'shop' } };
    expect(parseObject(generated)).toMatchObject({ ok: true, object: { metadata: { name: 'web-xxxxx' } } });
  });

  it('the namespace of what lives in none is dropped, as the server does', () => {
    const inNamespace = { ...gatewayClass(), metadata: { name: 'blixt', namespace: 'Shop' } };
    expect(parseObject(inNamespace)).toMatchObject({ ok: true, object: { metadata: { name: 'blixt' } } });
    expect(JSON.stringify(parseObject(inNamespace))).not.toContain('Shop');
  });
});

describe('labels and annotations', () => {
  it.each<[object, string[]]>([
    [{ labels: { a: '', 'x.y/Z_a.b-1': 'V_1.2-3' } }, []],
    [{ labels: { a: 'x'.repeat(64) } }, ['metadata.labels.a length']],
    [{ labels: { a: '-x' } }, ['metadata.labels.a pattern']],
    [{ labels: { 'a/b/c': '' } }, ['metadata.labels["a/b/c"] pattern']],
    [{ labels: { 'X.y/a': '' } }, ['metadata.labels["X.y/a"] pattern']],
    [{ labels: { ['a'.repeat(64)]: '' } }, [`metadata.labels.${'a'.repeat(64)} pattern`]],
    [{ labels: { a: null } }, []],
    [{ labels: null }, []],
    [{ labels: { a: 1 } }, ['metadata.labels.a type']],
    [{ labels: [] }, ['metadata.labels type']],
    [{ annotations: { 'X.Y/Z': 'any thing\n😀' } }, []],
    [{ annotations: { 'a b': '' } }, ['metadata.annotations["a b"] pattern']],
    [{ annotations: { a: 'x'.repeat(256 * 1024 - 1) } }, []],
    [{ annotations: { a: 'x'.repeat(256 * 1024) } }, ['metadata.annotations length']],
    [{ annotations: { a: 'é'.repeat(128 * 1024) } }, ['metadata.annotations length']],
  ])('%j: %j', (metadata, expected) => {
    expect(told(metadata)).toEqual(expected);
  });
});

describe('other metadata', () => {
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'u' };
  it.each<[object, string[]]>([
    [{ finalizers: ['a', 'x.y/z'] }, []],
    [{ finalizers: ['a b'] }, ['metadata.finalizers[0] pattern']],
    [{ finalizers: ['orphan', 'foregroundDeletion'] }, ['metadata.finalizers rule']],
    [{ finalizers: 'a' }, ['metadata.finalizers type']],
    [{ ownerReferences: [owner] }, []],
    [{ ownerReferences: [{ ...owner, uid: '' }] }, ['metadata.ownerReferences[0].uid required']],
    [
      { ownerReferences: [{ ...owner, apiVersion: 'a/' }] },
      ['metadata.ownerReferences[0].apiVersion required'],
    ],
    [
      { ownerReferences: [{ ...owner, apiVersion: 'a/b/c' }] },
      ['metadata.ownerReferences[0].apiVersion required'],
    ],
    [{ ownerReferences: [{ ...owner, kind: 'Event' }] }, ['metadata.ownerReferences[0] rule']],
    [
      { ownerReferences: [owner, owner].map((one) => ({ ...one, controller: true })) },
      ['metadata.ownerReferences[1].controller duplicate'],
    ],
    [{ ownerReferences: [{ ...owner, names: 'a' }] }, ['metadata.ownerReferences[0].names unknown-field']],
    [{ creationTimestamp: null, generation: 3, uid: 'x', resourceVersion: '7', selfLink: '/x' }, []],
    [{ creationTimestamp: '2026-11-22T15:00:00.5+01:00' }, []],
    [{ creationTimestamp: '2026-02-30T15:00:00Z' }, ['metadata.creationTimestamp format']],
    [{ creationTimestamp: '2026-11-22T15:00:60Z' }, ['metadata.creationTimestamp format']],
    [{ creationTimestamp: 5 }, ['metadata.creationTimestamp type']],
    [{ generation: 1.5 }, ['metadata.generation type']],
    [{ managedFields: [{ manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:spec': {} } }] }, []],
    [{ managedFields: [{ manager: 1 }] }, ['metadata.managedFields[0].manager type']],
    [{ clusterName: 'x' }, ['metadata.clusterName unknown-field']],
    [{ lables: {} }, ['metadata.lables unknown-field']],
  ])('%j: %j', (metadata, expected) => {
    expect(told(metadata)).toEqual(expected);
  });

  it('an unknown field gets a suggestion', () => {
    const [error] = validate({ ...route, metadata: { name: 'a', namespace: 'b', lables: {} } });
    expect(error?.suggestion).toBe('did you mean labels?');
  });

  it.each(['web', 7, []])('metadata that is %j', (metadata) => {
    expect(validate({ ...route, metadata }).map(({ path, code }) => `${path} ${code}`)).toContain(
      'metadata type',
    );
  });

  it('comes back in its canonical form', () => {
    const metadata = {
      name: 'web',
      namespace: 'shop',
      labels: {},
      annotations: { a: null },
      finalizers: [],
      uid: '',
      generation: 0,
      creationTimestamp: '2026-11-22T15:00:00.5+01:30',
    };
    const result = parseObject({ ...route, metadata });
    expect(result).toMatchObject({ ok: true });
    expect(result.ok && result.object.metadata).toEqual({
      name: 'web',
      namespace: 'shop',
      annotations: { a: '' },
      creationTimestamp: '2026-11-22T13:30:00Z',
    });
  });
});
