/** `npm run size -w @blixt/gateway-model`: how many bytes the package costs a web page. */
import { bundleForBrowser } from './browser-bundle.ts';
import { kilobytes, printTable } from './table.ts';

const PACKAGE = '@blixt/gateway-model';

/** What a page may want of it. */
const selections: readonly (readonly [title: string, exported?: readonly string[]])[] = [
  ['everything'],
  ['validate', ['validate']],
  ['resolveGateway', ['resolveGateway']],
  ['builders and type guards', ['gateway', 'listener', 'tcpRoute', 'isRoute']],
];

const rows: string[][] = [];
for (const [title, exported] of selections) {
  const { minified, gzipped } = await bundleForBrowser(PACKAGE, exported);
  rows.push([title, kilobytes(minified), kilobytes(gzipped)]);
}
printTable([PACKAGE, 'minified', 'gzip'], rows);
