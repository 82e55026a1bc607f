/**
 * Generates src/generated/ from the CRDs of the Gateway API release that gateway-api.json names:
 * `types.ts` (TypeScript types, the CRDs' field docs as TSDoc) and `schemas.ts` (JSON schemas without docs,
 * for validation and defaulting). Run by `nx run @blixt/gateway-model:codegen`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { type Crd, type CrdSchema, type GatewayApiRelease, readCrds } from './crds.ts';
import { typeNames } from './type-names.ts';

const root = join(import.meta.dirname, '..');
const output = join(root, 'src', 'generated');
const release = JSON.parse(readFileSync(join(root, 'gateway-api.json'), 'utf8')) as GatewayApiRelease;
const kinds = [
  'GatewayClass',
  'Gateway',
  'ListenerSet',
  'TCPRoute',
  'UDPRoute',
  'HTTPRoute',
  'ReferenceGrant',
];
const banner = `// Generated from ${release.module} ${release.version} (${release.channel} channel) by scripts/codegen.ts. Do not edit.\n`;

/** Shared by all kinds, written by hand in src/objects/objects.ts. */
const handWritten = new Set(['Condition', 'LabelSelector', 'LabelSelectorRequirement']);

const apiVersions = (crd: Crd): string[] => crd.versions.map((version) => `${crd.group}/${version}`);

/** Keywords that TypeScript types are made of. */
const typeKeywords = new Set(['type', 'description', 'enum', 'required']);

/**
 * Copies a CRD schema as JSON schema for types: named nodes move to `definitions` (the first kind that names
 * a type defines it) and are referred to.
 */
function toTypeSchema(
  schema: CrdSchema,
  path: string,
  names: Record<string, string>,
  definitions: Record<string, JSONSchema>,
): JSONSchema {
  const name = names[path];
  if (name && handWritten.has(name)) return { tsType: name };
  if (name && definitions[name]) return { $ref: `#/definitions/${name}` };
  const result: JSONSchema = {};
  for (const [keyword, value] of Object.entries(schema))
    if (typeKeywords.has(keyword)) result[keyword] = value;
  if (name) definitions[name] = result;
  if (schema.properties) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([field, child]) => [
        field,
        toTypeSchema(child, path ? `${path}.${field}` : field, names, definitions),
      ]),
    );
    result.additionalProperties = false;
  } else if (typeof schema.additionalProperties === 'object') {
    result.additionalProperties = toTypeSchema(schema.additionalProperties, `${path}{}`, names, definitions);
  }
  if (schema.items) result.items = toTypeSchema(schema.items, `${path}[]`, names, definitions);
  if (!name) return result;
  result.title = name;
  return { $ref: `#/definitions/${name}` };
}

/** Marks fields, and arrays of named types, as readonly: the model never changes an object that it is given. */
const readonlyFields = (source: string): string =>
  source
    .replace(/^(\s+)((?:[\w$-]+|'[^']+'|\[k: string\])\??:(?: |$))/gm, '$1readonly $2')
    .replace(/^(\s+readonly [^:]+: )([\w$]+\[\];)$/gm, '$1readonly $2');

async function generateTypes(crds: readonly Crd[]): Promise<string> {
  const definitions: Record<string, JSONSchema> = {};
  for (const crd of crds) {
    const names = typeNames[crd.kind];
    if (!names) throw new Error(`expected type names for ${crd.kind} in scripts/type-names.ts, got none`);
    const schema = toTypeSchema(crd.schema, '', names, definitions);
    definitions[crd.kind] = {
      ...schema,
      title: crd.kind,
      properties: {
        ...schema.properties,
        apiVersion: { enum: apiVersions(crd) },
        kind: { const: crd.kind },
        metadata: { tsType: crd.scope === 'Namespaced' ? 'NamespacedObjectMeta' : 'ObjectMeta' },
      },
      required: ['apiVersion', 'kind', 'metadata', 'spec'],
    };
  }
  const source = await compile(
    {
      title: 'GatewayApiObject',
      oneOf: crds.map(({ kind }) => ({ $ref: `#/definitions/${kind}` })),
      definitions,
    },
    'GatewayApiObject',
    {
      bannerComment: '',
      additionalProperties: false,
      ignoreMinAndMaxItems: true,
      style: { singleQuote: true, printWidth: 110 },
    },
  );
  const imports = ['Condition', 'LabelSelector', 'NamespacedObjectMeta', 'ObjectMeta'];
  return `${banner}import type { ${imports.join(', ')} } from '../objects/objects.ts';\n\n${readonlyFields(source)}`;
}

/** Keywords that validation and defaulting read. */
const validationKeywords = new Set([
  'type',
  'format',
  'enum',
  'required',
  'default',
  'pattern',
  'nullable',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'oneOf',
  'anyOf',
  'allOf',
  'not',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
]);

function toValidationSchema(schema: CrdSchema): CrdSchema {
  const result: CrdSchema = {};
  for (const [keyword, value] of Object.entries(schema))
    if (validationKeywords.has(keyword)) result[keyword] = value;
  if (schema.properties) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([field, child]) => [field, toValidationSchema(child)]),
    );
    result.additionalProperties = false;
  } else if (typeof schema.additionalProperties === 'object') {
    result.additionalProperties = toValidationSchema(schema.additionalProperties);
  }
  if (schema.items) result.items = toValidationSchema(schema.items);
  return result;
}

function generateSchemas(crds: readonly Crd[]): string {
  const kinds = crds.map((crd) => {
    const { spec, status } = crd.schema.properties ?? {};
    return {
      kind: crd.kind,
      apiVersions: apiVersions(crd),
      namespaced: crd.scope === 'Namespaced',
      required: ['spec'],
      closed: true,
      fields: {
        spec: toValidationSchema(spec ?? {}),
        ...(status && { status: toValidationSchema(status) }),
      },
    };
  });
  return [
    banner,
    "import type { KindSchema } from '../validation/schemas.ts';\n",
    `export const gatewayApiVersion = '${release.version}';\n`,
    `export const gatewayApiSchemas: readonly KindSchema[] = ${JSON.stringify(kinds, null, 1)};\n`,
  ].join('\n');
}

const crds = readCrds(release, kinds);
const types = await generateTypes(crds);
mkdirSync(output, { recursive: true });
writeFileSync(join(output, 'types.ts'), types);
writeFileSync(join(output, 'schemas.ts'), generateSchemas(crds));
