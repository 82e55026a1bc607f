/** What Blixt refuses of BlixtParameters, though an API server takes it. */
import { AddressRanges, describeKey, type LoadedObject, type ObjectKey } from '@blixt/controller';
import type { Finding } from './finding.ts';
import { spanOf } from './reference-findings.ts';

/** Ranges that cannot be read, and those that have an address in common with one before. */
export function parameterFindings(loaded: ReadonlyMap<ObjectKey, LoadedObject>): Finding[] {
  return [...loaded].flatMap(([key, entry]) => {
    const { object } = entry;
    if (object.kind !== 'BlixtParameters') return [];
    const ranges = object.spec.addresses?.pool?.ranges ?? [];
    return ranges.flatMap((range, index): Finding[] => {
      const before = ranges.slice(0, index).filter((it) => problemOf([it]) === undefined);
      const problem =
        problemOf([range]) ?? before.map((it) => problemOf([it, range])).find((it) => it !== undefined);
      if (problem === undefined) return [];
      const [message = '', suggestion = ''] = problem.replace(/\.$/, '').split('; ');
      const path = `spec.addresses.pool.ranges[${index}]`;
      return [
        {
          severity: 'error',
          rule: 'address-range',
          object: describeKey(key),
          path,
          message,
          suggestion,
          span: spanOf(entry, path),
          related: [],
        },
      ];
    });
  });
}

/** Why ranges cannot be used. */
function problemOf(ranges: readonly string[]): string | undefined {
  try {
    new AddressRanges(ranges);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
