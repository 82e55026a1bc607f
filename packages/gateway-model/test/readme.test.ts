/** The examples of the README run, and print what the README says; its tables are complete. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type FieldErrorCode, gatewayApiVersion, modelKinds } from '../src/index.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** Each section with a block of TypeScript and, after it, what the block prints. */
const examples = readme.split(/^## /m).flatMap((section) => {
  const [, code, prints] = /^```ts\n(.*?)^```\n\nIt prints:\n\n```text\n(.*?)^```$/ms.exec(section) ?? [];
  if (code === undefined || prints === undefined) return [];
  return [{ title: section.slice(0, section.indexOf('\n')), code, prints }];
});

/** Runs a program as a user's: it imports the built package by its name. Returns what it printed. */
function run(code: string): string {
  // Inside of the package, so that the name is found.
  mkdirSync(join(root, 'build'), { recursive: true });
  const directory = mkdtempSync(join(root, 'build', 'readme-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'example.ts');
  writeFileSync(file, code);
  return execFileSync(process.execPath, ['--no-warnings', file], { encoding: 'utf8' });
}

describe('README', () => {
  it.each(examples)('the example "$title" prints what the README says', ({ code, prints }) => {
    expect(run(code)).toBe(prints);
  });

  it('every block of TypeScript is such an example', () => {
    expect(examples.length).toBeGreaterThan(2);
    expect(examples).toHaveLength(readme.match(/^```ts$/gm)?.length ?? 0);
  });

  it('lists every kind with the versions that are read', () => {
    const rows = [...readme.matchAll(/^\| (\w+) +\| `([\w./`, ]+)` +\|/gm)];
    const listed = rows.map(([, kind = '', versions = '']) => [kind, versions.split('`, `')]);
    expect(Object.fromEntries(listed)).toEqual(
      Object.fromEntries([...modelKinds.values()].map(({ kind, apiVersions }) => [kind, [...apiVersions]])),
    );
  });

  it('lists every code of an error', () => {
    const codes: Readonly<Record<FieldErrorCode, true>> = {
      unreadable: true,
      'unknown-kind': true,
      'unknown-version': true,
      required: true,
      forbidden: true,
      'unknown-field': true,
      type: true,
      enum: true,
      pattern: true,
      format: true,
      range: true,
      length: true,
      duplicate: true,
      immutable: true,
      rule: true,
    };
    const listed = [...readme.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, code]) => code);
    expect(listed.filter((code) => code !== 'code')).toEqual(Object.keys(codes));
  });

  it('names the release of Gateway API', () => {
    expect(readme).toContain(`Gateway API ${gatewayApiVersion}`);
  });
});
