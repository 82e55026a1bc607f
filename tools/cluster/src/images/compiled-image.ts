import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBuildCommand } from '../binaries/command.ts';
import { cacheDirectory } from '../binaries/kubernetes-binaries.ts';
import { writeImage } from './image-archive.ts';

/** An image that holds one program, linked statically, and nothing else. */
export interface CompiledImage {
  /** What manifests call it. */
  readonly name: string;
  /** Of the program in the image, and of the archive in the cache. */
  readonly program: string;
  /** C. */
  readonly source: string;
}

/**
 * The path of an archive with an image; it is made when the cache does not have it, which takes a second.
 *
 * @throws ClusterError `CLUSTER_TOOL_MISSING`, `CLUSTER_BUILD_FAILED`
 */
export async function compiledImage({ name, program, source }: CompiledImage): Promise<string> {
  const cache = cacheDirectory();
  mkdirSync(cache, { recursive: true });
  const key = createHash('sha256').update(source).update(name).digest('hex').slice(0, 8);
  const target = join(cache, `${program}-${process.arch}-${key}.tar`);
  if (existsSync(target)) return target;
  const folder = mkdtempSync(join(cache, `${program}-`));
  try {
    writeFileSync(join(folder, `${program}.c`), source);
    await runBuildCommand('gcc', ['-static', '-Os', '-s', '-o', program, `${program}.c`], { cwd: folder });
    const archive = join(folder, `${program}.tar`);
    const files = { [program]: join(folder, program) };
    writeImage({ name, files, entrypoint: [`/${program}`] }, archive);
    // Whoever makes it at the same time makes the same.
    renameSync(archive, target);
    return target;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
