/** What `blixt validate` finds, apart from how it is printed. */
import type { ControllerError, SourceSpan } from '@blixt/controller';

/** How bad a finding is: what the API server would refuse, or what looks wrong and is accepted. */
export type Severity = 'error' | 'warning';

/** A place that a finding rests on, such as the Gateway that a route names. */
export interface RelatedPlace {
  /** For people: `Gateway default/edge`. */
  readonly object: string;
  readonly span: SourceSpan;
}

/** One thing that is wrong at one place of one file. */
export interface Finding {
  readonly severity: Severity;
  /** What is broken; {@link ruleInfo} has its text. */
  readonly rule: string;
  /** `Gateway default/edge`; empty when no object is known. */
  readonly object: string;
  /** `spec.listeners[0].port`; empty when the whole object or file is meant. */
  readonly path: string;
  /** What was expected and what came. */
  readonly message: string;
  /** What to do about it; may be empty. */
  readonly suggestion: string;
  readonly span: SourceSpan;
  readonly related: readonly RelatedPlace[];
}

/** Objects of a kind that is not looked at. */
export interface SkippedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly count: number;
}

/** Everything that `blixt validate` has to tell. */
export interface LintReport {
  /** In the order of files and lines. */
  readonly findings: readonly Finding[];
  readonly errors: number;
  readonly warnings: number;
  /** How many objects were looked at. */
  readonly objects: number;
  readonly skipped: readonly SkippedKind[];
  /** How many mappings were skipped as they are no Kubernetes objects (a Helm values file, for example). */
  readonly foreign: number;
  /** The texts that were read, by name of file. */
  readonly files: ReadonlyMap<string, string>;
  /** What could not be read. */
  readonly unreadable: readonly ControllerError[];
}

/** `3 errors`, `1 error`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** One line: where in which object, and what. */
export function sentence({ object, path, message }: Finding): string {
  return [object, path, message].filter((part) => part !== '').join(': ');
}

/** The last line of what people read. */
export function summary(report: LintReport): string {
  const { files, objects, errors, warnings, skipped, foreign } = report;
  const notLookedAt = skipped.reduce((sum, kind) => sum + kind.count, 0);
  const asides = [
    ...(notLookedAt > 0 ? [`${count(notLookedAt, 'object')} of other kinds skipped`] : []),
    ...(foreign > 0
      ? [`${count(foreign, 'document')} skipped that ${foreign === 1 ? 'is' : 'are'} no object`]
      : []),
  ];
  const aside = asides.length > 0 ? ` (${asides.join(', ')})` : '';
  return `${count(files.size, 'file')}, ${count(objects, 'object')}: ${count(errors, 'error')}, ${count(warnings, 'warning')}${aside}`;
}
