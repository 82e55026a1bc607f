import {
  BLIXT_GROUP,
  type BlixtParameters,
  type BlixtParametersSpec,
  type GatewayClass,
  gatewayClass,
} from '@blixt/gateway-model';

/** BlixtParameters of a name. */
export const parameters = (spec: BlixtParametersSpec, name = 'edge'): BlixtParameters => ({
  apiVersion: `${BLIXT_GROUP}/v1alpha1`,
  kind: 'BlixtParameters',
  metadata: { name },
  spec,
});

/** Our class, with the parameters of a name. */
export function classWithParameters(name = 'edge'): GatewayClass {
  const plain = gatewayClass();
  const parametersRef = { group: BLIXT_GROUP, kind: 'BlixtParameters', name };
  return { ...plain, spec: { ...plain.spec, parametersRef } };
}
