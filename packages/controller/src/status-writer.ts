import type { StatusOwner, StatusUpdate } from '@blixt/gateway-model';
import type { ObjectKey } from './object.ts';

/** A status to write. */
export interface StatusWrite {
  /** The object with its new status. */
  readonly object: StatusOwner;
  /** What was decided, for a writer that has to put it onto a newer version of the object. */
  readonly updates: readonly StatusUpdate[];
}

/** What a writer may ask the controller that it writes for. */
export interface StatusHost {
  /** The object as the controller knows it now. */
  object(key: ObjectKey): StatusOwner | undefined;
  /** What `metadata.finalizers` of a GatewayClass must become; undefined when they are right. */
  finalizers(key: ObjectKey): readonly string[] | undefined;
  /** Decides about everything again, and hands all statuses to the writer. */
  resync(): void;
}

/** Where statuses go: the Kubernetes API, or a directory. */
export interface StatusWriter {
  /**
   * Called once by the controller that it writes for, before anything else. A writer that has it is one whose
   * statuses come back with the objects, from the source: until they do, the objects are as they were. It is
   * handed unchanged decisions as well, as they may replace changed ones that are not written yet.
   */
  attach?(host: StatusHost): void;
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
