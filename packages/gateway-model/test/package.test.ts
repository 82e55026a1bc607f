/** The package as it is published. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

it('publint finds nothing to say about the packed package', async () => {
  const { messages, pkg } = await publint({ pkgDir: root, pack: 'npm', strict: true });
  expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
}, 60_000);

it('runs in a browser: the built module imports nothing but its dependencies', () => {
  const built = readFileSync(join(root, 'dist', 'index.js'), 'utf8');
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const imported = [...built.matchAll(/^(?:import|export) .*?from ["']([^"']+)["'];?$/gm)].map(
    ([, name]) => name,
  );
  expect(imported.length).toBeGreaterThan(0);
  expect([...new Set(imported)].sort()).toEqual(Object.keys(dependencies).sort());
  expect(built).not.toMatch(/\brequire\(|\bprocess\.|\bBuffer\b/);
});

it('the types name nothing that is not published', () => {
  const types = readFileSync(join(root, 'dist', 'index.d.ts'), 'utf8');
  expect([...types.matchAll(/from ['"]([^'"]+)['"]/g)].map(([, name]) => name)).toEqual([]);
  expect(types).toContain('declare function resolveGateway(');
});
