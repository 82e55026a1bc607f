/** Which differences between two versions of an object can change a decision. */
import type { Gateway, GatewayClass, ListenerSet, ReferenceGrant } from '../generated/types.ts';
import type { BlixtParameters } from '../objects/blixt-parameters.ts';
import { sameJson } from '../objects/json.ts';
import type { Route, StatusOwner } from '../objects/kinds.ts';
import type { Endpoint, EndpointSlice, Namespace, Secret, Service } from '../objects/objects.ts';
import { SERVICE_NAME_LABEL } from '../resolution/references.ts';

/** Two versions of an object; undefined when it is not there. */
type Version<T> = T | undefined;

/**
 * Metadata that decisions about an object read: `uid` and `generation` are written into statuses, and
 * `creationTimestamp` decides precedence. `resourceVersion`, `managedFields`, `annotations`, `labels` (but a
 * Namespace's, and an EndpointSlice's `kubernetes.io/service-name`), `finalizers` and `ownerReferences` are not read.
 */
function metadataDiffers({ metadata: a }: StatusOwner, { metadata: b }: StatusOwner): boolean {
  return (
    a.uid !== b.uid ||
    a.generation !== b.generation ||
    a.creationTimestamp !== b.creationTimestamp ||
    a.deletionTimestamp !== b.deletionTimestamp
  );
}

/** A GatewayClass, as far as its own status goes: the metadata above, `spec`, `status`. */
export function classDiffers(a: Version<GatewayClass>, b: Version<GatewayClass>): boolean {
  if (a === undefined || b === undefined) return a !== b;
  return metadataDiffers(a, b) || !sameJson(a.spec, b.spec) || !sameJson(a.status, b.status);
}

/** A GatewayClass, as far as its Gateways go: `spec.controllerName`, `spec.parametersRef`. */
export function classServesOtherwise(a: Version<GatewayClass>, b: Version<GatewayClass>): boolean {
  if (a === undefined || b === undefined) return a !== b;
  return (
    a.spec.controllerName !== b.spec.controllerName || !sameJson(a.spec.parametersRef, b.spec.parametersRef)
  );
}

/** BlixtParameters: `spec`. */
export function parametersDiffer(a: Version<BlixtParameters>, b: Version<BlixtParameters>): boolean {
  if (a === undefined || b === undefined) return a !== b;
  return !sameJson(a.spec, b.spec);
}

/** A Gateway or ListenerSet: the metadata above, `spec`, and all of `status`, as others can write to it. */
export function listenerOwnerDiffers<T extends Gateway | ListenerSet>(a: Version<T>, b: Version<T>): boolean {
  if (a === undefined || b === undefined) return a !== b;
  return metadataDiffers(a, b) || !sameJson(a.spec, b.spec) || !sameJson(a.status, b.status);
}

/**
 * A route: the metadata above, `spec`, and of `status` our own entries and how many there are in all: what
 * other controllers write into theirs is not read.
 */
export function routeDiffers(a: Version<Route>, b: Version<Route>, controllerName: string): boolean {
  if (a === undefined || b === undefined) return a !== b;
  if (metadataDiffers(a, b) || !sameJson(a.spec, b.spec)) return true;
  const [parents, others] = [a.status?.parents ?? [], b.status?.parents ?? []];
  if (parents.length !== others.length) return true;
  const isOurs = (entry: { readonly controllerName: string }): boolean =>
    entry.controllerName === controllerName;
  return !sameJson(parents.filter(isOurs), others.filter(isOurs));
}

/** A ReferenceGrant: `spec`. */
export function grantDiffers(a: Version<ReferenceGrant>, b: Version<ReferenceGrant>): boolean {
  if (a === undefined || b === undefined) return a !== b;
  return !sameJson(a.spec, b.spec);
}

/** A Service: `spec.type`, `spec.clusterIP` and `spec.ports`. */
export function serviceDiffers(a: Version<Service>, b: Version<Service>): boolean {
  if (a === undefined || b === undefined) return a !== b;
  return (
    a.spec.type !== b.spec.type ||
    a.spec.clusterIP !== b.spec.clusterIP ||
    !sameJson(a.spec.ports, b.spec.ports)
  );
}

/**
 * An EndpointSlice: its Service, `addressType`, `ports`, and of each endpoint `addresses` and `conditions`, in
 * order. `hints`, `nodeName`, `targetRef`, `zone` are not read. O(endpoints).
 */
export function sliceDiffers(a: Version<EndpointSlice>, b: Version<EndpointSlice>): boolean {
  if (a === undefined || b === undefined) return a !== b;
  if (
    a.addressType !== b.addressType ||
    a.metadata.labels?.[SERVICE_NAME_LABEL] !== b.metadata.labels?.[SERVICE_NAME_LABEL] ||
    !sameJson(a.ports ?? [], b.ports ?? [])
  )
    return true;
  const [endpoints, others] = [a.endpoints ?? [], b.endpoints ?? []];
  return (
    endpoints.length !== others.length ||
    endpoints.some((endpoint, index) => endpointDiffers(endpoint, others[index]))
  );
}

function endpointDiffers(a: Endpoint, b: Endpoint | undefined): boolean {
  if (a === b) return false;
  if (b === undefined || a.addresses.length !== b.addresses.length) return true;
  for (const [index, address] of a.addresses.entries()) if (address !== b.addresses[index]) return true;
  const [state, other] = [a.conditions, b.conditions];
  return (
    state?.ready !== other?.ready ||
    state?.serving !== other?.serving ||
    state?.terminating !== other?.terminating
  );
}

/** A Secret: `type`, `data`, `stringData`. */
export function secretDiffers(a: Version<Secret>, b: Version<Secret>): boolean {
  if (a === undefined || b === undefined) return a !== b;
  return a.type !== b.type || !sameJson(a.data, b.data) || !sameJson(a.stringData, b.stringData);
}

/** A Namespace: `metadata.labels`, and whether it is there. */
export function namespaceDiffers(a: Version<Namespace>, b: Version<Namespace>): boolean {
  if (a === undefined || b === undefined) return a !== b;
  return !sameJson(a.metadata.labels ?? {}, b.metadata.labels ?? {});
}
