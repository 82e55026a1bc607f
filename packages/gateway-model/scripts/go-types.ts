/**
 * Finds the Go type at each place of a kind's schema: its name is the name of the TypeScript type, its comment
 * the documentation.
 */
import { join } from 'node:path';
import type { Crd, CrdSchema } from './crds.ts';
import { type GoField, type GoPackage, type GoType, readGoPackage } from './go-source.ts';
import { type GatewayApiRelease, moduleDirectory } from './release.ts';

/** A Go type that stands for text, as the schemas use it. */
export interface TextType {
  readonly name: string;
  /** The only values that the schemas allow; absent where they allow others. */
  readonly values?: readonly string[];
}

/** The Go types of the kinds. */
export interface GoTypes {
  /** kind -> path in its schema (`spec.listeners[].tls`, `''` for the object) -> struct. */
  readonly structs: ReadonlyMap<string, ReadonlyMap<string, GoType>>;
  /** By name. */
  readonly texts: ReadonlyMap<string, TextType>;
}

/** The Go package that declares a version of the API. */
export function readApiPackage(release: GatewayApiRelease, version: string): GoPackage {
  return readGoPackage(join(moduleDirectory(release), 'apis', version));
}

/** A struct that has nothing but another struct's fields is that other struct. */
function resolveType(name: string, types: ReadonlyMap<string, GoType>): GoType {
  const type = types.get(name) ?? { name: name.replace(/^\w+\./, ''), doc: '' };
  const [only, ...others] = type.fields ?? [];
  return only?.json === '' && others.length === 0 ? resolveType(only.type, types) : type;
}

/** The fields of a struct, those of inlined structs among them. */
function* fieldsOf(type: GoType, types: ReadonlyMap<string, GoType>): Iterable<GoField> {
  for (const field of type.fields ?? []) {
    if (field.json === '') yield* fieldsOf(resolveType(field.type, types), types);
    else yield field;
  }
}

/** Goes through the kinds' schemas and their Go types side by side. */
export function findGoTypes(crds: readonly Crd[], packageOf: (version: string) => GoPackage): GoTypes {
  const structs = new Map<string, Map<string, GoType>>();
  const texts = new Map<string, TextType>();
  for (const crd of crds) {
    const { types } = packageOf(crd.versions[0] ?? '');
    const paths = new Map<string, GoType>();
    const visit = (schema: CrdSchema, path: string, typeName: string): void => {
      const items =
        schema.items ?? (typeof schema.additionalProperties === 'object' && schema.additionalProperties);
      if (items) {
        visit(items, `${path}${schema.items ? '[]' : '{}'}`, types.get(typeName)?.of ?? typeName);
        return;
      }
      const type = resolveType(typeName, types);
      if (schema.properties) {
        paths.set(path, type);
        const fields = new Map([...fieldsOf(type, types)].map((field) => [field.json, field.type]));
        for (const [name, child] of Object.entries(schema.properties)) {
          const fieldType = fields.get(name);
          if (fieldType) visit(child, path ? `${path}.${name}` : name, fieldType);
        }
      } else if (type.of === 'string') {
        const values = schema.enum as readonly string[] | undefined;
        const known = texts.get(type.name);
        texts.set(type.name, {
          name: type.name,
          ...(values &&
            (!known || known.values) && { values: [...new Set([...(known?.values ?? []), ...values])] }),
        });
      }
    };
    visit(crd.schema, '', crd.kind);
    structs.set(crd.kind, paths);
  }
  return { structs, texts };
}
