/** The lines of a file around a place, with the place marked. */
import { codeFrameColumns } from '@babel/code-frame';
import type { SourceSpan } from '@blixt/controller';

/** Lines longer than this, such as JSON in one line, are cut to what is around the place. */
const MAX_LINE = 160;
const LINES_ABOVE = 2;
const LINES_BELOW = 1;

/**
 * Shows where in a file something is.
 *
 * @param lines - the lines of the file
 * @returns empty when the file has no such line
 */
export function codeFrame(lines: readonly string[], span: SourceSpan): string {
  const line = lines[span.line - 1];
  if (line === undefined) return '';
  if (line.length > MAX_LINE) return longLine(line, span);
  // Other documents are of no interest here, and may be Secrets.
  const isBoundary = (text: string): boolean => text.startsWith('---');
  const before = lines.slice(Math.max(0, span.line - 1 - LINES_ABOVE), span.line - 1);
  const above = before.slice(before.findLastIndex(isBoundary) + 1);
  const after = lines.slice(span.line, span.line + LINES_BELOW);
  const end = isBoundary(line) ? 0 : after.findIndex(isBoundary);
  const below = end < 0 ? after : after.slice(0, end);
  const shown = [...above, line, ...below].map((text) => text.slice(0, MAX_LINE));
  const first = span.line - above.length;
  return mark(shown.join('\n'), first, span);
}

function longLine(line: string, span: SourceSpan): string {
  const from = Math.max(0, span.column - MAX_LINE / 4);
  const [before, after] = [from > 0 ? '…' : '', line.length > from + MAX_LINE ? '…' : ''];
  const text = `${before}${line.slice(from, from + MAX_LINE)}${after}`;
  const shift = from - before.length;
  return mark(text, span.line, {
    ...span,
    column: span.column - shift,
    endColumn: Math.min(span.endColumn - shift, text.length + 1),
  });
}

function mark(text: string, startLine: number, { line, column, endColumn }: SourceSpan): string {
  // The library counts columns from 0.
  return codeFrameColumns(
    // Whatever a file has, it does not move a terminal's cursor.
    text.replace(/[^\P{Cc}\t\n]/gu, '\u{fffd}'),
    { start: { line, column: column - 1 }, end: { line, column: Math.max(endColumn, column) - 1 } },
    { startLine, linesAbove: LINES_ABOVE, linesBelow: LINES_BELOW },
  );
}
