import { cells, titles } from './cells.ts';
import { table } from './columns.ts';
import { jsonLine, sideJson } from './json.ts';
import { mapTitle } from './map-title.ts';
import type { ToolMap } from './open-tool-map.ts';
import type { Output } from './output.ts';
import { ExitCode, ToolError } from './tool-error.ts';

/** There is no such entry; in a queue or a stack, none at all. */
export function noEntry({ info }: ToolMap, key: string | undefined): ToolError {
  const title = mapTitle(info);
  return new ToolError(
    'ERR_NO_ENTRY',
    key === undefined ? `${title} is empty` : `${title} has no key ${key}`,
    ExitCode.notFound,
  );
}

function valueTable({ value, cpus }: ToolMap, found: unknown): string {
  if (cpus !== undefined && Array.isArray(found)) {
    const rows = found.map((each, cpu) => [String(cpu), ...cells(each)]);
    return table([['cpu', ...titles(value, found[0])], ...rows]);
  }
  const texts = cells(found);
  const names = titles(value, found);
  return names.length === 1 && names[0] === value.role
    ? `${texts.join(' ')}\n`
    : table(names.map((name, index) => [name.slice(value.role.length + 1), texts[index] ?? '']));
}

/** Writes the value that an entry has: `key` is undefined where there are no keys. */
export function writeValue(
  output: Output,
  opened: ToolMap,
  entry: { readonly key: unknown; readonly value: unknown },
  json: boolean,
): Promise<void> {
  if (!json) return output.write(valueTable(opened, entry.value));
  const { key, value, cpus } = opened;
  return output.write(
    `${jsonLine({
      ...(entry.key === undefined ? {} : { key: sideJson(key, entry.key) }),
      value: sideJson(value, entry.value, cpus),
    })}\n`,
  );
}
