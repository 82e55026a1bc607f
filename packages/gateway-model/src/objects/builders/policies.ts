/** Builders of ReferenceGrants and BackendTLSPolicies. */
import type {
  BackendTLSPolicy,
  BackendTLSPolicySpec,
  ReferenceGrant,
  ReferenceGrantSpec,
} from '../../generated/types.ts';
import { GATEWAY_API_V1, type Meta, namespacedMeta } from './metadata.ts';

/** A ReferenceGrant called `grant`. */
export function referenceGrant(spec: ReferenceGrantSpec, given: Meta = {}): ReferenceGrant {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'ReferenceGrant',
    metadata: namespacedMeta('grant', given),
    spec,
  };
}

/**
 * A BackendTLSPolicy called `backend-tls`: connections to a Service's endpoints use TLS, and the endpoints'
 * certificates must be for a host name and from an authority that the system trusts.
 *
 * @param service - name of the Service
 * @param hostname - name to send (SNI) and to find in the certificate
 * @param spec - further fields, and others instead of those
 */
export function backendTLSPolicy(
  service: string,
  hostname: string,
  spec: Partial<BackendTLSPolicySpec> = {},
  given: Meta = {},
): BackendTLSPolicy {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'BackendTLSPolicy',
    metadata: namespacedMeta('backend-tls', given),
    spec: {
      targetRefs: [{ group: '', kind: 'Service', name: service }],
      validation: { hostname, wellKnownCACertificates: 'System' },
      ...spec,
    },
  };
}
