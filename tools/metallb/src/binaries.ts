import { join } from 'node:path';
import { type GoModule, goBinary, goModuleFolder, type ReportProgress } from '@blixt/cluster';

const module: GoModule = { cache: 'metallb', name: 'metallb', folder: join(import.meta.dirname, '..', 'go') };

/** A program of MetalLB: what gives addresses to Services, or what announces them from a node. */
export type MetalLbProgram = 'controller' | 'speaker';

/**
 * The path of a program of MetalLB. It is built when the cache does not have it, which takes minutes.
 *
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, `CLUSTER_BUILD_FAILED`
 */
export const metalLbBinary = (program: MetalLbProgram, report: ReportProgress): Promise<string> =>
  goBinary(
    { module, name: program, args: ['build', '-ldflags=-s -w', `go.universe.tf/metallb/${program}`] },
    report,
  );

/** The folder of the CustomResourceDefinitions of the same version. */
export const metalLbCrds = async (): Promise<string> =>
  join(await goModuleFolder(module, 'go.universe.tf/metallb'), 'config', 'crd', 'bases');
