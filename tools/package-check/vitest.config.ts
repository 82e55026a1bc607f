import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    globalSetup: ['src/prepare.ts'],
    // npm and the compiler take seconds each on a busy machine.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
