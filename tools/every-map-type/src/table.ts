import type { Row } from './row.ts';

/** Which maps `bpftool map create` made; see make-maps.sh. */
const BY_HAND: ReadonlySet<string> = new Set(['queue', 'stack', 'sockhash', 'array_of_maps', 'hash_of_maps']);

function maker(type: string): string {
  return BY_HAND.has(type) ? 'bpftool map create' : 'libbpf object';
}

/** Rows of cells, in columns as wide as their widest cell. */
function align(rows: ReadonlyArray<readonly string[]>): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** For people: a table of what was done, and what does not apply. */
export function render(rows: readonly Row[]): string {
  const done = align([
    ['TYPE', 'MADE BY', 'TYPESCRIPT', 'READ', 'CHANGED', 'BPFTOOL READS BACK'],
    ...rows.map((row) =>
      'failure' in row
        ? [row.type, maker(row.type), 'FAILED', '', '', '']
        : [row.type, maker(row.type), row.types, row.read, row.changed, row.readBack],
    ),
  ]);
  const reasons = new Map<string, string[]>();
  for (const row of rows) {
    if ('failure' in row) continue;
    for (const { operation, reason } of row.refused) {
      const refused = reasons.get(reason) ?? [];
      refused.push(`${row.type}.${operation}`);
      reasons.set(reason, refused);
    }
  }
  const failures = rows.flatMap((row) => ('failure' in row ? [`${row.type}: ${row.failure}`] : []));
  return [
    ...done,
    '',
    'Does not apply, and says why:',
    ...[...reasons].map(([reason, refused]) => `  ${reason}\n    ${refused.join(', ')}`),
    '',
    ...failures,
    `${rows.length - failures.length} of ${rows.length} map types`,
  ].join('\n');
}
