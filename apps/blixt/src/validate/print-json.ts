/** Findings for programs. */
import type { LintReport } from './finding.ts';

/** What `--output json` prints. Fields may be added; when one changes its meaning or goes, `version` counts up. */
export interface JsonReport {
  readonly version: 1;
  /** How many files were read. */
  readonly files: number;
  /** How many objects were looked at. */
  readonly objects: number;
  readonly errors: number;
  readonly warnings: number;
  /** Kinds that were not looked at. */
  readonly skipped: readonly { readonly apiVersion: string; readonly kind: string; readonly count: number }[];
  /** Documents that are no Kubernetes objects, and were skipped. */
  readonly foreign: number;
  readonly unreadable: readonly { readonly code: string; readonly message: string }[];
  readonly findings: readonly JsonFinding[];
}

/** Lines and columns count from 1, columns in UTF-16 code units; the end is exclusive. */
export interface JsonFinding {
  readonly severity: 'error' | 'warning';
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** `Gateway default/edge`; empty when no object is known. */
  readonly object: string;
  /** `spec.listeners[0].port`; empty when the whole object is meant. */
  readonly path: string;
  readonly message: string;
  /** May be empty. */
  readonly suggestion: string;
  readonly related: readonly {
    readonly object: string;
    readonly file: string;
    readonly line: number;
    readonly column: number;
  }[];
}

export function toJsonReport(report: LintReport): JsonReport {
  const { files, objects, errors, warnings, skipped, foreign, unreadable, findings } = report;
  return {
    version: 1,
    files: files.size,
    objects,
    errors,
    warnings,
    skipped,
    foreign,
    unreadable: unreadable.map(({ code, message }) => ({ code, message })),
    findings: findings.map(({ severity, rule, span, object, path, message, suggestion, related }) => ({
      severity,
      rule,
      file: span.file,
      line: span.line,
      column: span.column,
      endLine: span.endLine,
      endColumn: span.endColumn,
      object,
      path,
      message,
      suggestion,
      related: related.map((it) => ({
        object: it.object,
        file: it.span.file,
        line: it.span.line,
        column: it.span.column,
      })),
    })),
  };
}

/** The report as one JSON object. */
export function printJson(report: LintReport): string {
  return `${JSON.stringify(toJsonReport(report), null, 2)}\n`;
}
