import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'node22',
  // AbortSignal is one of Node's types.
  dts: { banner: '/// <reference types="node" />' },
  sourcemap: true,
  clean: true,
});
