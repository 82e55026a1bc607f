/**
 * Writes src/generated/schemas.ts: the trees that validation and defaulting walk, with the CRDs' rules
 * compiled. Nodes and rules that occur more than once are written once. Whatever is not understood fails
 * the generation.
 */
import { compileRule } from './cel/compile.ts';
import { translatePattern } from './cel/regexp.ts';
import { typeOfSchema } from './cel/types.ts';
import { apiVersions, type Crd, type CrdSchema } from './crds.ts';
import type { GatewayApiRelease } from './release.ts';

/** Keywords that are taken over as they are. */
const copied = new Set([
  'type',
  'nullable',
  'required',
  'default',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
]);

/** Formats that src/validation/formats.ts checks. */
const formats = new Set(['int32', 'int64', 'date-time', 'ipv4', 'ipv6']);

/** Keywords without a meaning for validation. */
const ignored = new Set(['description', 'title', 'example', 'x-kubernetes-map-type']);

const ruleKeywords = new Set(['rule', 'message', 'reason']);

/** Names of constants; they occur in no text of a CRD. */
const CONSTANT = /\b(?:schema|rule)_\d+\b/g;

class SchemaWriter {
  /** Text of a node or rule -> the name of its constant; what it uses comes before it. */
  readonly #constants = new Map<string, string>();
  readonly #where: string;
  readonly #compiled: boolean;

  constructor(where: string, compiled: boolean) {
    this.#where = where;
    this.#compiled = compiled;
  }

  /** The constants, and `body`; those that are used once are written where they are used. */
  finish(body: string): string {
    const uses = new Map<string, number>();
    for (const text of [...this.#constants.keys(), body])
      for (const [name] of text.matchAll(CONSTANT)) uses.set(name, (uses.get(name) ?? 0) + 1);
    const texts = new Map<string, string>();
    const inlined = (text: string): string => text.replace(CONSTANT, (name) => texts.get(name) ?? name);
    const declarations: string[] = [];
    for (const [text, name] of this.#constants) {
      const value = inlined(text);
      if ((uses.get(name) ?? 0) <= 1) texts.set(name, value);
      else declarations.push(`const ${name}: ${name.startsWith('rule') ? 'Rule' : 'Schema'} = ${value};\n`);
    }
    return `${declarations.join('')}\n${inlined(body)}`;
  }

  #constant(prefix: 'schema' | 'rule', text: string): string {
    const name = this.#constants.get(text) ?? `${prefix}_${this.#constants.size}`;
    this.#constants.set(text, name);
    return name;
  }

  #refuse(path: string, what: string): never {
    throw new Error(`${this.#where}, ${path || 'root'}: ${what}`);
  }

