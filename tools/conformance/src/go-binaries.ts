import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GoModule, goModuleFolder } from '@blixt/cluster';

const folderOf = (name: string): string => join(import.meta.dirname, '..', 'go', name);

const moduleOf = (name: string): GoModule => ({ cache: 'conformance', name, folder: folderOf(name) });

/** The Go modules below `go/`. */
export const goModules = { suite: moduleOf('suite'), coredns: moduleOf('coredns') } as const;

/** The folder of the suite's module, as Go keeps it: its manifests are in it. */
export const suiteFolder = (): Promise<string> =>
  goModuleFolder(goModules.suite, 'sigs.k8s.io/gateway-api/conformance');

/** The version of the suite and of the CRDs that it wants, such as `v1.6.3`. */
export function suiteVersion(): string {
  const goMod = readFileSync(join(folderOf('suite'), 'go.mod'), 'utf8');
  const [, version] = /^require sigs\.k8s\.io\/gateway-api\/conformance (\S+)$/m.exec(goMod) ?? [];
  if (version === undefined)
    throw new Error('go/suite/go.mod requires no sigs.k8s.io/gateway-api/conformance');
  return version;
}
