/** Every example object that the Go module ships, in whatever folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { moduleFolder, type ServedKind } from './crds.ts';
import { isObject, type JsonObject } from './json.ts';

/** An object of a served version, and where it comes from. */
export interface Sample {
  readonly served: ServedKind;
  readonly object: JsonObject;
  /** For people: the file, or what was done to which file's object. */
  readonly origin: string;
}

/** Reads every YAML file outside of the CRDs; of each, the documents that are objects of a served version. */
export function readExamples(kinds: readonly ServedKind[]): Sample[] {
  const samples: Sample[] = [];
  for (const entry of readdirSync(moduleFolder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.ya?ml$/.test(entry.name)) continue;
    const file = join(entry.parentPath, entry.name);
    const origin = relative(moduleFolder, file);
    if (origin.startsWith('config/crd/')) continue;
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
      if (document.errors.length > 0) continue;
      const object: unknown = document.toJS();
      if (!isObject(object)) continue;
      const served = kinds.find(
        ({ kind, apiVersion }) => kind === object.kind && apiVersion === object.apiVersion,
      );
      if (served !== undefined) samples.push({ served, object, origin });
    }
  }
  return samples.sort((a, b) => (a.origin < b.origin ? -1 : a.origin > b.origin ? 1 : 0));
}
