import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { Manifests } from './manifests.ts';

const EXAMPLES = fileURLToPath(new URL('../../../apps/blixt/examples', import.meta.url));
const PODS = ['b1', 'b2', 'b3'].map((name, index) => ({
  name,
  ipv4: `10.77.2.1${index + 1}`,
  ipv6: `fd77:2::1${index + 1}`,
}));

let parent: string;
let manifests: Manifests;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'blixt-manifests-'));
  manifests = new Manifests(EXAMPLES, join(parent, 'manifests'), PODS);
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** All objects of a kind in the folder. */
function objects(kind: string): { metadata: { name: string }; [key: string]: unknown }[] {
  return readdirSync(manifests.folder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => [...parseAllDocuments(readFileSync(join(manifests.folder, file), 'utf8'))])
    .map((document) => document.toJS())
    .filter((object) => object.kind === kind);
}

describe('the copy of the examples', () => {
  it('has a weight changed, the other route and the comments untouched', () => {
    manifests.setWeights('TCPRoute', { b1: 10, b2: 30, b3: 20 });
    const weights = (kind: string): unknown[] =>
      objects(kind).map(({ spec }) =>
        (spec as { rules: { backendRefs: { weight: number }[] }[] }).rules.map(({ backendRefs }) =>
          backendRefs.map(({ weight }) => weight),
        ),
      );
    expect(weights('TCPRoute')).toEqual([[[10, 30, 20]]]);
    expect(weights('UDPRoute')).toEqual([[[50, 30, 20]]]);
    expect(readFileSync(join(manifests.folder, 'routes.yaml'), 'utf8')).toMatch(/^# Weights share out/);
  });

  it('routes TCP to one Service of all pods', () => {
    manifests.routeToPool();
    expect(objects('TCPRoute')).toMatchObject([
      { spec: { rules: [{ backendRefs: [{ name: 'pool', port: 80 }] }] } },
    ]);
    expect(objects('Service').map(({ metadata }) => metadata.name)).toContain('pool');
    const slices = objects('EndpointSlice').filter(({ metadata }) => metadata.name.startsWith('pool-'));
    expect(slices).toMatchObject([
      { addressType: 'IPv4', endpoints: PODS.map(({ ipv4 }) => ({ addresses: [ipv4] })) },
      { addressType: 'IPv6', endpoints: PODS.map(({ ipv6 }) => ({ addresses: [ipv6] })) },
    ]);
  });

  it('marks a pod as terminating, and takes it out', () => {
    const b3 = (): unknown[] =>
      objects('EndpointSlice')
        .filter(({ metadata }) => metadata.name === 'pool-ipv6')
        .flatMap(({ endpoints }) => endpoints as { addresses: string[] }[])
        .filter(({ addresses }) => addresses.includes('fd77:2::13'));
    manifests.setPoolStates({ b3: 'terminating' });
    expect(b3()).toMatchObject([{ conditions: { ready: false, serving: true, terminating: true } }]);
    manifests.setPoolStates({ b3: 'gone' });
    expect(b3()).toEqual([]);
  });

  it('is written in whole files: nothing else is left in the folder', () => {
    manifests.setWeights('UDPRoute', { b1: 1 });
    manifests.setPoolStates({});
    expect(readdirSync(manifests.folder).sort()).toEqual([...readdirSync(EXAMPLES), 'pool.yaml'].sort());
  });
});
