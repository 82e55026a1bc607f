/**
 * `npm run codegen`: generates src/generated/ from the Gateway API release that gateway-api.json names:
 * `types.ts` (TypeScript types, documented as in the CRDs), `constants.ts` (condition types, reasons and other
 * named values) and `schemas.ts` (for validation and defaulting); and `blixt-schemas.ts` from our own CRDs in
 * crds/. When another release was generated before,
 * it prints what changed.
 *
 * `--output FOLDER` writes elsewhere.
 *
 * `npm run codegen -- --diff FROM [TO] [--json]` generates nothing: it prints what changed between two
 * releases; TO is the one that gateway-api.json names, if it is not given.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CodegenError } from './codegen-error.ts';
import { generateConstants, readConstants } from './constants.ts';
import { type Crd, readCrdFolder, readCrds } from './crds.ts';
import { type ApiSnapshot, compareApis } from './differences.ts';
import { formatChanges } from './differences-text.ts';
import { findGoTypes, type GoTypes, readApiPackage } from './go-types.ts';
import { type GatewayApiRelease, type GatewayApiSetting, pinnedRelease, settingFile } from './release.ts';
import { generateBlixtSchemas, generateSchemas } from './schemas.ts';
import { generateTypes } from './types.ts';

const usage = 'usage: npm run codegen [-- [--output FOLDER] | --diff FROM [TO] [--json]]';

/** Kinds that the package is written for. */
const expectedKinds = [
  'GatewayClass',
  'Gateway',
  'ListenerSet',
  'TCPRoute',
  'UDPRoute',
  'HTTPRoute',
  'ReferenceGrant',
];

interface ReleaseContents extends ApiSnapshot {
  readonly crds: readonly Crd[];
  readonly goTypes: GoTypes;
}

function readReleaseContents(release: GatewayApiRelease): ReleaseContents {
  const crds = readCrds(release);
  const goTypes = findGoTypes(crds, (version) => readApiPackage(release, version));
  return { version: release.version, crds, goTypes, constants: readConstants(release, goTypes) };
}

const ownCrds = join(import.meta.dirname, '..', 'crds');
const ownBanner = '// Generated from crds/ by scripts/codegen.ts. Do not edit.\n';

const bannerOf = ({ module, version, channel }: GatewayApiRelease): string =>
  `// Generated from ${module} ${version} (${channel} channel) by scripts/codegen.ts. Do not edit.\n`;

/** The release that the files were generated from before; undefined when there are none. */
function generatedRelease(output: string): GatewayApiRelease | undefined {
  const file = join(output, 'types.ts');
  if (!existsSync(file)) return undefined;
  const [firstLine = ''] = readFileSync(file, 'utf8').split('\n', 1);
  const found = /^\/\/ Generated from (\S+) (\S+) \((\S+) channel\)/.exec(firstLine);
  if (!found) return undefined;
  const [, module = '', version = '', channel = ''] = found;
  return { module, version, channel };
}

const nameOf = ({ version, channel }: GatewayApiRelease): string =>
  channel === 'standard' ? version : `${version} (${channel})`;

function printDifference(from: GatewayApiRelease, to: GatewayApiRelease, json: boolean): void {
  const changes = compareApis(readReleaseContents(from), readReleaseContents(to));
  const text = json
    ? `${JSON.stringify({ from: from.version, to: to.version, changes }, null, 2)}\n`
    : formatChanges(nameOf(from), nameOf(to), changes);
  process.stdout.write(text);
}

function generate(release: GatewayApiSetting, output: string): void {
  const { crds, goTypes, constants } = readReleaseContents(release);
  const missing = expectedKinds.filter((kind) => !crds.some((crd) => crd.kind === kind));
  if (missing.length > 0) {
    throw new CodegenError(
      `expected the kinds ${missing.join(', ')} in the ${release.channel} channel of ${release.version}, which has ${crds.map(({ kind }) => kind).join(', ')}: name another release in ${settingFile}`,
    );
  }
  const banner = bannerOf(release);
  const files = {
    'types.ts': generateTypes(crds, goTypes, banner),
    'constants.ts': generateConstants(constants, crds, release, banner),
    'schemas.ts': generateSchemas(crds, release, banner),
    'blixt-schemas.ts': generateBlixtSchemas(readCrdFolder(ownCrds), ownBanner),
  };
  const before = generatedRelease(output);
  mkdirSync(output, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(output, name), text);
  if (before && bannerOf(before) !== banner) printDifference(before, release, false);
}

function main(): void {
  const { values, positionals } = parseArgs({
    options: {
      diff: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      output: { type: 'string' },
    },
    allowPositionals: true,
  });
  const pinned = pinnedRelease();
  if (!values.diff) {
    if (positionals.length > 0 || values.json) throw new CodegenError(usage);
    generate(pinned, values.output ?? join(import.meta.dirname, '..', 'src', 'generated'));
    return;
  }
  const [from, to = pinned.version, ...others] = positionals;
  if (from === undefined || others.length > 0 || values.output !== undefined) throw new CodegenError(usage);
  printDifference({ ...pinned, version: from }, { ...pinned, version: to }, values.json);
}

try {
  main();
} catch (error) {
  const isUsage =
    error instanceof TypeError && 'code' in error && `${error.code}`.startsWith('ERR_PARSE_ARGS');
  if (!(error instanceof CodegenError) && !isUsage) throw error;
  console.error(`codegen: ${error.message}${isUsage ? `\n${usage}` : ''}`);
  process.exitCode = isUsage || error.message === usage ? 2 : 1;
}
