/** How conditions are merged (GEP-1364; Kubernetes' API conventions, "Typical status properties"). */
import type { Condition } from '../objects/objects.ts';

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

/** Upper limit of lists of conditions in the CRDs. */
const MAX_CONDITIONS = 8;

/** Upper limit of `Condition.message` in the CRDs, in characters. */
const MAX_MESSAGE_LENGTH = 32768;

/**
 * Merges verdicts into the conditions that an object carries, by `type`.
 *
 * Conditions of other types stay as they are, where they are. `lastTransitionTime` moves to `now` only when
 * `status` changes. New types follow at the end, in the order of `verdicts`, as long as the list is not full (8: an
 * API server would refuse all of the status otherwise). Types in `remove` go.
 *
 * @param now RFC 3339 in seconds.
 * @returns `existing` itself when nothing changes, otherwise a new list; `existing` is never changed.
 * O(existing x verdicts), of which there are a handful.
 */
export function mergeConditions(
  existing: readonly Condition[] | undefined,
  verdicts: readonly Verdict[],
  observedGeneration: number,
  now: string,
  remove: readonly string[] = [],
): readonly Condition[] {
  const merged: Condition[] = [];
  const done = new Set<string>();
  let same = existing !== undefined;
  for (const condition of existing ?? []) {
    const { type } = condition;
    const verdict = verdicts.find((candidate) => candidate.type === type);
    if (done.has(type) || (!verdict && remove.includes(type))) {
      same = false;
    } else if (verdict) {
      done.add(type);
      const next = isAsDecided(condition, verdict, observedGeneration)
        ? condition
        : toCondition(
            verdict,
            observedGeneration,
            condition.status === verdict.status ? condition.lastTransitionTime : now,
          );
      if (next !== condition) same = false;
      merged.push(next);
    } else {
      merged.push(condition);
    }
  }
  for (const verdict of verdicts) {
    if (done.has(verdict.type)) continue;
    if (merged.length >= MAX_CONDITIONS) break;
    done.add(verdict.type);
    same = false;
    merged.push(toCondition(verdict, observedGeneration, now));
  }
  return same && existing ? existing : merged;
}

const clip = (message: string): string =>
  message.length > MAX_MESSAGE_LENGTH ? message.slice(0, MAX_MESSAGE_LENGTH) : message;

function isAsDecided(condition: Condition, verdict: Verdict, observedGeneration: number): boolean {
  return (
    condition.status === verdict.status &&
    condition.reason === verdict.reason &&
    condition.observedGeneration === observedGeneration &&
    condition.message === clip(verdict.message)
  );
}

function toCondition(verdict: Verdict, observedGeneration: number, lastTransitionTime: string): Condition {
  const { type, status, reason, message } = verdict;
  return { type, status, observedGeneration, lastTransitionTime, reason, message: clip(message) };
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
