import type { ControlPlane } from '../control-plane.ts';
import { hasCondition } from '../json.ts';
import { applyManifests } from '../manifests.ts';
import { until } from '../readiness.ts';

/** The GatewayClass of Blixt, and the BlixtParameters that it names. */
export const GATEWAY_CLASS = 'blixt';

/**
 * Makes the GatewayClass `blixt` and the BlixtParameters that it names; resolves when it is accepted: from then on
 * its status tells what is supported.
 *
 * @param ranges - what Gateways get addresses from
 * @throws ClusterError `CLUSTER_INSTALL_FAILED`, `CLUSTER_NOT_READY`
 */
export async function createGatewayClass(control: ControlPlane, ranges: readonly string[]): Promise<void> {
  const metadata = { name: GATEWAY_CLASS };
  const parameters = {
    apiVersion: 'blixt.dev/v1alpha1',
    kind: 'BlixtParameters',
    metadata,
    spec: { addresses: { pool: { ranges } } },
  };
  const gatewayClass = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata,
    spec: {
      controllerName: 'gateway.networking.k8s.io/blixt',
      parametersRef: { group: 'blixt.dev', kind: 'BlixtParameters', name: GATEWAY_CLASS },
    },
  };
  await applyManifests(control, [parameters, gatewayClass]);
  const path = `/apis/gateway.networking.k8s.io/v1/gatewayclasses/${GATEWAY_CLASS}`;
  await until(control, `GatewayClass ${GATEWAY_CLASS} is not accepted`, async () => {
    const answer = await control.request('GET', path);
    return hasCondition(answer.body, 'Accepted') ? answer : JSON.stringify(answer.body);
  });
}
