import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBuildCommand } from '../binaries/command.ts';
import { cacheDirectory } from '../binaries/kubernetes-binaries.ts';
import { PAUSE_IMAGE } from '../node/containerd.ts';
import { writeImage } from './image-archive.ts';

/** Holds a pod's namespaces open, and does nothing else. */
const SOURCE = `#include <unistd.h>
int main(void)
{
	for (;;)
		pause();
}
`;

/** The path of an archive with the image that every pod begins with; made when the cache does not have it. */
export async function pauseImage(): Promise<string> {
  const key = createHash('sha256').update(SOURCE).update(PAUSE_IMAGE).digest('hex').slice(0, 8);
  const target = join(cacheDirectory(), `pause-${process.arch}-${key}.tar`);
  if (existsSync(target)) return target;
  const folder = mkdtempSync(join(cacheDirectory(), 'pause-'));
  try {
    writeFileSync(join(folder, 'pause.c'), SOURCE);
    await runBuildCommand('gcc', ['-static', '-Os', '-s', '-o', 'pause', 'pause.c'], { cwd: folder });
    const archive = join(folder, 'pause.tar');
    writeImage(
      { name: PAUSE_IMAGE, files: { pause: join(folder, 'pause') }, entrypoint: ['/pause'] },
      archive,
    );
    // Whoever makes it at the same time makes the same.
    renameSync(archive, target);
    return target;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
