/** The CRDs of the pinned release, read anew: nothing of what is tested takes part. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { crdDirectory } from '../../scripts/crds.ts';
import { moduleDirectory, pinnedRelease } from '../../scripts/release.ts';

/** A node of a CRD's structural schema. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
}

/** One served version of one kind. */
export interface ServedKind {
  readonly kind: string;
  readonly apiVersion: string;
  /** Path of its collection without a namespace: `/apis/GROUP/VERSION`. */
  readonly root: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Whether statuses are written apart from the rest. */
  readonly statusSubresource: boolean;
  readonly schema: Schema;
}

/** A CEL rule at its place in one served version of one kind. */
export interface Rule {
  readonly served: ServedKind;
  /** Path of the schema node: `spec.rules[].matches[]`. */
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

interface CrdDocument {
  readonly kind: string;
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly subresources?: { readonly status?: unknown };
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

const release = pinnedRelease();

/** Where the Go module is. */
export const moduleFolder: string = moduleDirectory(release);
/** Where its CRDs are. */
export const crdFolder: string = crdDirectory(release);

/** Every served version of every kind, sorted by kind. */
export function readServedKinds(): ServedKind[] {
  const served: ServedKind[] = [];
  for (const file of readdirSync(crdFolder).sort()) {
    for (const parsed of parseAllDocuments(readFileSync(join(crdFolder, file), 'utf8'))) {
      const document: CrdDocument = parsed.toJS();
      if (document?.kind !== 'CustomResourceDefinition') continue;
      const { group, scope, names, versions } = document.spec;
      for (const version of versions) {
        if (!version.served) continue;
        served.push({
          kind: names.kind,
          apiVersion: `${group}/${version.name}`,
          root: `/apis/${group}/${version.name}`,
          plural: names.plural,
          namespaced: scope === 'Namespaced',
          statusSubresource: version.subresources?.status !== undefined,
          schema: version.schema.openAPIV3Schema,
        });
      }
    }
  }
  return served;
}

/** The schemas below a node, with the steps that lead to them: a field's name, `[]` for items, `{}` for values. */
export function childSchemas(schema: Schema): [string, Schema][] {
  return [
    ...Object.entries(schema.properties ?? {}),
    ...(schema.items === undefined ? [] : [['[]', schema.items] satisfies [string, Schema]]),
    ...(typeof schema.additionalProperties === 'object'
      ? [['{}', schema.additionalProperties] satisfies [string, Schema]]
      : []),
  ];
}

/** Adds a step to a schema path. */
export const joinPath = (path: string, step: string): string =>
  step === '[]' || step === '{}' || path === '' ? `${path}${step}` : `${path}.${step}`;

/** Every CEL rule of a served version, at its place. */
export function rulesOf(served: ServedKind): Rule[] {
  const rules: Rule[] = [];
  const walk = (schema: Schema, path: string): void => {
    for (const { rule, message } of schema['x-kubernetes-validations'] ?? []) {
      rules.push({ served, path, rule, message });
    }
    for (const [step, child] of childSchemas(schema)) walk(child, joinPath(path, step));
  };
  walk(served.schema, '');
  return rules;
}
