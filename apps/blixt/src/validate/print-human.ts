/** Findings for people. */
import { codeFrame } from './code-frame.ts';
import { type Finding, type LintReport, sentence, summary } from './finding.ts';
import { visible } from './visible.ts';

/** How a part of the output looks on a terminal. */
export type Style = 'error' | 'warning' | 'strong' | 'dim';

/** Puts colours on text, or leaves it. */
export type Paint = (style: Style, text: string) => string;

/** No colours. */
export const plain: Paint = (_style, text) => text;

/** A paragraph for each finding, with the line in question, and a summary at the end. */
export function printHuman(report: LintReport, paint: Paint = plain): string {
  const lines = new Map<string, readonly string[]>();
  const linesOf = (file: string): readonly string[] => {
    const known = lines.get(file) ?? (report.files.get(file) ?? '').replace(/\r?\n$/, '').split(/\r\n|\n/);
    lines.set(file, known);
    return known;
  };
  const paragraphs = report.findings.map((finding) => paragraph(finding, linesOf(finding.span.file), paint));
  const style = report.errors > 0 ? 'error' : report.warnings > 0 ? 'warning' : 'strong';
  return [...paragraphs, `${paint(style, summary(report))}\n`].join('\n');
}

function paragraph(finding: Finding, lines: readonly string[], paint: Paint): string {
  const { severity, rule, span, suggestion, related } = finding;
  const head = `${paint('strong', place(span))}: ${paint(severity, severity)}: ${visible(sentence(finding))} ${paint('dim', `[${rule}]`)}`;
  const text = [head];
  // What a Secret holds does not belong into a log.
  const frame = finding.object.startsWith('Secret') ? '' : codeFrame(lines, span);
  if (frame !== '') text.push(paintFrame(frame, severity, paint));
  if (suggestion !== '') text.push(`  ${paint('strong', 'help:')} ${visible(suggestion)}`);
  for (const { object, span: at } of related)
    text.push(`  ${paint('dim', 'see:')} ${visible(object)} at ${place(at)}`);
  return `${text.join('\n')}\n`;
}

function place({ file, line, column }: Finding['span']): string {
  return `${visible(file)}:${line}:${column}`;
}

/** The library colours JavaScript only; here the mark is coloured, and the numbers of lines are dim. */
function paintFrame(frame: string, severity: Finding['severity'], paint: Paint): string {
  return frame
    .split('\n')
    .map((line) => {
      const [, gutter = '', rest = ''] = /^(>?\s*\d*\s*\|)(.*)$/.exec(line) ?? ['', line, ''];
      if (/^\s+\|$/.test(gutter))
        return `${paint('dim', gutter)}${rest.replace(/\^+/, (marks) => paint(severity, marks))}`;
      return gutter.startsWith('>')
        ? `${paint(severity, '>')}${paint('dim', gutter.slice(1))}${rest}`
        : `${paint('dim', gutter)}${rest}`;
    })
    .join('\n');
}
