import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmptyProject } from './empty-project.ts';
import { nodeReleases } from './nodes.ts';
import { publishedCommand, publishedPackages } from './packages.ts';
import { pack } from './tarball.ts';

/** `blixt` in an empty project, installed from tarballs, as npm does it for a user. */
export class InstalledCommand implements Disposable {
  readonly project = new EmptyProject();
  /** Path of the tarball of the command. */
  readonly tarball: string;
  /** Path of what npm made. */
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'blixt-tarballs-'));

  constructor() {
    this.path = join(this.project.folder, 'node_modules/.bin/blixt');
    this.tarball = pack(publishedCommand, this.#folder);
    const libraries = publishedPackages.map((published) => pack(published, this.#folder));
    const { status, stdout, stderr } = this.project.install([...libraries, this.tarball], nodeReleases[0]);
    if (status === 0) return;
    this[Symbol.dispose]();
    throw new Error(`npm install: ${stdout}${stderr}`);
  }

  [Symbol.dispose](): void {
    this.project[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
