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
  const first = Math.max(1, span.line - LINES_ABOVE);
  const shown = lines.slice(first - 1, span.line + LINES_BELOW).map((text) => text.slice(0, MAX_LINE));
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
