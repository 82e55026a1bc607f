import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LeaseContent, nodeLeaseManifest, nodeLeaseName, readNodeLease } from './node-lease.ts';

const content: LeaseContent = {
  namespace: 'blixt-system',
  node: 'worker-1',
  links: ['192.0.2.11/24', '2001:db8::11/64'],
  loaded: { gateways: '1200', listenersets: '17' },
  notLoaded: ['default/edge', 'shop/edge'],
  durationMs: 6_000,
  nodeUid: 'u-1',
};

const stored = (partial: Partial<LeaseContent> = {}) => {
  const manifest = nodeLeaseManifest({ ...content, ...partial });
  return { ...manifest, metadata: { ...manifest.metadata, uid: 'u-2', resourceVersion: '3' } };
};

describe('the Lease of a node', () => {
  it('tells what was written', () => {
    expect(readNodeLease(stored())).toMatchObject({
      durationMs: 6_000,
      node: {
        name: 'worker-1',
        links: [{ address: '192.0.2.11' }, { address: '2001:db8::11' }],
        loaded: { gateways: '1200', listenersets: '17' },
        notLoaded: new Set(['default/edge', 'shop/edge']),
      },
    });
    expect(readNodeLease(stored({ links: undefined, notLoaded: [] }))?.node).toMatchObject({
      links: undefined,
      notLoaded: new Set(),
    });
    expect(readNodeLease(stored({ links: [] }))?.node.links).toEqual([]);
  });

  it('goes with its Node, if there is one', () => {
    expect(stored().metadata.ownerReferences).toEqual([
      { apiVersion: 'v1', kind: 'Node', name: 'worker-1', uid: 'u-1' },
    ]);
    expect(stored({ nodeUid: undefined }).metadata).not.toHaveProperty('ownerReferences');
  });

  it('says nothing where it cannot be read', () => {
    const { metadata, spec, ...rest } = stored();
    const annotations = { 'blixt.dev/links': 'banana,,/', 'blixt.dev/loaded': '{"gateways":7' };
    expect(readNodeLease({ ...rest, spec, metadata: { ...metadata, annotations } })?.node).toMatchObject({
      links: [],
      loaded: { gateways: '0', listenersets: '0' },
    });
    expect(readNodeLease({ ...rest, metadata, spec: { holderIdentity: '' } })).toBeUndefined();
  });

  it('has a name that the API takes, and that no other node has', () => {
    expect(nodeLeaseName('worker-1')).toBe('blixt-node-worker-1');
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    const nodeName = fc.array(label, { minLength: 1, maxLength: 8 }).map((labels) =>
      labels
        .join('.')
        .slice(0, 253)
        .replace(/[^a-z0-9]+$/, ''),
    );
    fc.assert(
      fc.property(fc.uniqueArray(nodeName, { minLength: 2, maxLength: 4 }), (all) => {
        const leases = all.map(nodeLeaseName);
        for (const name of leases) {
          expect(name.length).toBeLessThanOrEqual(253);
          expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
        }
        expect(new Set(leases).size).toBe(all.length);
      }),
    );
    const long = 'x'.repeat(252);
    expect(nodeLeaseName(`${long}1`)).not.toBe(nodeLeaseName(`${long}2`));
  });
});
