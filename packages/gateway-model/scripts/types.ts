/**
 * Writes src/generated/types.ts: TypeScript types of the kinds, named and documented as the Go types are, the
 * fields documented as in the CRDs.
 */
import { CodegenError } from './codegen-error.ts';
import { apiVersions, type Crd, type CrdSchema } from './crds.ts';
import type { GoTypes } from './go-types.ts';
import { tsdoc } from './tsdoc.ts';

/** Shared with kinds that are not Gateway API's, written by hand in src/objects/objects.ts. */
const handWritten = new Set(['Condition', 'LabelSelector', 'LabelSelectorRequirement']);

const scalars: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'number',
  number: 'number',
  object: 'Readonly<Record<string, unknown>>',
};

/** A value as TypeScript source. */
const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replace(/['\\]/g, '\\$&')}'` : JSON.stringify(value);

const property = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name));

/** `1 to 64 items`; undefined where there are no limits. */
function range(from: unknown, to: unknown, unit: string): string | undefined {
  if (from === undefined && to === undefined) return undefined;
  const limits =
    from === undefined ? `at most ${to}` : to === undefined ? `at least ${from}` : `${from} to ${to}`;
  return from === to ? `${from}${unit}` : `${limits}${unit}`;
}

/** What the schema demands of a field and its description may not say. */
function limits(schema: CrdSchema): string {
  const found = [
    range(schema.minimum, schema.maximum, ''),
    range(schema.minLength, schema.maxLength, ' characters'),
    range(schema.minItems, schema.maxItems, ' items'),
    range(schema.minProperties, schema.maxProperties, ' entries'),
  ].filter((text) => text !== undefined);
  return found.length === 0 ? '' : `\n\nAllowed: ${found.join(', ')}.`;
}

/** `backendRequest` -> `The backend request.` */
const nameAsText = (name: string): string =>
  `The ${name.replace(/[A-Z]+/g, (capitals) => ` ${capitals.toLowerCase()}`)}.`;

function fieldDoc(name: string, schema: CrdSchema): string {
  const tags = schema.default === undefined ? [] : [`@defaultValue \`${JSON.stringify(schema.default)}\``];
  return tsdoc(`${schema.description || nameAsText(name)}${limits(schema)}`, '  ', tags);
}

/** The schema without what makes no difference to values. */
function withoutDescriptions(schema: CrdSchema): string {
  return JSON.stringify(schema, (key, value) =>
    key === 'description' && typeof value === 'string' ? undefined : value,
  );
}

/** All served versions of a kind share one type, so that they must have one schema. */
function checkVersions({ kind, schema, schemas }: Crd): void {
  for (const [version, other] of Object.entries(schemas)) {
    if (withoutDescriptions(other) === withoutDescriptions(schema)) continue;
    throw new CodegenError(
      `expected every served version of ${kind} to have the same schema, got another one for ${version}: scripts/types.ts makes one type of a kind`,
    );
  }
}

/** Interfaces by name, in the order in which they were found. */
class Interfaces {
  readonly #sources = new Map<string, { readonly source: string; readonly shape: string }>();

  /** Adds an interface. Where its name is known already, both must have the same fields. */
  add(name: string, doc: string, fields: readonly { readonly doc: string; readonly code: string }[]): void {
    const shape = fields.map(({ code }) => `  ${code}\n`).join('');
    const known = this.#sources.get(name);
    if (known && known.shape !== shape) {
      throw new CodegenError(`expected one shape of the type ${name}, got\n${known.shape}and\n${shape}`);
    }
    const body = fields.map((field) => `${field.doc}  ${field.code}\n`).join('\n');
    if (!known)
      this.#sources.set(name, { source: `${tsdoc(doc)}export interface ${name} {\n${body}}\n`, shape });
  }

