/** Reads the Custom Resource Definitions of a Gateway API release. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { CodegenError } from './codegen-error.ts';
import { type GatewayApiRelease, moduleDirectory } from './release.ts';

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

/** A kind. */
export interface Crd {
  kind: string;
  group: string;
  scope: 'Namespaced' | 'Cluster';
  /** Served versions, the preferred one (`v1`) first. */
  versions: string[];
  /** Whether the preferred version's status is written apart from the rest (`/status`). */
  statusSubresource: boolean;
  /** The schema of the preferred version. */
  schema: CrdSchema;
  /** Those of the other served versions, by version. */
  schemas: Record<string, CrdSchema>;
}

interface CrdDocument {
  kind: string;
  spec: {
    group: string;
    scope: 'Namespaced' | 'Cluster';
    names: { kind: string };
    versions: {
      name: string;
      served: boolean;
      schema: { openAPIV3Schema: CrdSchema };
      subresources?: { status?: object };
    }[];
  };
}

/** The order in which kinds are written; those that are not listed follow by name. */
const order = [
  'GatewayClass',
  'Gateway',
  'ListenerSet',
  'HTTPRoute',
  'GRPCRoute',
  'TLSRoute',
  'TCPRoute',
  'UDPRoute',
  'ReferenceGrant',
  'BackendTLSPolicy',
];

const rank = ({ kind }: Crd): number => (order.includes(kind) ? order.indexOf(kind) : order.length);

/** The served versions as objects name them: `gateway.networking.k8s.io/v1`; the preferred one first. */
export const apiVersions = (crd: Crd): string[] => crd.versions.map((version) => `${crd.group}/${version}`);

/** The folder of the release's CRDs, as YAML files. */
export function crdDirectory(release: GatewayApiRelease): string {
  const directory = join(moduleDirectory(release), 'config', 'crd', release.channel);
  if (existsSync(directory)) return directory;
  throw new CodegenError(
    `expected a channel of ${release.version} (standard or experimental), got ${JSON.stringify(release.channel)}`,
  );
}

function toCrd({ spec: { group, scope, names, versions } }: CrdDocument): Crd | undefined {
  const served = versions.filter((version) => version.served);
  const preferred = served.find((version) => version.name === 'v1') ?? served[0];
  if (!preferred) return undefined;
  const others = served.filter((version) => version !== preferred);
  return {
    kind: names.kind,
    group,
    scope,
    versions: [preferred.name, ...others.map((version) => version.name)],
    statusSubresource: preferred.subresources?.status !== undefined,
    schema: preferred.schema.openAPIV3Schema,
    schemas: Object.fromEntries(others.map(({ name, schema }) => [name, schema.openAPIV3Schema])),
  };
}

/** Reads every kind of the release's channel that is served. */
export const readCrds = (release: GatewayApiRelease): Crd[] => readCrdFolder(crdDirectory(release));

/** Reads every kind of a folder of YAML files that is served. */
export function readCrdFolder(directory: string): Crd[] {
  const crds: Crd[] = [];
  for (const file of readdirSync(directory)) {
    if (!file.endsWith('.yaml')) continue;
    for (const parsed of parseAllDocuments(readFileSync(join(directory, file), 'utf8'))) {
      const document = parsed.toJS() as CrdDocument | null;
      const crd = document?.kind === 'CustomResourceDefinition' ? toCrd(document) : undefined;
      if (crd) crds.push(crd);
    }
  }
  return crds.sort((a, b) => rank(a) - rank(b) || (a.kind < b.kind ? -1 : 1));
}
