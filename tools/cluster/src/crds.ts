import { setTimeout as sleep } from 'node:timers/promises';
import { isSuccess } from './api-client.ts';
import type { ControlPlane } from './control-plane.ts';
import { ClusterError } from './errors.ts';
import { applyManifests, type Manifest, readManifests } from './manifests.ts';

interface CrdManifest extends Manifest {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** What such a folder has that belongs to the CRDs. */
const KINDS: readonly string[] = [
  'CustomResourceDefinition',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
];

const isCrd = (manifest: Manifest): manifest is CrdManifest => manifest.kind === 'CustomResourceDefinition';

/** What a CRD serves: paths of collections. */
const servedPaths = ({ spec }: CrdManifest): string[] =>
  spec.versions
    .filter(({ served }) => served)
    .map(({ name }) => `/apis/${spec.group}/${name}/${spec.names.plural}`);

/**
 * Installs every CustomResourceDefinition of a folder's YAML files, or of one file, with the
 * ValidatingAdmissionPolicies and bindings that come with them, and waits until each served version of each answers.
 *
 * @returns names of the CRDs, sorted.
 * @throws ClusterError `CLUSTER_INSTALL_FAILED`, and as `ControlPlane.request`.
 */
export async function installCrds(
  cluster: ControlPlane,
  path: string,
  timeoutMs = 60_000,
): Promise<string[]> {
  const manifests = readManifests(path).filter(({ kind }) => KINDS.includes(kind));
  await applyManifests(cluster, manifests);
  const crds = manifests.filter(isCrd);
  const deadline = Date.now() + timeoutMs;
  for (const collection of crds.flatMap(servedPaths)) {
    // A CRD that is not yet Established answers 404.
    for (;;) {
      const answer = await cluster.request('GET', collection, { query: { limit: '1' } });
      if (isSuccess(answer)) break;
      if (Date.now() > deadline) {
        const reason = `${answer.status} ${JSON.stringify(answer.body)}`;
        throw new ClusterError('CLUSTER_INSTALL_FAILED', `${collection} is not served: ${reason}`);
      }
      await sleep(50);
    }
  }
  return crds.map(({ metadata }) => metadata.name).sort();
}
