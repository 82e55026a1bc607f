/** The CRDs without what they refuse: under them, anything of the right types can be stored. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { crdFolder } from './crds.ts';
import { isObject } from './json.ts';

/** What stays in a schema: types, and what is filled in. */
const KEPT = new Set([
  'type',
  'properties',
  'items',
  'additionalProperties',
  'default',
  'nullable',
  'x-kubernetes-preserve-unknown-fields',
]);

function laxSchema(schema: unknown): unknown {
  if (!isObject(schema)) return schema;
  const kept = Object.entries(schema).filter(([keyword]) => KEPT.has(keyword));
  return Object.fromEntries(
    kept.map(([keyword, value]) => {
      if (keyword === 'items' || keyword === 'additionalProperties') return [keyword, laxSchema(value)];
      if (keyword !== 'properties' || !isObject(value)) return [keyword, value];
      return [
        keyword,
        Object.fromEntries(Object.entries(value).map(([name, child]) => [name, laxSchema(child)])),
      ];
    }),
  );
}

/** Replaces every schema in a CRD, wherever it is. */
function laxCrd(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(laxCrd);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, child]) => [
      field,
      field === 'openAPIV3Schema' ? laxSchema(child) : laxCrd(child),
    ]),
  );
}

/** Writes them into a folder, which is made. */
export function writeLaxCrds(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(crdFolder)) {
    for (const document of parseAllDocuments(readFileSync(join(crdFolder, file), 'utf8'))) {
      const crd: unknown = document.toJS();
      if (!isObject(crd) || crd.kind !== 'CustomResourceDefinition') continue;
      writeFileSync(join(folder, file), JSON.stringify(laxCrd(crd)));
    }
  }
}