  /** The source of each. */
  sources(): string[] {
    return [...this.#sources.values()].map(({ source }) => source);
  }
}

/** Adds the interfaces of a kind. */
function addKind(crd: Crd, goTypes: GoTypes, interfaces: Interfaces): void {
  const structs = goTypes.structs.get(crd.kind);

  /** @param place - the field that the type is for, as a link to it */
  function typeOf(schema: CrdSchema, path: string, place: string): string {
    const nullable = schema.nullable === true ? ' | null' : '';
    if (schema.items) {
      const item = typeOf(schema.items, `${path}[]`, place);
      return `readonly ${item.includes(' | ') ? `(${item})` : item}[]${nullable}`;
    }
    if (schema.properties) return `${structType(schema, path, place)}${nullable}`;
    if (typeof schema.additionalProperties === 'object') {
      return `Readonly<Record<string, ${typeOf(schema.additionalProperties, `${path}{}`, place)}>>${nullable}`;
    }
    if (Array.isArray(schema.enum)) return `${schema.enum.map(literal).join(' | ')}${nullable}`;
    const scalar = scalars[schema.type ?? ''];
    if (!scalar)
      throw new CodegenError(`expected a type of ${crd.kind} ${path}, got ${JSON.stringify(schema.type)}`);
    return `${scalar}${nullable}`;
  }

  function structType(schema: CrdSchema, path: string, place: string): string {
    const struct = structs?.get(path);
    if (!struct)
      throw new CodegenError(
        `expected the Go type of ${crd.kind} ${path}, found none in the module's sources`,
      );
    if (handWritten.has(struct.name)) return struct.name;
    const required = new Set(schema.required);
    const fields = Object.entries(schema.properties ?? {}).map(([name, child]) => ({
      doc: fieldDoc(name, child),
      code: `readonly ${property(name)}${required.has(name) ? '' : '?'}: ${typeOf(child, `${path}.${name}`, `{@link ${struct.name}.${name}}`)};`,
    }));
    interfaces.add(struct.name, struct.doc || schema.description || `See ${place}.`, fields);
    return struct.name;
  }

  const { spec, status } = crd.schema.properties ?? {};
  const metadata = crd.scope === 'Namespaced' ? 'NamespacedObjectMeta' : 'ObjectMeta';
  const versions = apiVersions(crd).map(literal).join(' | ');
  interfaces.add(crd.kind, crd.schema.description ?? '', [
    {
      doc: tsdoc('Group and version: one of those that are served.', '  '),
      code: `readonly apiVersion: ${versions};`,
    },
    { doc: tsdoc('Name of the kind.', '  '), code: `readonly kind: '${crd.kind}';` },
    { doc: tsdoc('Name, labels and other metadata.', '  '), code: `readonly metadata: ${metadata};` },
    ...(spec ? [{ doc: fieldDoc('spec', spec), code: `readonly spec: ${structs?.get('spec')?.name};` }] : []),
    ...(status
      ? [{ doc: fieldDoc('status', status), code: `readonly status?: ${structs?.get('status')?.name};` }]
      : []),
  ]);
  if (spec) structType(spec, 'spec', `{@link ${crd.kind}.spec}`);
  if (status) structType(status, 'status', `{@link ${crd.kind}.status}`);
}

/** The text of src/generated/types.ts. */
export function generateTypes(crds: readonly Crd[], goTypes: GoTypes, banner: string): string {
  const interfaces = new Interfaces();
  for (const crd of crds) {
    checkVersions(crd);
    addKind(crd, goTypes, interfaces);
  }
  const kinds = crds.map(({ kind }) => `  | ${kind}`).join('\n');
  return [
    banner,
    `import type { ${[...handWritten].join(', ')}, NamespacedObjectMeta, ObjectMeta } from '../objects/objects.ts';\n`,
    `${tsdoc('An object of any kind of Gateway API; `kind` tells which.')}export type GatewayApiObject =\n${kinds};\n`,
    ...interfaces.sources(),
  ].join('\n');
}
