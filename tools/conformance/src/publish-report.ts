import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withComparison } from './comparison.ts';
import { parseReport, reportPath } from './suite-report.ts';

const FOLDER = 'tools/conformance/reports';
/** What has the table, from the root of the repository. */
export const COMPARING_README = 'README.md';

/** The report that is in the repository, from its root; undefined when there is none. */
export const publishedReportPath = (root: string): string | undefined =>
  globSync(`${FOLDER}/v*/*/*-report.yaml`, { cwd: root }).sort().at(-1);

/**
 * Writes a report where upstream wants it, as it is, and its figures into the table of the README.
 *
 * @param text - as the suite wrote it
 * @returns the paths of the files, from the root of the repository
 */
export function publishReport(text: string, root: string): readonly string[] {
  const report = parseReport(text);
  const path = join(FOLDER, reportPath(report));
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  const readme = join(root, COMPARING_README);
  writeFileSync(readme, withComparison(readFileSync(readme, 'utf8'), report));
  return [path, COMPARING_README];
}
