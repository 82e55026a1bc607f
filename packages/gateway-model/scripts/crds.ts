/**
 * Finds the Custom Resource Definitions of the pinned Gateway API release: a Go module, fetched and checked
 * against Go's checksum database by the `go` command.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** A node of a CRD's structural schema. */
export interface CrdSchema {
  type?: string;
  description?: string;
  properties?: Record<string, CrdSchema>;
  additionalProperties?: CrdSchema | boolean;
  items?: CrdSchema;
  required?: string[];
  default?: unknown;
  [keyword: string]: unknown;
}

export interface Crd {
  kind: string;
  group: string;
  scope: 'Namespaced' | 'Cluster';
  /** Served versions, the preferred one (`v1`) first. */
  versions: string[];
  /** The schema of the preferred version. */
  schema: CrdSchema;
  /** Those of the other served versions, by version. */
  schemas: Record<string, CrdSchema>;
}

export interface GatewayApiRelease {
  module: string;
  version: string;
  channel: string;
}

interface CrdDocument {
  kind: string;
  spec: {
    group: string;
    scope: 'Namespaced' | 'Cluster';
    names: { kind: string };
    versions: { name: string; served: boolean; schema: { openAPIV3Schema: CrdSchema } }[];
  };
}

/** The served versions as objects name them: `gateway.networking.k8s.io/v1`; the preferred one first. */
export const apiVersions = (crd: Crd): string[] => crd.versions.map((version) => `${crd.group}/${version}`);

/** Runs `go` outside of any Go module, so that no go.mod of ours takes part. */
function go(...args: string[]): { output: string } {
  const { error, status, stdout, stderr } = spawnSync('go', args, { cwd: tmpdir(), encoding: 'utf8' });
  if (error) {
    throw new Error(`expected the command go on the PATH, got: ${error.message}. Install Go 1.22 or newer.`);
  }
  return { output: status === 0 ? stdout.trim() : `${stderr}${stdout}`.trim() };
}

/** The directory of the extracted Go module; it is downloaded when it is not in Go's module cache. */
export function moduleDirectory({ module, version }: GatewayApiRelease): string {
  const cache = go('env', 'GOMODCACHE').output;
  const directory = join(cache, `${module}@${version}`);
  if (existsSync(directory)) return directory;
  // `go` exits with 1 when the module's go.mod asks for a newer Go than this one, although it has
  // downloaded, verified and extracted the module: only the directory tells.
  const { output } = go('mod', 'download', '-json', `${module}@${version}`);
  if (existsSync(directory)) return directory;
  throw new Error(
    `expected the Go module ${module}@${version} in ${directory}, got: ${output}\nCheck that the Go module proxy can be reached.`,
  );
}

/** Reads the CRDs of the given kinds, in the order of `kinds`. */
export function readCrds(release: GatewayApiRelease, kinds: readonly string[]): Crd[] {
  const directory = join(moduleDirectory(release), 'config', 'crd', release.channel);
  const found = new Map<string, Crd>();
  for (const file of readdirSync(directory)) {
    if (!file.endsWith('.yaml')) continue;
    for (const parsed of parseAllDocuments(readFileSync(join(directory, file), 'utf8'))) {
      const document = parsed.toJS() as CrdDocument;
      if (document.kind !== 'CustomResourceDefinition') continue;
      const { group, scope, names, versions } = document.spec;
      const served = versions.filter((version) => version.served);
      const preferred = served.find((version) => version.name === 'v1') ?? served[0];
      if (!preferred) continue;
      const others = served.filter((version) => version !== preferred);
      found.set(names.kind, {
        kind: names.kind,
        group,
        scope,
        versions: [preferred.name, ...others.map((version) => version.name)],
        schema: preferred.schema.openAPIV3Schema,
        schemas: Object.fromEntries(others.map(({ name, schema }) => [name, schema.openAPIV3Schema])),
      });
    }
  }
  return kinds.map((kind) => {
    const crd = found.get(kind);
    if (!crd) throw new Error(`expected a CRD of kind ${kind} in ${directory}, got ${[...found.keys()]}`);
    return crd;
  });
}
