import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { ROOT } from './packages.ts';

/** A package, or some of its exports, as a browser would load it. */
export interface BrowserBundle {
  /** A script that defines {@link GLOBAL_NAME}. */
  readonly code: string;
  /** Bytes after minification. */
  readonly minified: number;
  /** Bytes of that after gzip at its default level. */
  readonly gzipped: number;
}

/** The name under which a bundle's exports are found. */
export const GLOBAL_NAME = 'library';

/**
 * Bundles exports of a package for browsers, minified, with everything that they need and nothing else.
 *
 * @param exported - names of exports; undefined for all.
 * @param folder - from where the package is looked up.
 * @throws an Error of esbuild when something that they need is a matter of Node, or is not installed.
 */
export async function bundleForBrowser(
  packageName: string,
  exported?: readonly string[],
  folder: string = ROOT,
): Promise<BrowserBundle> {
  const names = exported === undefined ? '*' : `{ ${exported.join(', ')} }`;
  const { outputFiles } = await build({
    stdin: { contents: `export ${names} from '${packageName}';`, resolveDir: folder },
    bundle: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    globalName: GLOBAL_NAME,
    legalComments: 'none',
    logLevel: 'silent',
    write: false,
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild wrote nothing for ${packageName}`);
  return {
    code: output.text,
    minified: output.contents.byteLength,
    gzipped: gzipSync(output.contents).byteLength,
  };
}
