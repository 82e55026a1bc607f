/** Finds what is wrong with a set of manifest files. */
import { checkManifests, type IgnoredKind, type ManifestError, type ManifestText } from '@blixt/controller';
import type { Finding, LintReport, SkippedKind } from './finding.ts';
import { parameterFindings } from './parameter-findings.ts';
import { type References, referenceWarnings } from './reference-warnings.ts';

/** What to look for. */
export interface LintOptions {
  /** Namespace of objects that name none (default `default`). */
  readonly namespace?: string;
  /** Which references are judged (default `known`). */
  readonly references?: References;
  /** Ids of rules whose findings are left out. */
  readonly ignore?: readonly string[];
}

/**
 * Checks files, the files of folders, and texts that were read already, all of them together. Never throws:
 * what cannot be read is in `unreadable`.
 */
export function lint(inputs: readonly (string | ManifestText)[], options: LintOptions = {}): LintReport {
  const { namespace = 'default', references = 'known', ignore = [] } = options;
  const checked = checkManifests(inputs, {
    namespace,
    strictKinds: true,
    skipForeign: true,
    locatable: true,
  });
  const { files, objects, read, foreign, ignored, unreadable } = checked;
  const problems = [...checked.problems.map(toFinding), ...parameterFindings(objects)];
  const wrong = new Set(problems.map(({ object }) => object));
  const found = [...problems, ...unambiguous(referenceWarnings(objects, references, wrong), problems)];
  const findings = inOrder(
    found.filter(({ rule }) => !ignore.includes(rule)),
    [...files.keys()],
  );
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return {
    findings,
    errors,
    warnings: findings.length - errors,
    objects: read,
    skipped: sum(ignored),
    foreign,
    files,
    unreadable,
  };
}

function toFinding({ rule, position, path, object, reason, hint }: ManifestError): Finding {
  return {
    severity: 'error',
    rule,
    object,
    path,
    message: reason,
    suggestion: hint,
    span: position,
    related: [],
  };
}

/** Of an object that is declared twice nobody knows which one a reference means. */
function unambiguous(warnings: readonly Finding[], problems: readonly Finding[]): Finding[] {
  const twice = new Set(problems.flatMap(({ rule, object }) => (rule === 'duplicate-object' ? object : [])));
  const isKnown = (object: string): boolean => !twice.has(object.split(' ', 2).join(' '));
  return warnings.filter((it) => isKnown(it.object) && it.related.every(({ object }) => isKnown(object)));
}

function inOrder(findings: readonly Finding[], files: readonly string[]): Finding[] {
  const order = new Map(files.map((file, index) => [file, index]));
  const rank = ({ span }: Finding): number => order.get(span.file) ?? files.length;
  return [...findings].sort(
    (a, b) => rank(a) - rank(b) || a.span.line - b.span.line || a.span.column - b.span.column,
  );
}

function sum(ignored: readonly IgnoredKind[]): SkippedKind[] {
  const kinds = new Map<string, SkippedKind>();
  for (const { apiVersion, kind, count } of ignored) {
    const id = `${apiVersion} ${kind}`;
    kinds.set(id, { apiVersion, kind, count: count + (kinds.get(id)?.count ?? 0) });
  }
  return [...kinds.values()];
}
