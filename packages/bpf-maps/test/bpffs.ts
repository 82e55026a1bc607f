import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const BPFFS = '/sys/fs/bpf';

/** A directory of its own in the BPF file system, removed with all pins in it. */
export interface PinDirectory extends Disposable {
  readonly path: string;
}

/** Removes what processes left that were killed. */
function sweep(): void {
  for (const name of readdirSync(BPFFS)) {
    const [, pid] = /^bpf-maps-(\d+)-[0-9a-f]{8}$/.exec(name) ?? [];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    rmSync(join(BPFFS, name), { recursive: true, force: true });
  }
}

export function makePinDirectory(): PinDirectory {
  sweep();
  const path = join(BPFFS, `bpf-maps-${process.pid}-${randomBytes(4).toString('hex')}`);
  mkdirSync(path);
  return {
    path,
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}
