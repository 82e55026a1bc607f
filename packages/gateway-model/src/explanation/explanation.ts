/** Explanations: what was decided about an object, by which rule of the specification, and on what it rests. */

/** A rule that decisions follow, as {@link specificationRules} lists them. */
export interface SpecificationRule {
  /** Stable, in kebab-case, e.g. `listener-distinct-protocol`. */
  readonly id: string;
  /** The rule in one or two sentences. */
  readonly text: string;
  /** Where it is written, e.g. `GEP-1713`, or the URL of the API reference's section. */
  readonly source: string;
  /**
   * Who says so: `standard` the API's text or a GEP; `conformance` a test of the conformance suite;
   * `recommendation` common practice that the standard leaves open; `blixt` this model alone.
   */
  readonly level: 'standard' | 'conformance' | 'recommendation' | 'blixt';
}

/** An object that a decision is about. */
export interface ExplanationSubject {
  /** Its kind, e.g. `TCPRoute`. */
  readonly kind: string;
  /** Absent for kinds of cluster scope. */
  readonly namespace?: string;
  /** Its name. */
  readonly name: string;
}

/** An object that a decision rests on: the winner of a conflict, the grant, the Service and so on. */
export interface ExplanationCause extends ExplanationSubject {
  /** The part of the object, e.g. `spec.listeners[0]`; absent: all of it. */
  readonly path?: string;
}

/** The condition that a decision is written to. */
export interface ExplainedCondition {
  /** The condition, e.g. `Accepted`. */
  readonly type: string;
  /** What the decision makes of it. */
  readonly status: 'True' | 'False' | 'Unknown';
  /** CamelCase word for machines, e.g. `NoMatchingParent`. */
  readonly reason: string;
}

/** One decision about one object. */
export interface Explanation {
  /** The object that was decided about. */
  readonly subject: ExplanationSubject;
  /**
   * The part of the object: '' is all of it, else a field path such as `spec.listeners[0]`,
   * `spec.parentRefs[1]` or `spec.rules[0].backendRefs[2]`.
   */
  readonly path: string;
  /** One sentence for people. */
  readonly decision: string;
  /** `pending`: nothing is wrong, and something is yet to come. */
  readonly outcome: 'ok' | 'refused' | 'pending';
  /** Absent for a decision that no condition tells. */
  readonly condition?: ExplainedCondition;
  /** The rule that decided. */
  readonly rule: SpecificationRule;
  /** Objects that the decision rests on beside the subject; may be empty. */
  readonly because: readonly ExplanationCause[];
}
