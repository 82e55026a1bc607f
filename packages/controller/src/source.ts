import type { ModelObject } from '@blixt/gateway-model';

/** One change of the cluster's state. */
export interface SourceEvent {
  /** Whether the object is there from now on, or no more. */
  readonly type: 'upsert' | 'delete';
  /** The new version; for a deletion the last one. */
  readonly object: ModelObject;
  /**
   * It is what a write of a status made of the object: beside that status, which was decided here, nothing has
   * changed. Default false.
   */
  readonly isOwnWrite?: boolean;
}

/** Takes changes that belong together, in order. Must not throw. */
export type SourceHandler = (events: readonly SourceEvent[]) => void;

/** Where objects come from: the Kubernetes API, or a directory of YAML files. */
export interface Source {
  /**
   * Starts to deliver changes: first what is there, then what changes. Resolves when all that was there at
   * the start has been delivered.
   *
   * @param onReleases - called when {@link Source.bundleVersions} changes after that
   */
  start(handler: SourceHandler, onReleases?: () => void): Promise<void>;
  /**
   * Values of the annotation `gateway.networking.k8s.io/bundle-version` of the CRDs of Gateway API that objects
   * come from (undefined for a CRD without). Absent: there are no CRDs.
   */
  readonly bundleVersions?: readonly (string | undefined)[];
  /** True once all that was there at the start has been delivered. */
  readonly synced: boolean;
  /** Delivers nothing more. */
  stop(): Promise<void>;
}
