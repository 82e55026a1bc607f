/** `npm run size -w @blixt/gateway-model`: how many bytes the package costs a web page. */
import { measureSizes } from './sizes.ts';
import { kilobytes, printTable } from './table.ts';

printTable(
  ['@blixt/gateway-model', 'minified', 'gzip'],
  (await measureSizes()).map(({ title, minified, gzipped }) => [
    title,
    kilobytes(minified),
    kilobytes(gzipped),
  ]),
);
