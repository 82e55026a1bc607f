import { cpSync } from 'node:fs';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'node22',
  dts: true,
  sourcemap: true,
  clean: true,
  // The programs are loaded from beside the code.
  onSuccess: async () => {
    for (const name of ['xdp.o', 'tcx.o']) cpSync(`build/bpf/${name}`, `dist/bpf/${name}`);
  },
});
