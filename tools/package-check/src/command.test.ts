import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmptyProject } from './empty-project.ts';
import { nodeReleases } from './nodes.ts';
import { publishedCommand, publishedPackages } from './packages.ts';
import { filesOf, pack } from './tarball.ts';

describe('blixt, installed in an empty project', () => {
  let folder: string;
  let tarball: string;
  let project: EmptyProject;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'blixt-tarballs-'));
    tarball = pack(publishedCommand, folder);
    project = new EmptyProject();
    const libraries = publishedPackages.map((published) => pack(published, folder));
    const { status, stdout, stderr } = project.install([...libraries, tarball], nodeReleases[0]);
    if (status !== 0) throw new Error(`npm install: ${stdout}${stderr}`);
  });
  afterAll(() => {
    project[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('brings the command, manifests, examples, README and licence, and no sources', () => {
    const files = filesOf(tarball);
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist/main.js', 'package.json']));
    const known =
      /^(?:LICENSE|README\.md|package\.json|dist\/[\w-]+\.js(?:\.map)?|(?:deploy|examples)\/[\w./-]+)$/;
    expect(files.filter((path) => !known.test(path))).toEqual([]);
  });

  it.each(nodeReleases)('checks its own examples, and refuses what is wrong, on Node $major', (node) => {
    const command = join(project.folder, 'node_modules/.bin/blixt');
    const right = project.run(command, ['validate', `node_modules/${publishedCommand.name}/examples`], node);
    expect(right.stderr).toBe('');
    expect(right.status).toBe(0);
    project.write(
      'wrong.yaml',
      'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: edge}\n',
    );
    const wrong = project.run(command, ['validate', 'wrong.yaml', '--output', 'json'], node);
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toContain('wrong.yaml');
  });
});
