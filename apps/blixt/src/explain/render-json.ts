/** Explanations for programs. */
import type {
  Explanation,
  ExplanationCause,
  ExplanationSubject,
  SpecificationRule,
} from '@blixt/gateway-model';
import type { Answer, ExplainedObject } from './explained-object.ts';

/** What `--output json` prints. Fields may be added; when one changes its meaning or goes, `version` counts up. */
export interface JsonExplanations {
  readonly version: 1;
  /** What was assumed. */
  readonly notes: readonly string[];
  readonly objects: readonly JsonObject[];
  /** Every rule that a decision names. */
  readonly rules: readonly SpecificationRule[];
}

/** One object that was decided about. */
export interface JsonObject extends ExplanationSubject {
  /** `partly`: some of what the object wants is refused. */
  readonly outcome: Answer['outcome'];
  /** The answer to "why", as a sentence without the object's name. */
  readonly answer: string;
  readonly decisions: readonly JsonDecision[];
  /** Decisions about other objects that rest on this one. */
  readonly elsewhere: readonly JsonDecision[];
}

/** One decision; `rule` is the id of one of {@link JsonExplanations.rules}. */
export interface JsonDecision {
  readonly subject: ExplanationSubject;
  readonly path: string;
  readonly decision: string;
  readonly outcome: Explanation['outcome'];
  readonly condition: Explanation['condition'] | null;
  readonly rule: string;
  readonly because: readonly ExplanationCause[];
}

/** Renders objects as one JSON object. */
export function renderJson(objects: readonly ExplainedObject[], notes: readonly string[]): string {
  const named = objects.flatMap(({ decisions, elsewhere }) => [...decisions, ...elsewhere]);
  const report: JsonExplanations = {
    version: 1,
    notes,
    objects: objects.map(({ subject, answer, decisions, elsewhere }) => ({
      ...subject,
      outcome: answer.outcome,
      answer: answer.text,
      decisions: decisions.map(toJsonDecision),
      elsewhere: elsewhere.map(toJsonDecision),
    })),
    rules: [...new Map(named.map(({ rule }) => [rule.id, rule])).values()],
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function toJsonDecision({
  subject,
  path,
  decision,
  outcome,
  condition,
  rule,
  because,
}: Explanation): JsonDecision {
  return { subject, path, decision, outcome, condition: condition ?? null, rule: rule.id, because };
}
