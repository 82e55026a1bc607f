import type { AddressElection, DataPlane, DirectoryStatusWriter } from '@blixt/controller';

/** Drives a data plane by objects that come from somewhere. */
export interface Control {
  /** Which node answers for which address; undefined where this is the only one. */
  readonly election?: AddressElection;
  /**
   * Resolves when the data plane has loaded what is there, to the number of Gateways.
   *
   * @param statuses - for statuses that go nowhere else
   */
  start(dataPlane: DataPlane, statuses: DirectoryStatusWriter): Promise<number>;
  /**
   * The data plane stays as it is.
   *
   * @param options - `keep`: a successor of this process is to go on with it, and not another node
   */
  stop(options?: { readonly keep?: boolean }): Promise<void>;
}
