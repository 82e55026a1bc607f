import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ClusterError } from '../errors.ts';

/** A container image of one layer. */
export interface Image {
  /** What manifests call it, for example `registry.k8s.io/pause:3.10`. */
  readonly name: string;
  /** What the layer holds: paths in the image, and which file of this machine is there. */
  readonly files: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Names that Go gives to processor architectures, as images have them. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  const why = error?.message ?? stderr.trim();
  throw new ClusterError('CLUSTER_BUILD_FAILED', `${command} ${args.join(' ')}: ${why}`);
}

/** The same bytes for the same files, whoever makes it and when. */
function archive(directory: string, target: string): void {
  const reproducible = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--sort=name'];
  run('tar', [...reproducible, '-cf', target, '.'], directory);
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/**
 * Writes an image as an archive that `docker load` and `ctr images import` take (Docker Image Specification v1.2,
 * https://github.com/moby/docker-image-spec).
 *
 * @throws ClusterError `CLUSTER_BUILD_FAILED`
 */
export function writeImage({ name, files, entrypoint, environment = {} }: Image, target: string): void {
  const folder = mkdtempSync(join(dirname(target), 'image-'));
  try {
    const root = join(folder, 'root');
    const image = join(folder, 'image');
    for (const path of [root, image]) mkdirSync(path);
    for (const [path, source] of Object.entries(files)) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      run('install', ['-m', '0755', source, join(root, path)], folder);
    }
    const layerPath = join(image, 'layer.tar');
    archive(root, layerPath);
    const config = JSON.stringify({
      architecture: ARCHITECTURES[process.arch] ?? process.arch,
      os: 'linux',
      config: {
        Entrypoint: entrypoint,
        Env: Object.entries(environment).map(([variable, value]) => `${variable}=${value}`),
      },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(readFileSync(layerPath))}`] },
    });
    const configName = `${sha256(config)}.json`;
    writeFileSync(join(image, configName), config);
    writeFileSync(
      join(image, 'manifest.json'),
      JSON.stringify([{ Config: configName, RepoTags: [name], Layers: ['layer.tar'] }]),
    );
    archive(image, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
