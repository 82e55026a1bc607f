import { describe, expect, it } from 'vitest';
import {
  type FoundObject,
  gatewayOfObject,
  isAsWanted,
  type Manifest,
  mustBeMadeAnew,
  sealed,
} from './manifest.ts';

const IT = 'example.com/it';

/** A Service as we want it. */
const wanted = (spec: object = {}, labels: Record<string, string> = {}): Manifest & { spec: object } =>
  sealed(
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        namespace: 'default',
        name: 'edge-blixt',
        labels,
        annotations: {},
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Gateway', name: 'edge', uid: 'uid-1', controller: true },
        ],
      },
      spec,
    },
    IT,
  );

/** What an API server makes of it: it has more fields. */
const found = (manifest: Manifest & { spec: object }, spec: object = {}): FoundObject =>
  ({
    ...manifest,
    metadata: { ...manifest.metadata, uid: 'uid-2', resourceVersion: '1' },
    spec: { sessionAffinity: 'None', ...manifest.spec, ...spec },
  }) as FoundObject;

describe('an object is as wanted', () => {
  it.each<[string, object]>([
    ['as it was written', {}],
    ['with defaults in the ports', { ports: [{ port: 80, name: 'tcp-80', targetPort: 80 }] }],
    ['with a port of others', { ports: [{ port: 81 }, { port: 80, name: 'tcp-80' }] }],
  ])('%s', (_, spec) => {
    const manifest = wanted({ ports: [{ port: 80, name: 'tcp-80' }] });
    expect(isAsWanted(found(manifest, spec), manifest)).toBe(true);
  });

  it.each<[string, object]>([
    ['a port is missing', { ports: [] }],
    ['a port has another name', { ports: [{ port: 80, name: 'other' }] }],
    ['a value is another', { type: 'ClusterIP' }],
    ['a value is missing', { type: undefined }],
    ['a list has more', { ipFamilies: ['IPv4', 'IPv6'] }],
  ])('not when %s', (_, spec) => {
    const ports = [{ port: 80, name: 'tcp-80' }];
    const manifest = wanted({ ports, type: 'LoadBalancer', ipFamilies: ['IPv4'] });
    expect(isAsWanted(found(manifest, spec), manifest)).toBe(false);
  });

  it('not when it has what is wanted no more', () => {
    const before = found(wanted({}, { team: 'a', tier: 'b' }));
    expect(isAsWanted(before, wanted({}, { team: 'a' }))).toBe(false);
  });
});

describe('an object is ours', () => {
  const object = found(wanted());

  it('by its owner, a Gateway', () => {
    expect(gatewayOfObject(object, IT)).toEqual({ namespace: 'default', name: 'edge', uid: 'uid-1' });
    const [owner] = object.metadata.ownerReferences ?? [];
    for (const ownerReferences of [[], [{ ...owner, controller: false }], [{ ...owner, kind: 'Route' }]]) {
      const other = { ...object, metadata: { ...object.metadata, ownerReferences } } as FoundObject;
      expect(gatewayOfObject(other, IT)).toBeUndefined();
    }
  });

  it('unless it says that it is another controller’s; not if that was taken away', () => {
    expect(gatewayOfObject(object, 'example.com/other')).toBeUndefined();
    const bare = { ...object, metadata: { ...object.metadata, annotations: {} } };
    expect(gatewayOfObject(bare, IT)).toMatchObject({ name: 'edge' });
  });
});

describe('an object is made anew', () => {
  it.each<[string, boolean, object, object]>([
    ['a headless Service gets a cluster IP', true, { clusterIP: 'None' }, { type: 'LoadBalancer' }],
    ['a Service with a cluster IP becomes headless', true, { clusterIP: '10.96.0.9' }, { clusterIP: 'None' }],
    ['the class becomes another', true, { loadBalancerClass: 'a' }, { loadBalancerClass: 'b' }],
    ['a class comes', true, {}, { loadBalancerClass: 'b' }],
    ['the first family becomes another', true, { ipFamilies: ['IPv4', 'IPv6'] }, { ipFamilies: ['IPv6'] }],
    ['the second family goes', false, { ipFamilies: ['IPv4', 'IPv6'] }, { ipFamilies: ['IPv4'] }],
    ['the families are left to the cluster', false, { ipFamilies: ['IPv6'] }, {}],
    ['a port changes', false, { ports: [{ port: 80 }] }, { ports: [{ port: 81 }] }],
    ['the cluster gives it an IP', false, { clusterIP: '10.96.0.9' }, { type: 'LoadBalancer' }],
  ])('if %s: %s', (_, expected, before, after) => {
    expect(mustBeMadeAnew(found(wanted(), before), wanted(after))).toBe(expected);
  });

  it('a class that we gave goes; not one that a webhook gave', () => {
    const object = found(wanted(), { loadBalancerClass: 'a' });
    const writtenBy = (manager: string): FoundObject => ({
      ...object,
      metadata: {
        ...object.metadata,
        managedFields: [{ manager, fieldsV1: { 'f:spec': { 'f:loadBalancerClass': {} } } }],
      },
    });
    expect(mustBeMadeAnew(writtenBy('blixt'), wanted())).toBe(true);
    expect(mustBeMadeAnew(writtenBy('webhook'), wanted())).toBe(false);
  });
});
