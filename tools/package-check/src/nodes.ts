import { join } from 'node:path';
import { ROOT } from './packages.ts';

/** A release of Node that the packages support. */
export interface NodeRelease {
  readonly major: number;
  /** The folder to put first on PATH, so that `node` is this release. */
  readonly bin: string;
}

/** The oldest release that is supported, and the one that the repository runs on: npm installs both. */
export const nodeReleases: readonly [NodeRelease, ...NodeRelease[]] = [
  { major: 22, bin: join(import.meta.dirname, '../node_modules/.bin') },
  { major: 24, bin: join(ROOT, 'node_modules/.bin') },
];
