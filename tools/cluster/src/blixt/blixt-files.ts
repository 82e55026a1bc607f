import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where what is run and installed of Blixt lies. */
export interface BlixtFiles {
  /** The command `blixt`: a module that Node.js runs. */
  readonly command: string;
  /** The manifest with its namespace, its service account and the rights of that. */
  readonly rbac: string;
  /** The folder with its CustomResourceDefinitions. */
  readonly crds: string;
}

/**
 * The files of Blixt, as it is built or installed.
 *
 * @param manifest - URL of the package.json of @blixt/blixt: `import.meta.resolve('@blixt/blixt/package.json')`
 */
export function blixtFiles(manifest: string): BlixtFiles {
  const root = dirname(fileURLToPath(manifest));
  // As the command itself finds it, wherever npm has put it.
  const model = dirname(createRequire(manifest).resolve('@blixt/gateway-model/package.json'));
  return {
    command: join(root, 'dist', 'main.js'),
    rbac: join(root, 'deploy', 'rbac.yaml'),
    crds: join(model, 'crds'),
  };
}
