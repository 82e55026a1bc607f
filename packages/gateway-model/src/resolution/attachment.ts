/** Which listeners of a Gateway a route attaches to. */

import { RouteConditionReason, RouteConditionType } from '../generated/constants.ts';
import type { Gateway, ParentReference } from '../generated/types.ts';
import { GATEWAY_API_GROUP, namespacedName, type Route, sameName } from '../objects/kinds.ts';
import type { Verdict } from '../status/conditions.ts';
import { hostnamesIntersect } from './hostnames.ts';
import type { JudgedListener } from './listeners.ts';
import { gatewayOfParentRef } from './references.ts';
import { matchesSelector } from './selectors.ts';
import type { ObjectView } from './view.ts';

/** One parentRef of a route to the Gateway, judged. */
export interface Attachment {
  /** As in the spec, with the CRD's defaults. */
  readonly parentRef: ParentReference;
  /** Listeners that take the route; empty unless `accepted` is True. */
  readonly listeners: readonly JudgedListener[];
  readonly accepted: Verdict;
}

/** A parentRef with the defaults of the CRD. */
export function defaultedParentRef(ref: ParentReference): ParentReference {
  return { ...ref, group: ref.group ?? GATEWAY_API_GROUP, kind: ref.kind ?? 'Gateway' };
}

function namespaceAllowed(
  gateway: Gateway,
  listener: JudgedListener['listener'],
  namespace: string,
  view: ObjectView,
): boolean {
  const { from = 'Same', selector } = listener.allowedRoutes?.namespaces ?? {};
  if (from === 'All') return true;
  if (from === 'Same') return namespace === gateway.metadata.namespace;
  const object = view.namespace(namespace);
  return object !== undefined && matchesSelector(selector, object.metadata.labels);
}

function hostnameMatches(route: Route, { listener }: JudgedListener): boolean {
  if (route.kind !== 'HTTPRoute' || !route.spec.hostnames?.length) return true;
  return route.spec.hostnames.some((hostname) => hostnamesIntersect(hostname, listener.hostname));
}

const refused = (reason: string, message: string): Verdict => ({
  type: RouteConditionType.Accepted,
  status: 'False',
  reason,
  message,
});

function describeTarget({ sectionName, port }: ParentReference): string {
  const wanted = [sectionName && `named ${sectionName}`, port !== undefined && `on port ${port}`].filter(
    Boolean,
  );
  return wanted.length > 0 ? ` ${wanted.join(' and ')}` : '';
}

/**
 * Judges one parentRef: of the listeners that `sectionName` and `port` leave, those that allow the route's
 * kind and namespace (and, for HTTP, share a host name) take it; one is enough.
 */
function attach(
  route: Route,
  ref: ParentReference,
  gateway: Gateway,
  listeners: readonly JudgedListener[],
  view: ObjectView,
): Attachment {
  const parentRef = defaultedParentRef(ref);
  const none = (accepted: Verdict): Attachment => ({ parentRef, listeners: [], accepted });
  const candidates = listeners.filter(
    ({ listener }) =>
      (!ref.sectionName || ref.sectionName === listener.name) &&
      (ref.port === undefined || ref.port === listener.port),
  );
  if (candidates.length === 0) {
    return none(
      refused(RouteConditionReason.NoMatchingParent, `The Gateway has no listener${describeTarget(ref)}.`),
    );
  }
  const ofKind = candidates.filter(({ supportedKinds }) => supportedKinds.includes(route.kind));
  if (ofKind.length === 0) {
    const message = `No listener${describeTarget(ref)} allows routes of kind ${route.kind}.`;
    return none(refused(RouteConditionReason.NotAllowedByListeners, message));
  }
  const allowed = ofKind.filter(({ listener }) =>
    namespaceAllowed(gateway, listener, route.metadata.namespace, view),
  );
  if (allowed.length === 0) {
    const message = `No listener${describeTarget(ref)} allows a ${route.kind} from namespace ${route.metadata.namespace}.`;
    return none(refused(RouteConditionReason.NotAllowedByListeners, message));
  }
  const attached = allowed.filter((listener) => hostnameMatches(route, listener));
  if (attached.length === 0) {
    return none(
      refused(
        RouteConditionReason.NoMatchingListenerHostname,
        'No hostname of the route matches that of a listener.',
      ),
    );
  }
  const names = attached.map(({ listener }) => listener.name).join(', ');
  return {
    parentRef,
    listeners: attached,
    accepted: {
      type: RouteConditionType.Accepted,
      status: 'True',
      reason: RouteConditionReason.Accepted,
      message: `Attached to listener ${names}.`,
    },
  };
}

/** Judges every parentRef of a route that names the Gateway, in the order of the spec, each alone. */
export function attachRoute(
  route: Route,
  gateway: Gateway,
  listeners: readonly JudgedListener[],
  view: ObjectView,
): Attachment[] {
  const name = namespacedName(gateway);
  return (route.spec.parentRefs ?? []).flatMap((ref) => {
    const parent = gatewayOfParentRef(ref, route.metadata.namespace);
    return parent && sameName(parent, name) ? [attach(route, ref, gateway, listeners, view)] : [];
  });
}
