import { cells, titles } from './cells.ts';
import { Columns } from './columns.ts';
import { jsonLine, sideJson } from './json.ts';
import type { Format } from './list.ts';
import { openOnly, type ToolMap } from './open-tool-map.ts';
import type { Output } from './output.ts';

/** So many rows decide how wide the columns of a table are. */
const MEASURED_ROWS = 1000;

function entryLine({ key, value, cpus }: ToolMap, entryKey: unknown, entryValue: unknown): string {
  return jsonLine({ key: sideJson(key, entryKey), value: sideJson(value, entryValue, cpus) });
}

async function dumpTable(output: Output, opened: ToolMap): Promise<void> {
  const { key, value, map, cpus } = opened;
  const columns = new Columns();
  let rows: string[][] = [];
  const flush = async () => {
    columns.fit(rows);
    for (const row of rows) await output.write(`${columns.line(row)}\n`);
    rows = [];
  };
  let begun = false;
  for (const [entryKey, entryValue] of map.entries()) {
    const values = cpus !== undefined && Array.isArray(entryValue) ? entryValue : [entryValue];
    for (const [cpu, each] of values.entries()) {
      if (!begun) {
        rows.push([...titles(key, entryKey), ...(cpus === undefined ? [] : ['cpu']), ...titles(value, each)]);
        begun = true;
      }
      rows.push([...cells(entryKey), ...(cpus === undefined ? [] : [String(cpu)]), ...cells(each)]);
    }
    if (rows.length >= MEASURED_ROWS) await flush();
  }
  await flush();
}

/** `dump`: every entry of a map. */
export async function dump(
  output: Output,
  words: readonly string[],
  { json = false, ndjson = false, hex = false }: Format & { readonly hex?: boolean },
): Promise<void> {
  using opened = openOnly(words, hex);
  if (!json && !ndjson) {
    await dumpTable(output, opened);
    return;
  }
  const entries = opened.map.entries();
  if (ndjson) {
    for (const [key, value] of entries) await output.write(`${entryLine(opened, key, value)}\n`);
    return;
  }
  let before = '[';
  for (const [key, value] of entries) {
    await output.write(`${before}\n  ${entryLine(opened, key, value)}`);
    before = ',';
  }
  await output.write(before === '[' ? '[]\n' : '\n]\n');
}
