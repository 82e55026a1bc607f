import type { DataPlane, DirectoryStatusWriter } from '@blixt/controller';

/** Drives a data plane by objects that come from somewhere. */
export interface Control {
  /**
   * Resolves when the data plane has loaded what is there, to the number of Gateways.
   *
   * @param statuses - for statuses that go nowhere else
   */
  start(dataPlane: DataPlane, statuses: DirectoryStatusWriter): Promise<number>;
  /** The data plane stays as it is. */
  stop(): Promise<void>;
}
