import type { StatusOwner, StatusUpdate } from '@blixt/gateway-model';
import type { ObjectKey } from './object.ts';

/** A status to write. */
export interface StatusWrite {
  /** The object with its new status. */
  readonly object: StatusOwner;
  /** What was decided, for a writer that has to put it onto a newer version of the object. */
  readonly updates: readonly StatusUpdate[];
}

/** Where statuses go: the Kubernetes API, or a directory. */
export interface StatusWriter {
  /**
   * The status that was written last, also by an earlier process; for sources whose objects carry none.
   * A writer whose source delivers statuses with the objects answers undefined.
   */
  current(key: ObjectKey): unknown;
  /** Writes those that differ from what was written last. Rejects when one could not be written. */
  write(writes: readonly StatusWrite[]): Promise<void>;
  /** The object is gone. */
  remove(key: ObjectKey): Promise<void>;
  /** These are all objects there are: what is known of others is of no use. */
  retain(keys: ReadonlySet<ObjectKey>): Promise<void>;
}
