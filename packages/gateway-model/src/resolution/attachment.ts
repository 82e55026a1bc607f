/** Which listeners of a Gateway and its ListenerSets a route attaches to. */

import type { ExplanationCause } from '../explanation/explanation.ts';
import { routeRules } from '../explanation/rules.ts';
import { causeOf, type Ruling, ruling } from '../explanation/ruling.ts';
import { RouteConditionReason, RouteConditionType } from '../generated/constants.ts';
import type { ParentReference } from '../generated/types.ts';
import { GATEWAY_API_GROUP, type Route } from '../objects/kinds.ts';
import { listenerCause } from './declared.ts';
import { hostnamesIntersect } from './hostnames.ts';
import type { JudgedListener } from './listeners.ts';
import type { JudgedParent, ParentIndex } from './parents.ts';
import { parentOfRef } from './references.ts';

/** One parentRef of a route to a Gateway or ListenerSet, judged. */
export interface Attachment {
  readonly parent: JudgedParent;
  /** Where it is in `spec.parentRefs`. */
  readonly index: number;
  /** As in the spec, with the CRD's defaults. */
  readonly parentRef: ParentReference;
  /** Listeners that `sectionName` and `port` leave. */
  readonly candidates: readonly JudgedListener[];
  /** Listeners that take the route; empty unless `accepted` is True. */
  readonly listeners: readonly JudgedListener[];
  readonly accepted: Ruling;
}

/** A parentRef with the defaults of the CRD. */
function defaultedParentRef(ref: ParentReference): ParentReference {
  if (ref.group !== undefined && ref.kind !== undefined) return ref;
  return { ...ref, group: ref.group ?? GATEWAY_API_GROUP, kind: ref.kind ?? 'Gateway' };
}

/** Why a listener does not take a route. */
export type Objection = 'kind' | 'namespace' | 'hostname';

function hostnameMatches(route: Route, { listener }: JudgedListener): boolean {
  if (route.kind !== 'HTTPRoute' || !route.spec.hostnames?.length) return true;
  return route.spec.hostnames.some((hostname) => hostnamesIntersect(hostname, listener.hostname));
}

/** Why a listener does not take a route, in the order in which it is asked; undefined when it takes it. */
export function objectionOf(route: Route, judged: JudgedListener): Objection | undefined {
  if (!judged.supportedKinds.includes(route.kind)) return 'kind';
  if (!judged.admits(route.metadata.namespace)) return 'namespace';
  return hostnameMatches(route, judged) ? undefined : 'hostname';
}

const NO_LISTENERS: readonly JudgedListener[] = [];

function candidatesOf(
  { sectionName, port }: ParentReference,
  parent: JudgedParent,
): readonly JudgedListener[] {
  if (!sectionName) return port === undefined ? parent.listeners : (parent.byPort.get(port) ?? NO_LISTENERS);
  const named = parent.byName.get(sectionName);
  return named && (port === undefined || port === named.listener.port) ? [named] : NO_LISTENERS;
}

function describeTarget({ sectionName, port }: ParentReference): string {
  const wanted = [sectionName && `named ${sectionName}`, port !== undefined && `on port ${port}`].filter(
    Boolean,
  );
  return wanted.length > 0 ? ` ${wanted.join(' and ')}` : '';
}

/** When no listener takes the route, the reason is that of the one that came closest to it. */
function refusal(
  route: Route,
  ref: ParentReference,
  objections: readonly (Objection | undefined)[],
  because: readonly ExplanationCause[],
): Ruling {
  const refuse = (rule: Ruling['rule'], reason: string, message: string): Ruling =>
    ruling(rule, RouteConditionType.Accepted, 'False', reason, message, because);
  const { NotAllowedByListeners, NoMatchingListenerHostname } = RouteConditionReason;
  const target = describeTarget(ref);
  if (objections.includes('hostname')) {
    const message = 'No hostname of the route matches that of a listener.';
    return refuse(routeRules.hostname, NoMatchingListenerHostname, message);
  }
  const { kind, metadata } = route;
  if (objections.includes('namespace')) {
    const message = `No listener${target} allows a ${kind} from namespace ${metadata.namespace}.`;
    return refuse(routeRules.namespace, NotAllowedByListeners, message);
  }
  const message = `No listener${target} allows routes of kind ${kind}.`;
  return refuse(routeRules.kind, NotAllowedByListeners, message);
}

function noCandidate(ref: ParentReference, parent: JudgedParent): Ruling {
  return ruling(
    routeRules.section,
    RouteConditionType.Accepted,
    'False',
    RouteConditionReason.NoMatchingParent,
    `The ${parent.name.kind} has no listener${describeTarget(ref)}.`,
    [causeOf(parent.object, 'spec.listeners')],
  );
}

function notAllowed(parent: JudgedParent): Ruling {
  return ruling(
    routeRules.parentNotAllowed,
    RouteConditionType.Accepted,
    'False',
    RouteConditionReason.NoMatchingParent,
    'The ListenerSet is not allowed by its Gateway.',
    [causeOf(parent.object)],
  );
}

/**
 * Judges one parentRef: of the listeners that `sectionName` and `port` leave, those that allow the route's
 * kind and namespace (and, for HTTP, share a host name) take it; one is enough.
 */
function attach(route: Route, ref: ParentReference, index: number, parent: JudgedParent): Attachment {
  const parentRef = defaultedParentRef(ref);
  const candidates = parent.admitted ? candidatesOf(ref, parent) : NO_LISTENERS;
  const none = (accepted: Ruling): Attachment => ({
    parent,
    index,
    parentRef,
    candidates,
    listeners: NO_LISTENERS,
    accepted,
  });
  if (!parent.admitted) return none(notAllowed(parent));
  if (candidates.length === 0) return none(noCandidate(ref, parent));
  const listeners = candidates.filter((judged) => objectionOf(route, judged) === undefined);
  if (listeners.length === 0) {
    const objections = candidates.map((judged) => objectionOf(route, judged));
    return none(refusal(route, ref, objections, candidates.slice(0, 3).map(listenerCause)));
  }
  const names = listeners.map(({ listener }) => listener.name).join(', ');
  const accepted = ruling(
    routeRules.accepted,
    RouteConditionType.Accepted,
    'True',
    RouteConditionReason.Accepted,
    `Attached to listener ${names}.`,
  );
  return { parent, index, parentRef, candidates, listeners, accepted };
}

/**
 * Judges every parentRef of a route that names the Gateway or one of its ListenerSets, in the order of the
 * spec, each alone.
 */
export function attachRoute(route: Route, parents: ParentIndex): Attachment[] {
  const attachments: Attachment[] = [];
  for (const [index, ref] of (route.spec.parentRefs ?? []).entries()) {
    const name = parentOfRef(ref, route.metadata.namespace);
    const parent = name && parents.get(name);
    if (parent) attachments.push(attach(route, ref, index, parent));
  }
  return attachments;
}
