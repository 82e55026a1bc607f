import { defineConfig } from 'tsup';

export default defineConfig({
  // Beside the index, modules whose top level does something, or imports a library: what they hold is built into
  // files of its own, so that a bundler leaves out whole files that a page has no use for. Only the index can be
  // imported (`exports` in package.json).
  entry: [
    'src/index.ts',
    'src/dependencies/object-index.ts',
    'src/generated/constants.ts',
    'src/objects/builders.ts',
    'src/objects/guards.ts',
    'src/resolution/addresses.ts',
    'src/resolution/resolve.ts',
    'src/status/merge-status.ts',
    'src/validation/kind-info.ts',
    'src/validation/validate.ts',
  ],
  format: ['esm'],
  target: 'es2022',
  dts: { entry: 'src/index.ts' },
  splitting: true,
  sourcemap: true,
  clean: true,
});
