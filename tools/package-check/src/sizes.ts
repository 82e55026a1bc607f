import { type BrowserBundle, bundleForBrowser } from './browser-bundle.ts';

/** What @blixt/gateway-model, or a part of it, costs a web page. */
export interface Size extends Pick<BrowserBundle, 'minified' | 'gzipped'> {
  /** What a page imports. */
  readonly title: string;
}

/** What pages may want of the package; without names: all of it. */
const selections: readonly (readonly [title: string, exported?: readonly string[]])[] = [
  ['everything'],
  ['validate', ['validate']],
  ['resolveGateway', ['resolveGateway']],
  ['builders and type guards', ['gateway', 'listener', 'tcpRoute', 'isGateway', 'isTCPRoute']],
];

/** Bundles the package, and parts of it, for browsers. The first is all of it. */
export async function measureSizes(): Promise<readonly Size[]> {
  const sizes: Size[] = [];
  for (const [title, exported] of selections) {
    const { minified, gzipped } = await bundleForBrowser('@blixt/gateway-model', exported);
    sizes.push({ title, minified, gzipped });
  }
  return sizes;
}
