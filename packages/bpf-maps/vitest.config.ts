import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'fuzz/**/*.test.ts'],
    globalSetup: ['test/mount-bpffs.ts'],
    testTimeout: 60_000,
  },
});
