import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', 'bpf-maps': 'src/tool/main.ts' },
  format: ['esm'],
  target: 'node22',
  // AbortSignal is one of Node's types.
  dts: { entry: { index: 'src/index.ts' }, banner: '/// <reference types="node" />' },
  sourcemap: true,
  clean: true,
});
