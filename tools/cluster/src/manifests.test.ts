import { afterAll, describe, expect, it } from 'vitest';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { at } from './json.ts';
import { applyManifests, objectPath, parseManifests } from './manifests.ts';

// At the top, where no time limit holds: the first use of kube-apiserver on a machine builds it.
const cluster: ControlPlane = await startControlPlane({ report: console.error });
afterAll(() => cluster.stop());

describe('manifests', () => {
  it('are found in the API by what it tells of their kinds', async () => {
    const paths = parseManifests(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: prod}
---
apiVersion: v1
kind: Endpoints
metadata: {name: web}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: prod}
---
apiVersion: v1
kind: Namespace
metadata: {name: prod}
`).map((manifest) => objectPath(cluster, manifest));
    expect(await Promise.all(paths)).toEqual([
      '/apis/apps/v1/namespaces/prod/deployments/web',
      '/api/v1/namespaces/default/endpoints/web',
      '/apis/networking.k8s.io/v1/namespaces/prod/networkpolicies/web',
      '/api/v1/namespaces/prod',
    ]);
  });

  it('are made, and made what they shall be', async () => {
    const configMap = (value: string) =>
      parseManifests(
        `{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {colour: ${value}}}`,
      );
    await applyManifests(cluster, configMap('red'));
    await applyManifests(cluster, configMap('blue'));
    const { body } = await cluster.request('GET', '/api/v1/namespaces/default/configmaps/settings');
    expect(at(body, 'data', 'colour')).toBe('blue');
  });

  it('of kinds that are not served are refused by name', async () => {
    const gateway = parseManifests('{apiVersion: nowhere.test/v1, kind: Gateway, metadata: {name: a}}');
    await expect(applyManifests(cluster, gateway)).rejects.toMatchObject({
      code: 'CLUSTER_INSTALL_FAILED',
      message: 'Gateway a: the API server does not serve Gateway of nowhere.test/v1',
    });
  });

  it('that the API server refuses are told with its reason', async () => {
    const wrong = parseManifests('{apiVersion: v1, kind: ConfigMap, metadata: {name: A_B}}');
    await expect(applyManifests(cluster, wrong)).rejects.toThrow(/^ConfigMap A_B: 422 .*RFC 1123/);
  });
});
