/** A verdict together with the rule that made it, so that status and explanation cannot differ. */

import type { ModelObject } from '../objects/kinds.ts';
import type { Condition } from '../objects/objects.ts';
import type { Verdict } from '../status/conditions.ts';
import type { ExplanationCause, SpecificationRule } from './explanation.ts';

/** A condition as decided, why, and on what it rests. */
export interface Ruling extends Verdict {
  readonly rule: SpecificationRule;
  readonly because: readonly ExplanationCause[];
}

/** A decision that no condition tells by itself. */
export interface Finding {
  readonly ok: boolean;
  readonly message: string;
  readonly rule: SpecificationRule;
  readonly because: readonly ExplanationCause[];
}

const NOTHING: readonly ExplanationCause[] = [];

/** Makes a {@link Ruling}. */
export function ruling(
  rule: SpecificationRule,
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
  because: readonly ExplanationCause[] = NOTHING,
): Ruling {
  return { type, status, reason, message, rule, because };
}

/** Makes a {@link Finding}. */
export function finding(
  rule: SpecificationRule,
  ok: boolean,
  message: string,
  because: readonly ExplanationCause[] = NOTHING,
): Finding {
  return { ok, message, rule, because };
}

/** Names an object as a cause. */
export function causeOf({ kind, metadata }: ModelObject, path?: string): ExplanationCause {
  const { namespace, name } = metadata;
  return {
    kind,
    ...(namespace !== undefined && { namespace }),
    name,
    ...(path !== undefined && { path }),
  };
}
