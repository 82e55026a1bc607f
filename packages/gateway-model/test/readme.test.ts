/** The example of the README runs, and prints what the README says. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { kindSchemas } from '../src/validation/schemas.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const block = (language: string): string => {
  const [, text] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(readme) ?? [];
  if (text === undefined) throw new Error(`expected a block of ${language} in README.md`);
  return text;
};

it('the example of the README prints what the README says', () => {
  // Inside of the package, so that it imports the built package by its name.
  mkdirSync(join(root, 'build'), { recursive: true });
  const directory = mkdtempSync(join(root, 'build', 'readme-'));
  try {
    const file = join(directory, 'example.ts');
    writeFileSync(file, block('ts'));
    expect(execFileSync(process.execPath, ['--no-warnings', file], { encoding: 'utf8' })).toBe(block('text'));
  } finally {
    rmSync(directory, { recursive: true });
  }
});

it('the kinds that the README names are known', () => {
  const [, named = ''] = /from objects \(([^)]*)\)/.exec(readme) ?? [];
  const kinds = named.split(', ');
  expect(kinds.length).toBeGreaterThan(5);
  expect(kinds.filter((kind) => !kindSchemas.has(kind))).toEqual([]);
});
