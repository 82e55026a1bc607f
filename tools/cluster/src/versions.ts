import pinned from '../versions.json' with { type: 'json' };

interface Versions {
  /** Of everything that is built from k8s.io/kubernetes; without the `v`. */
  readonly kubernetes: string;
}

/** What `versions.json` pins. */
export const versions: Versions = pinned;
