import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstalledCommand } from './installed-command.ts';
import { nodeReleases } from './nodes.ts';
import { publishedCommand } from './packages.ts';
import { filesOf } from './tarball.ts';

describe('blixt, installed in an empty project', () => {
  let blixt: InstalledCommand;
  beforeAll(() => {
    blixt = new InstalledCommand();
  });
  afterAll(() => blixt[Symbol.dispose]());

  it('brings the command, manifests, examples, README and licence, and no sources', () => {
    const files = filesOf(blixt.tarball);
    expect(files).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'deploy/rbac.yaml',
        'dist/main.js',
        'lab/example.yaml',
        'package.json',
      ]),
    );
    const known =
      /^(?:LICENSE|README\.md|package\.json|dist\/[\w-]+\.js(?:\.map)?|(?:deploy|examples|lab)\/[\w./-]+)$/;
    expect(files.filter((path) => !known.test(path))).toEqual([]);
  });

  it.each(nodeReleases)('checks its own examples, and refuses what is wrong, on Node $major', (node) => {
    const { project, path } = blixt;
    const right = project.run(path, ['validate', `node_modules/${publishedCommand.name}/examples`], node);
    expect(right.stderr).toBe('');
    expect(right.status).toBe(0);
    project.write(
      'wrong.yaml',
      'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: edge}\n',
    );
    const wrong = project.run(path, ['validate', 'wrong.yaml', '--output', 'json'], node);
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toContain('wrong.yaml');
  });
});
