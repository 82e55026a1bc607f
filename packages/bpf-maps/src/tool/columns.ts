/** Rows whose columns begin under each other, two spaces apart; the last one is as long as it is. */
export class Columns {
  readonly #widths: number[] = [];

  /** Makes room for these rows; rows that come later may be wider, and then move what follows in them. */
  fit(rows: ReadonlyArray<readonly string[]>): this {
    for (const row of rows) {
      for (const [index, text] of row.entries()) {
        this.#widths[index] = Math.max(this.#widths[index] ?? 0, text.length);
      }
    }
    return this;
  }

  line(row: readonly string[]): string {
    return row
      .map((text, index) => text.padEnd(this.#widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  }
}

/** A whole table. */
export function table(rows: ReadonlyArray<readonly string[]>): string {
  const columns = new Columns().fit(rows);
  return rows.map((row) => `${columns.line(row)}\n`).join('');
}

/** Bytes for people. */
export function bytesText(count: number | undefined): string {
  if (count === undefined) return '-';
  if (count < 1024) return `${count} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let size = count / 1024;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}
