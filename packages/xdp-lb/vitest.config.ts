import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // A packet test enters a network namespace, which only a process of its own may do.
    pool: 'forks',
    globalSetup: ['test/packets/pin-directory.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
