import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';

/** A directory of its own in the BPF file system, removed with all pins in it. */
export interface PinDirectory extends Disposable {
  readonly path: string;
}

export function makePinDirectory(): PinDirectory {
  const path = `/sys/fs/bpf/bpf-maps-${process.pid}-${randomBytes(4).toString('hex')}`;
  mkdirSync(path);
  return {
    path,
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}
