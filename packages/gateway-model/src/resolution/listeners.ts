/**
 * Listeners of one Gateway and of its ListenerSets, judged for themselves: protocol, route kinds, certificate
 * references and conflicts. Routes play no part in it.
 */

import { listenerRules } from '../explanation/rules.ts';
import { type Ruling, ruling } from '../explanation/ruling.ts';
import {
  ListenerConditionReason,
  ListenerConditionType,
  ListenerEntryConditionReason,
} from '../generated/constants.ts';
import type { RouteKind } from '../objects/kinds.ts';
import { type NamespaceFilter, namespaceFilter } from './allowed-namespaces.ts';
import { type JudgedCertificate, judgeCertificates } from './certificates.ts';
import type { DeclaredListener } from './declared.ts';
import {
  describeInvalidKinds,
  type JudgedKinds,
  judgeKinds,
  type Protocol,
  protocolOf,
  unsupportedProtocol,
} from './protocols.ts';
import type { TransportProtocol } from './resolution.ts';
import type { ObjectView, ResolveContext } from './view.ts';

/** A listener and what was decided about it. */
export interface JudgedListener extends DeclaredListener {
  /** Undefined for an unsupported protocol. */
  readonly transport: TransportProtocol | undefined;
  /** Kinds of routes that may attach: `status.listeners[].supportedKinds`. */
  readonly supportedKinds: readonly RouteKind[];
  /** Namespaces whose routes may attach. */
  readonly admits: NamespaceFilter;
  readonly certificates: readonly JudgedCertificate[];
  readonly accepted: Ruling;
  readonly conflicted: Ruling;
  readonly resolvedRefs: Ruling;
  /** Undefined when the condition must not be there. */
  readonly overlappingTLS: Ruling | undefined;
  /** It makes its Gateway or ListenerSet valid. */
  readonly valid: boolean;
  /** It is accepted, and nothing that it needs is missing: it is forwarded, if its owner is accepted. */
  readonly servable: boolean;
}

/** What is known about a listener from looking at the others. */
export interface ListenerPlace {
  readonly conflicted: Ruling;
  readonly overlappingTLS: Ruling | undefined;
  /** Set when the listener's ListenerSet is not allowed: why no listener of it is accepted. */
  readonly excluded: Ruling | undefined;
  /** How many listeners come first in the merged list. */
  readonly rank: number;
}

const { Accepted, ResolvedRefs } = ListenerConditionType;

const accepted = ruling(
  listenerRules.accepted,
  Accepted,
  'True',
  ListenerConditionReason.Accepted,
  'The listener is accepted.',
);

const allResolved = ruling(
  listenerRules.references,
  ResolvedRefs,
  'True',
  ListenerConditionReason.ResolvedRefs,
  'All references are resolved.',
);

/** All references are judged; the reason is that of the first that fails, and the message tells every one. */
function judgeRefs(
  { listener }: DeclaredListener,
  certificates: readonly JudgedCertificate[],
  protocol: Protocol | undefined,
  kinds: JudgedKinds,
): Ruling {
  const broken = certificates.filter(({ ok }) => !ok);
  const kindProblem = describeInvalidKinds(listener, protocol, kinds);
  const [first] = broken;
  if (!first && kindProblem === undefined) return allResolved;
  const problems = broken.map(({ field, message }) => `${field}: ${message}`);
  if (kindProblem !== undefined) problems.push(kindProblem);
  return ruling(
    first?.rule ?? listenerRules.kinds,
    ResolvedRefs,
    'False',
    first?.reason ?? ListenerConditionReason.InvalidRouteKinds,
    `${problems.join('; ')}.`,
    broken.flatMap(({ because }) => because),
  );
}

function judgeAccepted(
  declared: DeclaredListener,
  place: ListenerPlace,
  protocol: Protocol | undefined,
  { unavailablePorts = [], maxListeners }: ResolveContext,
): Ruling {
  const { listener, owner } = declared;
  if (!protocol) return unsupportedProtocol(listener);
  if (place.excluded) return place.excluded;
  const { conflicted } = place;
  if (conflicted.status === 'True') return { ...conflicted, type: Accepted, status: 'False' };
  if (maxListeners !== undefined && owner.kind === 'ListenerSet' && place.rank >= maxListeners) {
    return ruling(
      listenerRules.tooMany,
      Accepted,
      'False',
      ListenerEntryConditionReason.TooManyListeners,
      `A Gateway and its ListenerSets can have ${maxListeners} listeners together; this one is beyond.`,
    );
  }
  const taken = unavailablePorts.find(
    ({ port, protocol: transport }) => port === listener.port && transport === protocol.transport,
  );
  if (taken) {
    return ruling(
      listenerRules.portUnavailable,
      Accepted,
      'False',
      ListenerConditionReason.PortUnavailable,
      taken.message,
    );
  }
  return accepted;
}

/** Judges one listener, with what is known from looking at the others. */
export function judgeListener(
  declared: DeclaredListener,
  place: ListenerPlace,
  view: ObjectView,
  context: ResolveContext,
): JudgedListener {
  const { owner, listener } = declared;
  const protocol = protocolOf(listener);
  const kinds = judgeKinds(listener, protocol);
  const certificates = judgeCertificates(declared, view, context);
  const acceptance = judgeAccepted(declared, place, protocol, context);
  const resolvedRefs = judgeRefs(declared, certificates, protocol, kinds);
  const isAccepted = acceptance.status === 'True';
  const isResolved = resolvedRefs.status === 'True';
  return {
    owner,
    index: declared.index,
    listener,
    transport: protocol?.transport,
    supportedKinds: kinds.supported,
    admits: namespaceFilter(listener.allowedRoutes?.namespaces ?? {}, owner.namespace, view),
    certificates,
    accepted: acceptance,
    conflicted: place.conflicted,
    resolvedRefs,
    overlappingTLS: place.overlappingTLS,
    valid: isAccepted && (owner.kind === 'Gateway' || isResolved),
    servable: isAccepted && certificates.every(({ ok }) => ok),
  };
}
