import { execFileSync } from 'node:child_process';

/** Once, before test files run side by side: the BPF file system, where there is none yet. */
export function setup(): void {
  execFileSync('sh', ['-c', 'mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf']);
}
