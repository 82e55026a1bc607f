import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makePinDirectory } from '../test/bpffs.ts';
import { BpfMap, u32 } from './index.ts';
import { bpfMounts, findPins } from './pins.ts';

const create = () => BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 1 });

describe('BPF file systems', () => {
  it('are found among all mounts, with names as they are', () => {
    const mountinfo = [
      '23 1 259:0 / / rw,relatime - ext4 /dev/root rw',
      '43 23 0:39 / /sys/fs/bpf rw,relatime shared:1 master:2 - bpf bpf rw,mode=700',
      '44 23 0:40 /part /mnt/a\\040b\\134c rw - bpf none rw',
      '45 23 0:41 / /mnt/bpf rw - tmpfs bpf rw',
      '46 23 0:39 / /sys/fs/bpf rw - bpf bpf rw',
      'nonsense',
      '',
    ].join('\n');
    expect(bpfMounts(mountinfo)).toEqual(['/sys/fs/bpf', '/mnt/a b\\c']);
    expect(bpfMounts('')).toEqual([]);
  });
});

describe('pins', () => {
  it('are found in directories of every BPF file system', () => {
    const mount = mkdtempSync(join(tmpdir(), 'bpf maps-'));
    execFileSync('sh', ['-c', 'mount -t bpf bpf "$0"', mount]);
    try {
      using usual = makePinDirectory();
      using map = create();
      mkdirSync(`${mount}/a/b`, { recursive: true });
      map.pin(`${mount}/a/b/deep`);
      map.pin(`${usual.path}/here`);
      // A symbolic link is no pin of its own.
      symlinkSync(`${usual.path}/here`, `${usual.path}/link`);
      expect(findPins().get(map.id)?.toSorted()).toEqual(
        [`${mount}/a/b/deep`, `${usual.path}/here`].toSorted(),
      );
    } finally {
      execFileSync('sh', ['-c', 'umount "$0"', mount]);
      rmSync(mount, { recursive: true });
    }
  });

  it('of other things are passed over', () => {
    using map = create();
    // The kernel's own: pinned iterators.
    expect([...findPins().values()].flat().filter((path) => path.endsWith('maps.debug'))).toEqual([]);
    expect(findPins().get(map.id)).toBeUndefined();
  });
});
