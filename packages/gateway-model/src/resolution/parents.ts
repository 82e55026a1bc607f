/** The direct parents of routes around one Gateway: the Gateway and its ListenerSets, with their listeners. */

import { listenerRules, listenerSetRules } from '../explanation/rules.ts';
import { causeOf, type Ruling, ruling } from '../explanation/ruling.ts';
import {
  ListenerConditionReason,
  ListenerConditionType,
  ListenerSetConditionReason,
  ListenerSetConditionType,
} from '../generated/constants.ts';
import type { Gateway, ListenerSet } from '../generated/types.ts';
import { namespacedName } from '../objects/kinds.ts';
import { type NamespaceFilter, namespaceFilter, selectedBy } from './allowed-namespaces.ts';
import { judgeConflicts } from './conflicts.ts';
import { type DeclaredListener, declaredListeners } from './declared.ts';
import { type JudgedListener, judgeListener } from './listeners.ts';
import { sortByPrecedence } from './precedence.ts';
import type { RouteParentName } from './resolution.ts';
import { judgeOverlappingTLS } from './tls-overlap.ts';
import type { ObjectView, ResolveContext } from './view.ts';

/** A Gateway or ListenerSet, and its listeners in the order of its spec. */
export interface JudgedParent<Owner extends Gateway | ListenerSet = Gateway | ListenerSet> {
  readonly name: RouteParentName;
  readonly object: Owner;
  /** For a ListenerSet: whether its Gateway allows it. Undefined for the Gateway itself. */
  readonly admission: Ruling | undefined;
  /** Whether its listeners are part of the Gateway. */
  readonly admitted: boolean;
  readonly listeners: readonly JudgedListener[];
  readonly byName: ReadonlyMap<string, JudgedListener>;
  readonly byPort: ReadonlyMap<number, readonly JudgedListener[]>;
}

/** Everything that routes attach to at one Gateway. */
export interface JudgedParents {
  readonly gateway: JudgedParent<Gateway>;
  /** In order of precedence, those that are not allowed among them. */
  readonly listenerSets: readonly JudgedParent<ListenerSet>[];
  /** The Gateway, then its ListenerSets. */
  readonly all: readonly JudgedParent[];
}

/** Decides whether a Gateway allows a ListenerSet (`spec.allowedListeners`; nothing is allowed by default). */
function judgeAdmission(gateway: Gateway, listenerSet: ListenerSet, admits: NamespaceFilter): Ruling {
  const type = ListenerSetConditionType.Accepted;
  const because = [
    causeOf(gateway, 'spec.allowedListeners'),
    ...selectedBy(gateway.spec.allowedListeners?.namespaces ?? {}, listenerSet.metadata.namespace),
  ];
  if (admits(listenerSet.metadata.namespace)) {
    const { Accepted } = ListenerSetConditionReason;
    const message = 'The Gateway allows the ListenerSet.';
    return ruling(listenerSetRules.allowed, type, 'True', Accepted, message, because);
  }
  const { NotAllowed } = ListenerSetConditionReason;
  const message = `The Gateway does not allow ListenerSets of namespace ${listenerSet.metadata.namespace}.`;
  return ruling(listenerSetRules.allowed, type, 'False', NotAllowed, message, because);
}

const notMerged = ruling(
  listenerRules.notMerged,
  ListenerConditionType.Conflicted,
  'False',
  ListenerConditionReason.NoConflicts,
  'The listener is not part of the Gateway, and conflicts with nothing.',
);

const excluded = ruling(
  listenerRules.notMerged,
  ListenerConditionType.Accepted,
  'False',
  ListenerConditionReason.Invalid,
  'The Gateway does not allow the ListenerSet.',
);

interface Candidate<Owner extends Gateway | ListenerSet> {
  readonly object: Owner;
  readonly admission: Ruling | undefined;
  readonly admitted: boolean;
  readonly declared: readonly DeclaredListener[];
}

function parentOf<Owner extends Gateway | ListenerSet>(
  { object, admission, admitted }: Candidate<Owner>,
  listeners: readonly JudgedListener[],
): JudgedParent<Owner> {
  const byName = new Map<string, JudgedListener>();
  const byPort = new Map<number, JudgedListener[]>();
  for (const judged of listeners) {
    const { name, port } = judged.listener;
    byName.set(name, judged);
    const same = byPort.get(port);
    if (same) same.push(judged);
    else byPort.set(port, [judged]);
  }
  const name = { kind: object.kind, ...namespacedName(object) };
  return { name, object, admission, admitted, listeners, byName, byPort };
}

/**
 * Judges the listeners of a Gateway and of its ListenerSets, merged into one list: the Gateway's first, then
 * those of the ListenerSets that it allows, from old to young. O(listeners).
 */
export function judgeParents(gateway: Gateway, view: ObjectView, context: ResolveContext): JudgedParents {
  const allowed = gateway.spec.allowedListeners?.namespaces ?? {};
  const admits = namespaceFilter(
    { ...allowed, from: allowed.from ?? 'None' },
    gateway.metadata.namespace,
    view,
  );
  const first: Candidate<Gateway> = {
    object: gateway,
    admission: undefined,
    admitted: true,
    declared: declaredListeners(gateway),
  };
  const sets = sortByPrecedence([...view.listenerSetsOf(namespacedName(gateway))]).map(
    (object): Candidate<ListenerSet> => {
      const admission = judgeAdmission(gateway, object, admits);
      return {
        object,
        admission,
        admitted: admission.status === 'True',
        declared: declaredListeners(object),
      };
    },
  );
  const merged = [first, ...sets].filter(({ admitted }) => admitted).map(({ declared }) => declared);
  const conflicts = judgeConflicts(merged);
  const overlaps = judgeOverlappingTLS(merged.flat());
  let rank = 0;
  const judge = <Owner extends Gateway | ListenerSet>(candidate: Candidate<Owner>): JudgedParent<Owner> => {
    const judged = candidate.declared.map((declared) => {
      const place = {
        conflicted: conflicts.get(declared) ?? notMerged,
        overlappingTLS: overlaps.get(declared),
        excluded: candidate.admitted ? undefined : excluded,
        rank,
      };
      if (candidate.admitted) rank += 1;
      return judgeListener(declared, place, view, context);
    });
    // A ListenerSet without a valid listener is not accepted, and none of it is served.
    const refused = candidate.object.kind === 'ListenerSet' && !judged.some(({ valid }) => valid);
    return parentOf(
      candidate,
      refused ? judged.map((listener) => ({ ...listener, servable: false })) : judged,
    );
  };
  const judgedGateway = judge(first);
  const listenerSets = sets.map(judge);
  return { gateway: judgedGateway, listenerSets, all: [judgedGateway, ...listenerSets] };
}

/** Finds a parent by name, for one Gateway. */
export class ParentIndex {
  readonly #byKey = new Map<string, JudgedParent>();

  constructor({ all }: JudgedParents) {
    for (const parent of all) this.#byKey.set(keyOf(parent.name), parent);
  }

  /** The parent of that name, if it is of this Gateway. O(1). */
  get(name: RouteParentName): JudgedParent | undefined {
    return this.#byKey.get(keyOf(name));
  }
}

function keyOf({ kind, namespace, name }: RouteParentName): string {
  return `${kind} ${namespace}/${name}`;
}
