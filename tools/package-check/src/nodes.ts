import { join } from 'node:path';
import { nodeFromNpm } from './node-downloads.ts';
import { ROOT } from './packages.ts';

/** A release of Node that the packages support. */
export interface NodeRelease {
  readonly major: number;
  /** The folder to put first on PATH, so that `node` is this release. */
  readonly bin: string;
}

/** What comes next; npm has no way to install three. */
export const nextNode = nodeFromNpm('x64', '26.10.0');

/** The oldest release that is supported, and the one that the repository runs on: npm installs both. And the next. */
export const nodeReleases: readonly [NodeRelease, ...NodeRelease[]] = [
  { major: 22, bin: join(import.meta.dirname, '../node_modules/.bin') },
  { major: 24, bin: join(ROOT, 'node_modules/.bin') },
  { major: 26, bin: join(nextNode.folder, 'package/bin') },
];
