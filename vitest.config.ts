import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Of all projects alike: vitest runs the files of one that has fewer one by one. */
const maxWorkers = 2;

// Every package is a project; one with a vitest.config.ts of its own brings its own settings.
const projects = globSync('{packages,apps,tools}/*/package.json', { cwd: import.meta.dirname })
  .map((manifest) => manifest.slice(0, -'/package.json'.length))
  .sort()
  .map((folder) => {
    const own = join(folder, 'vitest.config.ts');
    return {
      extends: existsSync(join(import.meta.dirname, own)) ? `./${own}` : (true as const),
      root: folder,
      test: { name: basename(folder), maxWorkers },
    };
  });

export default defineConfig({
  test: {
    projects,
    include: ['**/*.test.ts'],
    // Tests talk to the real kernel and start real processes, on machines with as few as two cores.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers,
  },
});
