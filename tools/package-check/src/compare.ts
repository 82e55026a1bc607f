/**
 * `npm run compare -w @blixt/gateway-model`: @blixt/gateway-model next to @kubernetes-models/gateway-api, each
 * installed from scratch in a folder of its own. Needs the npm registry.
 */
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type KubernetesObject, servedVersions, validate, withDefaults } from '@blixt/gateway-model';
import { bundleForBrowser } from './browser-bundle.ts';
import { EmptyProject } from './empty-project.ts';
import { nodeReleases } from './nodes.ts';
import { publishedPackages } from './packages.ts';
import { kilobytes, printTable } from './table.ts';
import { pack } from './tarball.ts';
import { rightObject, wrongObjects } from './wrong-objects.ts';

const RIVAL = '@kubernetes-models/gateway-api';
const RIVAL_VERSION = '2.0.0';
const GROUP = 'gateway.networking.k8s.io';

/** A class of the rival: an object of a kind, which can be validated. */
type RivalKind = new (fields: object) => { validate(): void };

/** Installs a package in a project and says what came. */
function install(
  project: EmptyProject,
  specifier: string,
): { readonly packages: number; readonly bytes: number } {
  const { status, stdout, stderr } = project.install([specifier], nodeReleases[0]);
  if (status !== 0) throw new Error(`npm install ${specifier}: ${stdout}${stderr}`);
  const root = join(project.folder, 'node_modules');
  const files = globSync('**/*', { cwd: root, withFileTypes: true }).filter((entry) => entry.isFile());
  const manifests = globSync(['*/package.json', '@*/*/package.json'], { cwd: root });
  const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  return { packages: manifests.length, bytes };
}

/** The rival's classes by `apiVersion kind`. */
async function loadRival(folder: string): Promise<ReadonlyMap<string, RivalKind>> {
  const root = join(folder, 'node_modules', RIVAL, GROUP);
  const kinds = new Map<string, RivalKind>();
  for (const index of globSync('v*/index.js', { cwd: root })) {
    const exported: Readonly<Record<string, RivalKind & { kind?: string; apiVersion?: string }>> =
      await import(pathToFileURL(join(root, index)).href);
    for (const model of Object.values(exported)) {
      if (model.kind?.endsWith('List') === false) kinds.set(`${model.apiVersion} ${model.kind}`, model);
    }
  }
  return kinds;
}

/** Whether the rival finds anything wrong with an object of a kind that it knows. */
function rivalRefuses(kinds: ReadonlyMap<string, RivalKind>, object: KubernetesObject): boolean {
  const Model = kinds.get(`${object.apiVersion} ${object.kind}`);
  if (Model === undefined) throw new Error(`${RIVAL} does not know ${object.kind}`);
  try {
    new Model(object).validate();
    return false;
  } catch {
    return true;
  }
}

/** Whether the rival gives a backendRef without a weight the weight that the API server gives it. */
function rivalFillsDefaults(kinds: ReadonlyMap<string, RivalKind>): boolean {
  const Model = kinds.get(`${rightObject.apiVersion} ${rightObject.kind}`);
  return Model !== undefined && JSON.stringify(new Model(rightObject)).includes('"weight":1');
}

/** Microseconds that a function takes: of some rounds, the fastest, which is the one that was disturbed least. */
function microseconds(run: () => unknown): string {
  const calls = 5_000;
  const rounds = Array.from({ length: 20 }, () => {
    const start = performance.now();
    for (let call = 0; call < calls; call++) run();
    return ((performance.now() - start) * 1_000) / calls;
  });
  return Math.min(...rounds).toFixed(1);
}

async function main(): Promise<void> {
  const [model] = publishedPackages;
  using oursIn = new EmptyProject();
  using theirsIn = new EmptyProject();
  const ours = install(oursIn, pack(model, oursIn.folder));
  const theirs = install(theirsIn, `${RIVAL}@${RIVAL_VERSION}`);
  const rival = await loadRival(theirsIn.folder);

  const kinds = Object.keys(servedVersions);
  const known = kinds.filter((kind) => rival.has(`${GROUP}/v1 ${kind}`));
  const ownBundle = await bundleForBrowser(model.name, ['validate'], oursIn.folder);
  const rivalBundle = await bundleForBrowser(`${RIVAL}/${GROUP}/v1`, known, theirsIn.folder);
  const yesOrNo = (yes: boolean): string => (yes ? 'yes' : 'no');

  printTable(
    ['', model.name, `${RIVAL} ${RIVAL_VERSION}`],
    [
      [
        `has as v1, of ${kinds.length} kinds of the standard channel`,
        ...[kinds, known].map((list) => String(list.length)),
      ],
      [
        'accepts a valid HTTPRoute',
        yesOrNo(validate(rightObject).length === 0),
        yesOrNo(!rivalRefuses(rival, rightObject)),
      ],
      [
        'fills in the defaults of it',
        yesOrNo(JSON.stringify(withDefaults(rightObject)).includes('"weight":1')),
        yesOrNo(rivalFillsDefaults(rival)),
      ],
      ...wrongObjects.map(({ fault, object, old }) => [
        `refuses ${fault}`,
        yesOrNo(validate(object, old === undefined ? {} : { old }).length > 0),
        yesOrNo(rivalRefuses(rival, object)),
      ]),
      [
        'microseconds to check a valid HTTPRoute',
        microseconds(() => validate(rightObject)),
        microseconds(() => rivalRefuses(rival, rightObject)),
      ],
      ...(['minified', 'gzipped'] as const).map((size) => [
        `its validation in a browser, ${size}`,
        kilobytes(ownBundle[size]),
        kilobytes(rivalBundle[size]),
      ]),
      ['packages in node_modules', ...[ours, theirs].map(({ packages }) => String(packages))],
      ['size of node_modules', ...[ours, theirs].map(({ bytes }) => kilobytes(bytes))],
    ],
  );
}

await main();
