/** How many bytes validation is in a browser's bundle, both ways. */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { readCrds } from '../scripts/crds.ts';
import { pinnedRelease } from '../scripts/release.ts';
import { generateSchemas } from '../scripts/schemas.ts';

const root = join(import.meta.dirname, '..');

/** Takes the compiled code out of the generated schemas. */
const onlyExpressions: Plugin = {
  name: 'only-expressions',
  setup({ onLoad }) {
    onLoad({ filter: /generated[\\/]schemas\.ts$/ }, () => {
      const release = pinnedRelease();
      const text = generateSchemas(readCrds(release), release, '', { compiled: false });
      return { contents: text, loader: 'ts' };
    });
  },
};

const compiledEntry = `export { parseObject } from './src/validation/validate.ts';`;
const libraryEntry = `
import { withLibraryRules } from './bench/validation-library.ts';
import { kindSchemas } from './src/validation/schemas.ts';
import { parseAgainst } from './src/validation/validate.ts';
const kinds = withLibraryRules(kindSchemas.values());
export const parseObject = (value, options) => parseAgainst(kinds, value, options);`;

/** Bytes of a minified bundle. */
export interface Bytes {
  readonly minified: number;
  readonly gzipped: number;
}

async function bundle(contents: string, plugins: Plugin[]): Promise<Bytes> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    plugins,
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  return { minified: code.length, gzipped: gzipSync(code, { level: 9 }).length };
}

/** Measures both. */
export async function bundledBytes(): Promise<{ readonly ours: Bytes; readonly rival: Bytes }> {
  return { ours: await bundle(compiledEntry, []), rival: await bundle(libraryEntry, [onlyExpressions]) };
}
