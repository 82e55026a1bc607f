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
 * The files of the packages that somebody depends on.
 *
 * @param resolve - `import.meta.resolve` of a module whose package depends on @blixt/blixt (or is it) and on
 * @blixt/gateway-model.
 */
export function blixtFiles(resolve: (specifier: string) => string): BlixtFiles {
  const file = (name: string, path: string): string =>
    fileURLToPath(new URL(path, resolve(`${name}/package.json`)));
  return {
    command: file('@blixt/blixt', 'dist/main.js'),
    rbac: file('@blixt/blixt', 'deploy/rbac.yaml'),
    crds: file('@blixt/gateway-model', 'crds'),
  };
}
