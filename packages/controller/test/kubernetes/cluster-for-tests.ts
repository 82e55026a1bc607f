import { type ControlPlane, startControlPlane } from '@blixt/cluster';
import { afterAll } from 'vitest';

/**
 * An API server of the test file's own, until its last test has ended. Await it at the top of the file, where no
 * time limit holds: the first use of kube-apiserver on a machine builds it, which takes minutes.
 */
export async function clusterForTests(): Promise<ControlPlane> {
  const cluster = await startControlPlane({ report: (line) => process.stderr.write(`cluster: ${line}\n`) });
  afterAll(() => cluster.stop());
  return cluster;
}
