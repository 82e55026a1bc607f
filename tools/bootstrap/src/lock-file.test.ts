import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './workspace.mjs';

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

const manifests = ['package.json', ...globSync('{packages,apps,tools}/*/package.json', { cwd: ROOT })];
const lock = readJson<{ packages: Readonly<Record<string, Manifest>> }>('package-lock.json');

describe.each(manifests)('%s', (path) => {
  const manifest = readJson<Manifest>(path);
  const locked = lock.packages[path === 'package.json' ? '' : dirname(path)];

  it('is what package-lock.json was made from', () => {
    expect(locked?.dependencies ?? {}).toEqual(manifest.dependencies ?? {});
    expect(locked?.devDependencies ?? {}).toEqual(manifest.devDependencies ?? {});
  });

  it('has exact versions', () => {
    for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    }
  });
});
