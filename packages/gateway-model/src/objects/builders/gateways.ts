/** Builders of GatewayClasses, Gateways, ListenerSets and their parts. */
import type {
  Gateway,
  GatewayClass,
  GatewayClassSpec,
  GatewaySpec,
  Listener,
  ListenerSet,
  ListenerSetSpec,
  ListenerTLSConfig,
  SecretObjectReference,
} from '../../generated/types.ts';
import { GATEWAY_API_GROUP } from '../kinds.ts';
import { clusterMeta, GATEWAY_API_V1, type Meta, namespacedMeta } from './metadata.ts';

/** A GatewayClass called `blixt`, of the controller `gateway.networking.k8s.io/blixt`. */
export function gatewayClass(spec: Partial<GatewayClassSpec> = {}, given: Meta = {}): GatewayClass {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'GatewayClass',
    metadata: clusterMeta('blixt', given),
    spec: { controllerName: 'gateway.networking.k8s.io/blixt', ...spec },
  };
}

/**
 * A listener of a Gateway or a ListenerSet, called after its protocol and port: `listener('TCP', 80)` is
 * `tcp-80`.
 *
 * @param protocol - one of `ProtocolType`, or an implementation's own
 * @param port - 1..65535
 * @param fields - further fields, and others instead of those
 */
export function listener(protocol: string, port: number, fields: Partial<Listener> = {}): Listener {
  return { name: `${protocol.toLowerCase()}-${port}`, protocol, port, ...fields };
}

/** A certificateRef to a Secret. */
export function certificateRef(
  name: string,
  fields: Partial<SecretObjectReference> = {},
): SecretObjectReference {
  return { group: '', kind: 'Secret', name, ...fields };
}

/**
 * `tls` of a listener that terminates TLS: `listener('HTTPS', 443, { tls: terminateTls('web-cert') })`.
 *
 * @param certificates - certificateRefs, or names of Secrets in the listener's namespace
 */
export function terminateTls(
  ...certificates: readonly (string | SecretObjectReference)[]
): ListenerTLSConfig {
  return {
    mode: 'Terminate',
    certificateRefs: certificates.map((it) => (typeof it === 'string' ? certificateRef(it) : it)),
  };
}

/** A Gateway called `gateway`, of the class `blixt`, with one listener: TCP on port 80. */
export function gateway(spec: Partial<GatewaySpec> = {}, given: Meta = {}): Gateway {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'Gateway',
    metadata: namespacedMeta('gateway', given),
    spec: { gatewayClassName: 'blixt', listeners: [listener('TCP', 80)], ...spec },
  };
}

/** A ListenerSet called `listener-set`, of the Gateway `gateway`, with one listener: TCP on port 8080. */
export function listenerSet(spec: Partial<ListenerSetSpec> = {}, given: Meta = {}): ListenerSet {
  return {
    apiVersion: GATEWAY_API_V1,
    kind: 'ListenerSet',
    metadata: namespacedMeta('listener-set', given),
    spec: {
      parentRef: { group: GATEWAY_API_GROUP, kind: 'Gateway', name: 'gateway' },
      listeners: [listener('TCP', 8080)],
      ...spec,
    },
  };
}
