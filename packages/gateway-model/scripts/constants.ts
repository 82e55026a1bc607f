/**
 * Writes src/generated/constants.ts: the condition types and reasons, the feature names, the values of the
 * fields that are one of a list, and the well-known keys, as the Go module's sources declare them.
 */
import { join } from 'node:path';
import { apiVersions, type Crd } from './crds.ts';
import { type GoConstant, type GoPackage, readGoPackage } from './go-source.ts';
import { type GoTypes, readApiPackage } from './go-types.ts';
import { type GatewayApiRelease, type GatewayApiSetting, moduleDirectory } from './release.ts';
import { tsdoc } from './tsdoc.ts';

/** Constants of one type. */
export interface ConstantGroup {
  /** Name of the Go type, and of the constant in TypeScript. */
  readonly name: string;
  readonly doc: string;
  /** In the order of the sources; the values are distinct. */
  readonly constants: readonly GoConstant[];
}

/** What is read of the Go module. */
export interface ModuleConstants {
  readonly groups: readonly ConstantGroup[];
  /** Keys of labels and annotations, and names of finalizers. */
  readonly keys: readonly GoConstant[];
}

const isConditionType = (name: string): boolean => /Condition(Type|Reason)$/.test(name);
const FEATURE_NAME = 'FeatureName';

/** Name of a feature's constant -> `Standard` or `Experimental`: `Feature{Name: SupportX, Channel: ...}`. */
const featureChannels = ({ text }: GoPackage): Map<string, string> =>
  new Map(
    [...text.matchAll(/Name:\s+(\w+),\s+Channel:\s+FeatureChannel(\w+),/g)].map(
      ([, name = '', channel = '']) => [name, channel] as const,
    ),
  );

/** Features are declared with and without their type. */
function features(source: GoPackage): GoConstant[] {
  const channels = featureChannels(source);
  return source.constants
    .filter(({ name }) => name.startsWith('Support'))
    .map((it) => {
      const isExperimental = channels.get(it.name) === 'Experimental';
      const note = isExperimental ? '\n\nOf fields of the experimental channel.' : '';
      return { ...it, type: FEATURE_NAME, doc: `${it.doc}${note}` };
    });
}

/** The constants of a release that are of use for the kinds of its channel. */
export function readConstants(release: GatewayApiRelease, types: Pick<GoTypes, 'texts'>): ModuleConstants {
  const directory = moduleDirectory(release);
  const api = readApiPackage(release, 'v1');
  const annotations = readGoPackage(join(directory, 'pkg', 'consts'));
  const groups = new Map<string, GoConstant[]>();
  for (const constant of [...api.constants, ...features(readGoPackage(join(directory, 'pkg', 'features')))]) {
    const { type, value } = constant;
    if (type === undefined) continue;
    const text = types.texts.get(type);
    if (!isConditionType(type) && !text) continue;
    if (text?.values && !text.values.includes(value)) continue;
    const group = groups.get(type) ?? [];
    if (!group.some((other) => other.value === value)) group.push(constant);
    groups.set(type, group);
  }
  return {
    groups: [...groups].map(([name, constants]) => ({
      name,
      doc: api.types.get(name)?.doc ?? '',
      constants,
    })),
    keys: [...api.constants, ...annotations.constants].filter(
      ({ type, value }) =>
        type === undefined && /[./]gateway\.networking\.k8s\.io$|^gateway\.networking\.k8s\.io\//.test(value),
    ),
  };
}

const quoted = (text: string): string => `'${text}'`;
const property = (text: string): string => (/^[A-Za-z_]\w*$/.test(text) ? text : quoted(text));

function writeGroup({ name, doc, constants }: ConstantGroup): string {
  const entries = constants.map(
    ({ value, doc }) =>
      `${tsdoc(doc || `The value \`${value}\` of {@link ${name}}.`, '  ')}  ${property(value)}: ${quoted(value)},\n`,
  );
  return [
    `${tsdoc(doc || `Values of \`${name}\`.`)}export const ${name} = {\n${entries.join('')}} as const;\n`,
    `${tsdoc(`One of the values of the constant \`${name}\`.`)}export type ${name} = (typeof ${name})[keyof typeof ${name}];\n`,
  ].join('\n');
}

/** `GatewayNameLabelKey` -> `GATEWAY_NAME_LABEL_KEY` */
const upperCase = (name: string): string => name.replace(/([a-z])(?=[A-Z])/g, '$1_').toUpperCase();

const servedVersions = (crds: readonly Crd[]): string =>
  [
    tsdoc('Values of `apiVersion` that the API server takes for a kind, the preferred one first.'),
    'export const servedVersions = {\n',
    ...crds.map(
      (crd) => `  /** Of ${crd.kind}. */\n  ${crd.kind}: [${apiVersions(crd).map(quoted).join(', ')}],\n`,
    ),
    '} as const satisfies Readonly<Record<GatewayApiKind, readonly string[]>>;\n',
  ].join('');

/** The text of src/generated/constants.ts. */
export function generateConstants(
  { groups, keys }: ModuleConstants,
  crds: readonly Crd[],
  { oldestVersion }: GatewayApiSetting,
  banner: string,
): string {
  const kinds: ConstantGroup = {
    name: 'GatewayApiKind',
    doc: 'The kinds of Gateway API.',
    constants: crds.map(({ kind, schema }) => ({ name: kind, value: kind, doc: schema.description ?? '' })),
  };
  return [
    banner,
    tsdoc('The oldest release of Gateway API whose CRDs serve what the package is written for.') +
      `export const oldestGatewayApiVersion = ${quoted(oldestVersion)};\n`,
    ...[kinds, ...groups].map(writeGroup),
    servedVersions(crds),
    ...keys.map(
      ({ name, value, doc }) => `${tsdoc(doc)}export const ${upperCase(name)} = ${quoted(value)};\n`,
    ),
  ].join('\n');
}
