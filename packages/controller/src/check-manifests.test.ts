import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { checkManifests } from './check-manifests.ts';
import { MAX_MANIFEST_BYTES } from './manifest.ts';

const namespace = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;

function folder(files: Readonly<Record<string, string>>): string {
  const root = temporaryDirectory();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

describe('checking manifests', () => {
  it('reads files, folders and texts, each file once', () => {
    const root = folder({ 'a.yaml': namespace('a'), 'b/c.yml': namespace('c'), 'b/d.txt': 'no: [' });
    const { files, objects, problems, read } = checkManifests([
      join(root, 'a.yaml'),
      root,
      { file: '<stdin>', text: namespace('x') },
    ]);
    expect([...files.keys()]).toEqual([join(root, 'a.yaml'), join(root, 'b/c.yml'), '<stdin>']);
    expect([...objects.keys()]).toEqual(['Namespace//a', 'Namespace//c', 'Namespace//x']);
    expect([problems, read]).toEqual([[], 3]);
  });

  it('finds what two of them declare', () => {
    const texts = ['a.yaml', 'b.yaml'].map((file) => ({ file, text: namespace('a') }));
    expect(checkManifests(texts).problems).toMatchObject([
      {
        rule: 'duplicate-object',
        position: { file: 'b.yaml', line: 1 },
        reason: 'is declared already at a.yaml:1:1',
      },
    ]);
  });

  it('lists what cannot be read, and reads the rest', () => {
    const root = folder({ 'a.yaml': namespace('a'), 'big.yaml': `#${' '.repeat(MAX_MANIFEST_BYTES)}` });
    const { objects, unreadable } = checkManifests([join(root, 'none'), root]);
    expect(unreadable.map(({ code }) => code)).toEqual(['ERR_SOURCE_PATH', 'ERR_MANIFEST_READ']);
    expect(objects.size).toBe(1);
  });

  it('leaves out what is no file, such as pipes and devices, which may never end', () => {
    const root = folder({ 'a.yaml': namespace('a') });
    symlinkSync('/dev/null', join(root, 'device.yaml'));
    const { files, unreadable } = checkManifests([root]);
    expect([...files.keys()]).toEqual([join(root, 'a.yaml')]);
    expect(unreadable).toEqual([]);
  });

  it('tells of a link that leads to itself, and reads the rest of the folder', () => {
    const root = folder({ 'a.yaml': namespace('a') });
    symlinkSync('self.yaml', join(root, 'self.yaml'));
    const { files, unreadable } = checkManifests([root]);
    expect([...files.keys()]).toEqual([join(root, 'a.yaml')]);
    expect(unreadable).toMatchObject([{ code: 'ERR_MANIFEST_READ' }]);
  });

  it('counts kinds that are not used, and, when asked, what is no object', () => {
    const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n';
    const texts = [{ file: 'a.yaml', text: `${pod}---\n${pod}---\nreplicas: 3\n` }];
    expect(checkManifests(texts).problems).toMatchObject([{ rule: 'not-an-object' }]);
    expect(checkManifests(texts, { skipForeign: true })).toMatchObject({
      problems: [],
      foreign: 1,
      read: 0,
      ignored: [{ kind: 'Pod', count: 2 }],
    });
  });

  it('finds fields of valid objects when asked', () => {
    const texts = [{ file: 'a.yaml', text: namespace('a') }];
    const [entry] = [...checkManifests(texts, { locatable: true }).objects.values()];
    expect(entry?.locate?.(['metadata', 'name'])).toEqual({
      file: 'a.yaml',
      line: 3,
      column: 18,
      endLine: 3,
      endColumn: 19,
    });
    const [plain] = [...checkManifests(texts).objects.values()];
    expect(plain).not.toHaveProperty('locate');
  });
});