  /** The name of the constant of a node. */
  node(schema: CrdSchema, path: string): { readonly name: string; readonly ruled: boolean } {
    const parts: string[] = [];
    let ruled = false;
    const child = (childSchema: CrdSchema, childPath: string): string => {
      const { name, ruled: childRuled } = this.node(childSchema, childPath);
      ruled ||= childRuled;
      return name;
    };
    const add = (name: string, text: string): void => {
      parts.push(`${name}: ${text}`);
    };
    for (const [keyword, value] of Object.entries(schema)) {
      if (copied.has(keyword)) add(keyword, JSON.stringify(value));
      else if (ignored.has(keyword)) continue;
      else
        switch (keyword) {
          case 'format':
            if (!formats.has(String(value))) this.#refuse(path, `format ${value} is not known`);
            add('format', JSON.stringify(value));
            break;
          case 'pattern':
            add('pattern', this.#pattern(String(value), path));
            break;
          case 'properties': {
            const fields = Object.entries(schema.properties ?? {}).map(
              ([field, fieldSchema]) =>
                `${JSON.stringify(field)}: ${child(fieldSchema, path ? `${path}.${field}` : field)}`,
            );
            add('properties', `{ ${fields.join(', ')} }`);
            break;
          }
          case 'additionalProperties':
            if (typeof schema.additionalProperties !== 'object')
              return this.#refuse(path, `additionalProperties: ${schema.additionalProperties} is not known`);
            add('additionalProperties', child(schema.additionalProperties, `${path}{}`));
            break;
          case 'items':
            add('items', child(schema.items ?? {}, `${path}[]`));
            break;
          case 'oneOf':
          case 'anyOf':
          case 'allOf': {
            const branches = (value as CrdSchema[]).map((branch) => this.#branch(branch, path));
            add(keyword, `[${branches.join(', ')}]`);
            break;
          }
          case 'not':
            add('not', this.#branch(value as CrdSchema, path));
            break;
          case 'x-kubernetes-list-type':
            add('listType', JSON.stringify(value));
            break;
          case 'x-kubernetes-list-map-keys':
            add('listMapKeys', JSON.stringify(value));
            break;
          case 'x-kubernetes-validations': {
            ruled = true;
            const rules = (value as Record<string, unknown>[]).map((rule) => this.#rule(rule, schema, path));
            add('rules', `[${rules.join(', ')}]`);
            break;
          }
          default:
            this.#refuse(path, `keyword ${keyword} is not known`);
        }
    }
    if (ruled) add('ruled', 'true');
    return { name: this.#constant('schema', `{ ${parts.join(', ')} }`), ruled };
  }

  /** A branch of oneOf, anyOf, allOf or not: rules do not occur there. */
  #branch(schema: CrdSchema, path: string): string {
    const { name, ruled } = this.node(schema, path);
    if (ruled) this.#refuse(path, 'rules within oneOf, anyOf, allOf or not are not known');
    return name;
  }

  #pattern(pattern: string, path: string): string {
    try {
      return String(translatePattern(pattern));
    } catch (error) {
      return this.#refuse(path, error instanceof Error ? error.message : String(error));
    }
  }

  #rule(rule: Record<string, unknown>, schema: CrdSchema, path: string): string {
    const text = String(rule.rule);
    const unknown = Object.keys(rule).find((keyword) => !ruleKeywords.has(keyword));
    if (unknown) this.#refuse(path, `rule ${text}: keyword ${unknown} is not known`);
    const self = typeOfSchema(schema);
    if (!self) return this.#refuse(path, `rule ${text}: the type of self is not known`);
    try {
      const { test, item, same, careful, usesOldSelf, subject } = compileRule(text, self);
      const code = [
        test && `test: ${test}`,
        item && `item: ${item}`,
        same && `same: ${same}`,
        careful?.test && `carefulTest: ${careful.test}`,
        careful?.item && `carefulItem: ${careful.item}`,
      ];
      const message = String(rule.message ?? `failed rule: ${text}`).trim();
      const parts = [
        `rule: ${JSON.stringify(text.trim())}`,
        `message: ${JSON.stringify(message)}`,
        usesOldSelf && 'usesOldSelf: true',
        subject && subject.steps.length > 0 && `about: ${JSON.stringify(subject.steps)}`,
        subject?.code && `code: ${JSON.stringify(subject.code)}`,
        ...(this.#compiled ? code : []),
      ];
      return this.#constant('rule', `{ ${parts.filter((part) => part).join(', ')} }`);
    } catch (error) {
      return this.#refuse(path, `rule ${text}: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** Every field but those that all kinds share, which are checked apart. */
function ownFields({ schema, kind }: { readonly schema: CrdSchema; readonly kind: string }): CrdSchema {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...properties } = schema.properties ?? {};
  const restricted = Object.keys(metadata ?? {}).find(
    (keyword) => !['type', 'description'].includes(keyword),
  );
  if (restricted) throw new Error(`${kind}, metadata: keyword ${restricted} is not known`);
  return { ...schema, properties };
}

interface SchemaOptions {
  /** Rules that are not compiled have their CEL expression only. Default true. */
  readonly compiled?: boolean;
}

/** The text of src/generated/schemas.ts. */
export function generateSchemas(
  crds: readonly Crd[],
  release: GatewayApiRelease,
  banner: string,
  options: SchemaOptions = {},
): string {
  const version = [
    '/** The release of Gateway API that the types, the constants and the validation are of. */',
    `export const gatewayApiVersion = '${release.version}';\n`,
  ].join('\n');
  const source = `${release.module} ${release.version}`;
  return schemasFile('gatewayApiSchemas', crds, source, banner, version, options);
}

/** The text of src/generated/blixt-schemas.ts. */
export function generateBlixtSchemas(crds: readonly Crd[], banner: string): string {
  return schemasFile('blixtSchemas', crds, 'crds', banner, '', {});
}

function schemasFile(
  constant: string,
  crds: readonly Crd[],
  source: string,
  banner: string,
  preamble: string,
  { compiled = true }: SchemaOptions,
): string {
  const writer = new SchemaWriter(source, compiled);
  const kinds = crds.map((crd) => {
    const versions = crd.versions.map((version) => {
      const schema = crd.schemas[version] ?? crd.schema;
      const { name } = writer.node(ownFields({ schema, kind: crd.kind }), crd.kind);
      return `${JSON.stringify(`${crd.group}/${version}`)}: ${name}`;
    });
    return `  {
    kind: ${JSON.stringify(crd.kind)},
    apiVersions: ${JSON.stringify(apiVersions(crd))},
    namespaced: ${crd.scope === 'Namespaced'},
    statusSubresource: ${crd.statusSubresource},
    names: 'subdomain',
    schemas: { ${versions.join(', ')} },
  },\n`;
  });
  const body = writer.finish(`export const ${constant}: readonly KindSchema[] = [\n${kinds.join('')}];\n`);
  const types = ['KindSchema', 'Rule', 'Schema'].filter((type) => new RegExp(`\\b${type}\\b`).test(body));
  return [
    banner,
    ...(/\bcel\./.test(body) ? ["import * as cel from '../validation/cel.ts';"] : []),
    `import type { ${types.join(', ')} } from '../validation/schema.ts';\n`,
    preamble,
    body,
  ].join('\n');
}
