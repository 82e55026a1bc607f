import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Versions {
  /** Of kube-apiserver and, later, of everything else that is built from k8s.io/kubernetes; without the `v`. */
  readonly kubernetes: string;
}

/** What `versions.json` pins. */
export const versions: Versions = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'versions.json'), 'utf8'),
);
