import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane.ts';
import { installCrds } from './crds.ts';
import { ClusterError } from './errors.ts';

const MODULE = 'sigs.k8s.io/gateway-api';

/** Runs `go` outside of any Go module, so that no go.mod of ours takes part. */
const go = (...args: string[]): string => {
  const { error, stdout, stderr } = spawnSync('go', args, { cwd: tmpdir(), encoding: 'utf8' });
  if (error) throw new ClusterError('CLUSTER_TOOL_MISSING', `go cannot be run: ${error.message}`);
  return stdout.trim() || stderr.trim();
};

/** See https://gateway-api.sigs.k8s.io/concepts/versioning/#release-channels. */
export type GatewayApiChannel = 'standard' | 'experimental';

/**
 * The folder with the CRDs of a channel of a release of Gateway API, from its Go module.
 *
 * @param version - for example `v1.7.0`
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, `CLUSTER_INSTALL_FAILED`
 */
export function gatewayApiCrds(version: string, channel: GatewayApiChannel = 'standard'): string {
  const module = join(go('env', 'GOMODCACHE'), `${MODULE}@${version}`);
  // `go` fails when the module wants a newer Go, although it has fetched it: only the folder tells.
  const output = existsSync(module) ? '' : go('mod', 'download', '-json', `${MODULE}@${version}`);
  const folder = join(module, 'config/crd', channel);
  if (existsSync(folder)) return folder;
  throw new ClusterError('CLUSTER_INSTALL_FAILED', `${MODULE}@${version} cannot be had: ${output}`);
}

/**
 * Installs the CRDs of a channel of a release of Gateway API, as {@link installCrds} does.
 *
 * @returns names of the CRDs, sorted
 * @throws ClusterError as {@link gatewayApiCrds} and {@link installCrds} do
 */
export function installGatewayApi(
  cluster: ControlPlane,
  version: string,
  channel: GatewayApiChannel = 'standard',
): Promise<string[]> {
  return installCrds(cluster, gatewayApiCrds(version, channel));
}
