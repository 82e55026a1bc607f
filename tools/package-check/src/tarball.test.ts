import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libraryFolders, publishedPackages, readManifest } from './packages.ts';
import { filesOf, pack, readFromTarball } from './tarball.ts';

describe.each(publishedPackages)('the tarball of $name', (published) => {
  let folder: string;
  let tarball: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'blixt-tarball-'));
    tarball = pack(published, folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds the module with its types, the README and the licence, and nothing that is not meant', () => {
    const always = ['LICENSE', 'README.md', 'dist/index.d.ts', 'dist/index.js', 'package.json'];
    const files = filesOf(tarball);
    expect(files).toEqual(expect.arrayContaining(always));
    expect(
      files.filter(
        (path) =>
          !always.includes(path) &&
          path !== 'dist/index.js.map' &&
          !published.ships.some((pattern) => pattern.test(path)),
      ),
    ).toEqual([]);
    for (const pattern of published.ships) expect(files).toContainEqual(expect.stringMatching(pattern));
  });

  it('says what the licence is, and runs nothing at installation', () => {
    const { license, scripts = {} } = readManifest(published.folder);
    expect(license).toMatch(/\bApache-2\.0\b/);
    expect(readFromTarball(tarball, 'LICENSE')).toContain('Apache License');
    expect(Object.keys(scripts).filter((name) => /install|prepare|publish/.test(name))).toEqual([]);
  });

  it('carries the documentation of its exports and fields into the types', () => {
    const types = readFromTarball(tarball, 'dist/index.d.ts');
    expect(types).toMatch(/\/\*\*(?:(?!\*\/).)*\*\/\n(?:export )?declare (?:function|class|const) /s);
    expect(types).toMatch(/\/\*\*(?:(?!\*\/).)*\*\/\n\s+(?:readonly )?\w+\??: /s);
  });

  it('publint has nothing to say about it', async () => {
    const bytes = readFileSync(tarball);
    const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const { messages, pkg } = await publint({ pack: { tarball: data }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
  });

  it('TypeScript finds its types wherever ES modules are resolved', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
    if (analysis.types === false) throw new Error('expected types in the tarball');
    // It is an ES module; Node 22 gives one to require() as well, but TypeScript reports that as a problem.
    const relevant = analysis.problems.filter(
      (problem) =>
        !('resolutionKind' in problem) || !['node10', 'node16-cjs'].includes(problem.resolutionKind),
    );
    expect(relevant).toEqual([]);
  });
});

it('every library that is not private is checked', () => {
  const names = libraryFolders()
    .map(readManifest)
    .filter((manifest) => manifest.private !== true)
    .map(({ name }) => name);
  expect(publishedPackages.map(({ name }) => name).sort()).toEqual(names.sort());
});
