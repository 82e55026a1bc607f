import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { isSuccess } from './api-client.ts';
import type { ControlPlane } from './control-plane.ts';
import { ClusterError } from './errors.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

interface CrdManifest extends Manifest {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** Where the kinds live that such a folder has. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  ValidatingAdmissionPolicy: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
};

const isCrd = (manifest: Manifest): manifest is CrdManifest => manifest.kind === 'CustomResourceDefinition';

function readManifests(folder: string): Manifest[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document): Manifest | null => document.toJS())
    .filter((manifest) => manifest !== null)
    .filter(({ kind }) => COLLECTIONS[kind] !== undefined);
}

/** Server-side apply: the same whether it is there or not. */
async function apply(cluster: ControlPlane, manifest: Manifest): Promise<void> {
  const path = `${COLLECTIONS[manifest.kind]}/${manifest.metadata.name}`;
  const answer = await cluster.request('PATCH', path, {
    query: { fieldManager: 'blixt-cluster', force: 'true' },
    contentType: 'application/apply-patch+yaml',
    body: manifest,
  });
  if (isSuccess(answer)) return;
  const { kind, metadata } = manifest;
  const reason = JSON.stringify(answer.body);
  throw new ClusterError('CLUSTER_INSTALL_FAILED', `${kind} ${metadata.name}: ${answer.status} ${reason}`);
}

/** What a CRD serves: paths of collections. */
const servedPaths = ({ spec }: CrdManifest): string[] =>
  spec.versions
    .filter(({ served }) => served)
    .map(({ name }) => `/apis/${spec.group}/${name}/${spec.names.plural}`);

/**
 * Installs every CustomResourceDefinition of a folder's YAML files, with the ValidatingAdmissionPolicies and
 * bindings that come with them, and waits until each served version of each answers.
 *
 * @returns names of the CRDs, sorted.
 * @throws ClusterError `CLUSTER_INSTALL_FAILED`, and as `ControlPlane.request`.
 */
export async function installCrds(
  cluster: ControlPlane,
  folder: string,
  timeoutMs = 60_000,
): Promise<string[]> {
  const manifests = readManifests(folder);
  for (const manifest of manifests) await apply(cluster, manifest);
  const crds = manifests.filter(isCrd);
  const deadline = Date.now() + timeoutMs;
  for (const path of crds.flatMap(servedPaths)) {
    // A CRD that is not yet Established answers 404.
    for (;;) {
      const answer = await cluster.request('GET', path, { query: { limit: '1' } });
      if (isSuccess(answer)) break;
      if (Date.now() > deadline) {
        const reason = `${answer.status} ${JSON.stringify(answer.body)}`;
        throw new ClusterError('CLUSTER_INSTALL_FAILED', `${path} is not served: ${reason}`);
      }
      await sleep(50);
    }
  }
  return crds.map(({ metadata }) => metadata.name).sort();
}
