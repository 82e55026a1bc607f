import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIN, ROOT } from './workspace.mjs';

const PACKAGES = ['gateway-model', 'bpf-maps', 'xdp-lb', 'controller'];
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'gateway-model': [],
  'bpf-maps': [],
  'xdp-lb': ['bpf-maps'],
  controller: ['gateway-model'],
};

interface Case {
  readonly title: string;
  /** Where the source file is. */
  readonly file: string;
  readonly specifier: string;
  /** The rule that must object; undefined: none may. */
  readonly rule: string | undefined;
}

const RESTRICTED = 'lint/style/noRestrictedImports';

const cases: readonly Case[] = [
  ...PACKAGES.flatMap((name): Case[] => {
    const source = (number: number): string => `packages/${name}/src/deep/case${number}.ts`;
    return [
      ...PACKAGES.filter((other) => other !== name).map((other, index) => {
        const allowed = ALLOWED[name]?.includes(other) === true;
        return {
          title: `${name} ${allowed ? 'may' : 'must not'} import ${other}`,
          file: source(index),
          specifier: `@blixt/${other}`,
          rule: allowed ? undefined : RESTRICTED,
        };
      }),
      ...PACKAGES.filter((other) => other !== name).map((other, index) => ({
        title: `${name} must not reach into ${other} by a path`,
        file: source(index + 10),
        specifier: `../../../${other}/src/index.ts`,
        rule: RESTRICTED,
      })),
      {
        title: `${name} must not import the app`,
        file: source(20),
        specifier: '@blixt/blixt',
        rule: RESTRICTED,
      },
      {
        title: `${name} must not reach into the app by a path`,
        file: source(21),
        specifier: '../../../../apps/blixt/src/index.ts',
        rule: RESTRICTED,
      },
      {
        title: `${name} must not reach past an index`,
        file: source(22),
        specifier: '@blixt/bpf-maps/src/codec.ts',
        rule: RESTRICTED,
      },
      {
        title: `${name} may import its own files`,
        file: source(23),
        specifier: '../codec/integer.ts',
        rule: undefined,
      },
    ];
  }),
  ...PACKAGES.flatMap((name, index): Case[] => [
    {
      title: `the app may import ${name}`,
      file: `apps/blixt/src/case${index}.ts`,
      specifier: `@blixt/${name}`,
      rule: undefined,
    },
    {
      title: `the app must not reach past the index of ${name}`,
      file: `apps/blixt/src/case${index + 10}.ts`,
      specifier: `@blixt/${name}/src/x.ts`,
      rule: RESTRICTED,
    },
    {
      title: `the app must not reach into ${name} by a path`,
      file: `apps/blixt/src/case${index + 20}.ts`,
      specifier: `../../../packages/${name}/src/x.ts`,
      rule: RESTRICTED,
    },
  ]),
  {
    title: 'gateway-model does no I/O: its sources import no Node module',
    file: 'packages/gateway-model/src/node.ts',
    specifier: 'node:fs',
    rule: 'lint/correctness/noNodejsModules',
  },
];

interface BiomeReport {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: string };
  }[];
}

let folder: string;
let report: BiomeReport;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'blixt-lint-'));
  copyFileSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
  for (const { file, specifier } of cases) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `import { thing } from '${specifier}';\nexport const copy = thing;\n`);
  }
  const args = ['lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json', '.'];
  report = JSON.parse(spawnSync(join(BIN, 'biome'), args, { cwd: folder, encoding: 'utf8' }).stdout);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the lint holds the directions of dependencies', () => {
  it.each(cases)('$title', ({ file, rule }) => {
    const rules = report.diagnostics.filter(({ location }) => location.path === file);
    expect(rules.map(({ category }) => category)).toEqual(rule === undefined ? [] : [rule]);
  });
});
