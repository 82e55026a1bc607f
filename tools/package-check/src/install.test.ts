import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmptyProject } from './empty-project.ts';
import { nodeReleases } from './nodes.ts';
import { type PublishedPackage, publishedPackages, ROOT } from './packages.ts';
import { readmeExamples } from './readme-examples.ts';
import { pack } from './tarball.ts';

/** npm runs on the oldest release that is supported, and refuses a package that is not meant for it. */
const [oldest] = nodeReleases;

let folder: string;
const tarballs = new Map<string, string>();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'blixt-tarballs-'));
  for (const published of publishedPackages) tarballs.set(published.name, pack(published, folder));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The tarballs of a package, and of those of this repository that it needs. */
function tarballsFor({ name, needs }: PublishedPackage): readonly string[] {
  return [...needs, name].map((packed) => tarballs.get(packed) ?? packed);
}

/** What a strict TypeScript project says, with a module resolution of its choice. */
function compilerOptions(moduleResolution: 'nodenext' | 'bundler', browser: boolean): string {
  return JSON.stringify({
    compilerOptions: {
      target: 'ES2024',
      lib: browser ? ['ES2024', 'DOM'] : ['ES2024', 'ESNext.Disposable'],
      module: moduleResolution === 'nodenext' ? 'nodenext' : 'preserve',
      moduleResolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      // A package whose types need those of Node would have to bring them.
      types: [],
    },
    include: ['*.ts'],
  });
}

describe.each(publishedPackages)('$name in an empty project', (published) => {
  const examples = published.browser ? readmeExamples(join(ROOT, published.folder, 'README.md')) : [];
  let project: EmptyProject;
  beforeAll(() => {
    project = new EmptyProject();
    const { status, stdout, stderr } = project.install(tarballsFor(published), oldest);
    if (status !== 0) throw new Error(`npm install of ${published.name}: ${stdout}${stderr}`);
  });
  afterAll(() => project[Symbol.dispose]());

  it.each(nodeReleases)('is imported and required on Node $major', (node) => {
    const { name, landmark } = published;
    project.write(
      'import.js',
      `import { createRequire } from 'node:module';
       import { ${landmark} } from '${name}';
       const required = createRequire(import.meta.url)('${name}').${landmark};
       console.log(process.versions.node.split('.')[0], typeof ${landmark}, required === ${landmark});`,
    );
    const { stdout, stderr } = project.run('node', ['--no-warnings', 'import.js'], node);
    expect(stderr).toBe('');
    expect(stdout).toBe(`${node.major} function true\n`);
  });

  it('has nothing that can be imported beside its index', () => {
    project.write(
      'deep.js',
      `import('${published.name}/dist/index.js').catch(({ code }) => console.log(code));`,
    );
    expect(project.run('node', ['deep.js'], oldest).stdout).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED\n');
  });

  const resolutions = published.browser ? (['nodenext', 'bundler'] as const) : (['nodenext'] as const);
  it.each(resolutions)('compiles in strict TypeScript, resolved as %s', (resolution) => {
    const { name, landmark, browser } = published;
    project.write('tsconfig.json', compilerOptions(resolution, browser));
    project.write(
      'consumer.ts',
      `import * as library from '${name}';
       import type { ${landmark} } from '${name}';
       export const value: typeof ${landmark} = library.${landmark};
       // @ts-expect-error: the types are there, and know what is not exported.
       export const missing = library.noSuchExport;`,
    );
    for (const [index, { code }] of examples.entries()) project.write(`example-${index}.ts`, code);
    const { stdout, status } = project.run('tsc', ['-p', '.', '--pretty', 'false'], oldest);
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  if (examples.length === 0) return;
  describe.each(nodeReleases)('on Node $major', (node) => {
    it.each(examples)(
      'the example of the README under "$title" prints what the README says',
      ({ code, prints }) => {
        project.write('example.ts', code);
        const { stdout, stderr } = project.run('node', ['--no-warnings', 'example.ts'], node);
        expect(stderr).toBe('');
        expect(stdout).toBe(prints ?? '');
      },
    );
  });
});
