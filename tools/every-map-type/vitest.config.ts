import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // clang, bpftool and the kernel take seconds on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
