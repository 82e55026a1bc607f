import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, goBinary, type ReportProgress, writeImage } from '@blixt/cluster';
import { goModules, suiteFolder } from './go-binaries.ts';

const YAML_FOLDERS = ['base', 'tests'];

/** Every image that the suite's manifests name. */
async function imageNames(): Promise<string[]> {
  const suite = await suiteFolder();
  const texts = YAML_FOLDERS.flatMap((folder) =>
    readdirSync(join(suite, folder))
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => readFileSync(join(suite, folder, name), 'utf8')),
  );
  const names = texts.flatMap((text) =>
    [...text.matchAll(/^[\s-]*image: *(\S+)$/gm)].map(([, name = '']) => name),
  );
  return [...new Set(names)].sort();
}

/** Which of our binaries is behind a name, and where it lies in the image. */
function binaryOf(image: string): { readonly kind: 'echo' | 'coredns'; readonly path: string } {
  if (image.includes('/echo-basic:')) return { kind: 'echo', path: 'echo-basic' };
  if (image.includes('/coredns:')) return { kind: 'coredns', path: 'coredns' };
  throw new Error(`the suite's manifests name an image that nothing here builds: ${image}`);
}

/** Builds the images of the suite's backends from their sources, and loads them under every name that it uses. */
export async function loadSuiteImages(cluster: Cluster, report: ReportProgress): Promise<void> {
  const binaries = {
    echo: await goBinary(
      {
        module: goModules.suite,
        name: 'echo-basic',
        args: ['build', '-ldflags=-s -w', 'sigs.k8s.io/gateway-api/conformance/echo-basic'],
      },
      report,
    ),
    coredns: await goBinary(
      {
        module: goModules.coredns,
        name: 'coredns',
        args: ['build', '-ldflags=-s -w', '.'],
      },
      report,
    ),
  };
  const folder = mkdtempSync(join(tmpdir(), 'blixt-conformance-'));
  try {
    for (const name of await imageNames()) {
      const { kind, path } = binaryOf(name);
      const archive = join(folder, 'image.tar');
      writeImage({ name, files: { [path]: binaries[kind] }, entrypoint: [`/${path}`] }, archive);
      await cluster.loadImage(archive);
      report(`image ${name}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
