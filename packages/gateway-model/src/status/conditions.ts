/**
 * How conditions are merged (GEP-1364; Kubernetes' API conventions, "Typical status properties"), and Blixt's
 * own condition. Those of Gateway API are generated.
 */
import type { Condition } from '../objects/objects.ts';

/**
 * Type of Blixt's own condition: on an HTTPRoute's parent, whether a layer-4 balancer serves its rules.
 * HTTPRoutes are attached and counted as Gateway API says; only one that wants nothing of HTTP is served.
 */
export const SERVED_CONDITION = 'blixt.gateway.networking.k8s.io/Served';

/** Values of `Condition.reason` of {@link SERVED_CONDITION}. */
export const ServedReason = {
  /** The route's rules are forwarded. */
  Served: 'Served',
  /** The rules ask for what needs HTTP to be read: matches, filters, host names, certificates. */
  NeedsLayer7: 'NeedsLayer7',
  /** An older route has the listener's traffic. */
  Superseded: 'Superseded',
} as const;

/** A condition as a rule decides it; merging adds the generation and the time. */
export interface Verdict {
  /** What the condition is about, e.g. `Accepted`. */
  readonly type: string;
  /** Whether it holds. */
  readonly status: Condition['status'];
  /** CamelCase word for machines. */
  readonly reason: string;
  /** Sentence for people; cut off at 32,768 characters when it is written. */
  readonly message: string;
}

/** Upper limit of `Condition.message` in the CRDs, in characters. */
const MAX_MESSAGE_LENGTH = 32768;

/**
 * Merges verdicts into the conditions that an object carries, by `type`.
 *
 * Conditions of other types stay as they are, where they are. `lastTransitionTime` moves to `now` only when
 * `status` changes. New types follow at the end, in the order of `verdicts`. Types in `remove` go.
 *
 * @param now RFC 3339 in seconds.
 * @returns a new list; `existing` is not changed. O(existing + verdicts).
 */
export function mergeConditions(
  existing: readonly Condition[] | undefined,
  verdicts: readonly Verdict[],
  observedGeneration: number,
  now: string,
  remove: readonly string[] = [],
): Condition[] {
  const pending = new Map(verdicts.map((verdict) => [verdict.type, verdict]));
  const merged: Condition[] = [];
  for (const condition of existing ?? []) {
    const verdict = pending.get(condition.type);
    if (verdict) {
      merged.push(
        toCondition(
          verdict,
          observedGeneration,
          condition.status === verdict.status ? condition.lastTransitionTime : now,
        ),
      );
      pending.delete(condition.type);
    } else if (!remove.includes(condition.type) && !verdicts.some(({ type }) => type === condition.type)) {
      merged.push(condition);
    }
  }
  for (const verdict of pending.values()) merged.push(toCondition(verdict, observedGeneration, now));
  return merged;
}

function toCondition(verdict: Verdict, observedGeneration: number, lastTransitionTime: string): Condition {
  const { type, status, reason, message } = verdict;
  return {
    type,
    status,
    observedGeneration,
    lastTransitionTime,
    reason,
    message: message.slice(0, MAX_MESSAGE_LENGTH),
  };
}

/** The condition of a type, if there is one. */
export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the condition of a type is there and `True`. */
export function isConditionTrue(
  conditions: readonly { type: string; status: string }[] | undefined,
  type: string,
): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}
