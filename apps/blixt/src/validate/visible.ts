/** Text of files in lines of ours. */

const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Writes characters that would break the line, or move a terminal's cursor, as JavaScript does: `\n`,
 * `\u001b`. Names of files and of wrong objects can have them, and a line of its own can be a command to
 * whoever reads a log (GitHub Actions' `::error::`).
 */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (it) => names[it] ?? `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
