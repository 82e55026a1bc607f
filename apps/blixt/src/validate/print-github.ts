/**
 * Findings as GitHub Actions' workflow commands, which become annotations of a pull request
 * (https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands).
 */
import { type Finding, type LintReport, sentence, summary } from './finding.ts';

/** A line for each finding, and a summary, which GitHub shows in the log. */
export function printGithub(report: LintReport): string {
  const unreadable = report.unreadable.map(
    ({ message }) => `::error title=unreadable::${escapeData(message)}\n`,
  );
  return [...unreadable, ...report.findings.map(annotation), `${summary(report)}\n`].join('');
}

function annotation(finding: Finding): string {
  const { severity, rule, span, suggestion } = finding;
  const properties = Object.entries({
    file: span.file.replaceAll('\\', '/'),
    line: span.line,
    endLine: span.endLine,
    col: span.column,
    // Of the last character.
    endColumn: Math.max(span.endColumn - 1, span.column),
    title: `blixt: ${rule}`,
  }).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  const text = suggestion === '' ? sentence(finding) : `${sentence(finding)}; ${suggestion}`;
  return `::${severity} ${properties.join(',')}::${escapeData(text)}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
