import { spawnSync } from 'node:child_process';
import type { ReportProgress } from '../binaries/command.ts';
import { kubernetesBinary } from '../binaries/kubernetes-binaries.ts';

/** Runs kubectl with this process's terminal; gives back its exit code. @throws ClusterError when it does not build */
export async function kubectl(
  kubeconfig: string,
  args: readonly string[],
  report: ReportProgress,
): Promise<number> {
  const binary = await kubernetesBinary('kubectl', report);
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  return spawnSync(binary, args, { stdio: 'inherit', env }).status ?? 1;
}
