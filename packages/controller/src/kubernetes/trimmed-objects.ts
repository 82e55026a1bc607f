import {
  type BlixtParameters,
  type Endpoint,
  type EndpointConditions,
  type EndpointSlice,
  type Namespace,
  type ObjectMeta,
  type ReferenceGrant,
  SERVICE_NAME_LABEL,
  type Secret,
  type Service,
  type StatusOwner,
} from '@blixt/gateway-model';
import type { ApiObject } from './api-resource.ts';
import { shareStrings } from './shared-strings.ts';

/**
 * What is kept of objects: the fields that gateway-model reads (see its ObjectIndex), and those that a write of
 * a status needs. Everything else, managedFields above all, is most of an object's size.
 */

/** Metadata without labels, annotations, managedFields and ownerReferences. */
function keptMetadata<M extends ObjectMeta>(metadata: M) {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp } = metadata;
  const { deletionTimestamp, finalizers } = metadata;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(generation === undefined ? {} : { generation }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(finalizers === undefined ? {} : { finalizers }),
  };
}

/** Names of an object: all that is kept of the metadata of objects that carry no status of ours. */
function keptName({ namespace, name, uid }: { namespace: string; name: string; uid: string }) {
  return { namespace, name, uid };
}

/** Of objects whose status is ours: spec and status as they are. */
export function trimStatusOwner<T extends StatusOwner & ApiObject>(object: T): T {
  shareStrings(object.spec);
  shareStrings(object.status);
  return { ...object, metadata: keptMetadata(object.metadata) };
}

/** Of a ReferenceGrant: its spec. */
export function trimGrant({ apiVersion, kind, metadata, spec }: ReferenceGrant & ApiObject): ReferenceGrant {
  return { apiVersion, kind, metadata: keptName(metadata), spec };
}

/** Of BlixtParameters: their spec. */
export function trimParameters({
  apiVersion,
  kind,
  metadata: { name, uid },
  spec,
}: BlixtParameters & ApiObject): BlixtParameters {
  return { apiVersion, kind, metadata: { name, uid }, spec };
}

/** Of a Service: its type and its ports. */
export function trimService({ apiVersion, kind, metadata, spec }: Service & ApiObject): Service {
  const ports = spec.ports?.map(({ name, protocol, port }) => ({
    port,
    ...(name === undefined ? {} : { name }),
    ...(protocol === undefined ? {} : { protocol }),
  }));
  return {
    apiVersion,
    kind,
    metadata: keptName(metadata),
    spec: {
      ...(spec.type === undefined ? {} : { type: spec.type }),
      ...(spec.clusterIP === undefined ? {} : { clusterIP: spec.clusterIP }),
      ...(ports === undefined ? {} : { ports }),
    },
  };
}

/** Of an EndpointSlice: its Service, its ports, and address and state of each endpoint. */
export function trimEndpointSlice({
  apiVersion,
  kind,
  metadata,
  addressType,
  endpoints,
  ports,
}: EndpointSlice & ApiObject): EndpointSlice {
  const service = metadata.labels?.[SERVICE_NAME_LABEL];
  return {
    apiVersion,
    kind,
    metadata: {
      ...keptName(metadata),
      ...(service === undefined ? {} : { labels: { [SERVICE_NAME_LABEL]: service } }),
    },
    addressType,
    endpoints: (endpoints ?? []).map(trimEndpoint),
    ports: (ports ?? []).map(({ name, protocol, port }) => ({
      ...(name === undefined ? {} : { name }),
      ...(protocol === undefined ? {} : { protocol }),
      ...(port === undefined ? {} : { port }),
    })),
  };
}

function trimEndpoint({ addresses, conditions }: Endpoint): Endpoint {
  return conditions === undefined ? { addresses } : { addresses, conditions: sharedConditions(conditions) };
}

/** States of endpoints: there are 27, and one of them is that of almost all. */
const states = new Map<string, EndpointConditions>();

function sharedConditions({ ready, serving, terminating }: EndpointConditions): EndpointConditions {
  const key = `${ready}${serving}${terminating}`;
  const known = states.get(key);
  if (known !== undefined) return known;
  const state: EndpointConditions = Object.freeze({
    ...(ready === undefined ? {} : { ready }),
    ...(serving === undefined ? {} : { serving }),
    ...(terminating === undefined ? {} : { terminating }),
  });
  states.set(key, state);
  return state;
}

/** Of a Secret: its type, and the certificate and the key of a `kubernetes.io/tls`. */
export function trimSecret({ apiVersion, kind, metadata, type, data }: Secret & ApiObject): Secret {
  const kept = Object.entries(data ?? {}).filter(([name]) => name === 'tls.crt' || name === 'tls.key');
  return {
    apiVersion,
    kind,
    metadata: keptName(metadata),
    ...(type === undefined ? {} : { type }),
    data: Object.fromEntries(kept),
  };
}

/** Of a Namespace, of which the API server sends the metadata only: its labels. */
export function trimNamespace({ metadata }: Namespace & ApiObject): Namespace {
  const { name, uid, labels } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, uid, ...(labels === undefined ? {} : { labels }) },
  };
}
