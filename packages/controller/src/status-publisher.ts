import {
  isStatusOwner,
  type ModelObject,
  mergeStatus,
  type ObjectIndex,
  type StatusOwner,
  type StatusUpdate,
  statusKinds,
} from '@blixt/gateway-model';
import { keyOf, type ObjectKey, objectKey, parseKey } from './object.ts';
import type { StatusWrite, StatusWriter } from './status-writer.ts';

/**
 * Puts decided statuses onto the objects in the index, so that the next decision starts from them, and hands
 * them to a writer.
 */
export class StatusPublisher {
  readonly #objects: ObjectIndex;
  readonly #writer: StatusWriter;
  readonly #gone = new Set<ObjectKey>();
  /** What has to be written; what could not be goes again with the next. */
  readonly #unwritten = new Map<ObjectKey, StatusWrite>();

  constructor(objects: ObjectIndex, writer: StatusWriter) {
    this.#objects = objects;
    this.#writer = writer;
  }

  /** The object with the status that it had before, when its source delivers objects without. */
  withStatus(object: ModelObject): ModelObject {
    if (!isStatusOwner(object) || object.status !== undefined) return object;
    const key = keyOf(object);
    const status = this.#unwritten.get(key)?.object.status ?? this.#writer.current(key);
    if (!isPlausibleStatus(object.kind, status)) return object;
    return { ...object, status } as StatusOwner;
  }

  /** The object is gone, and so shall its status be after the next {@link publish}. */
  gone(key: ObjectKey): void {
    this.#gone.add(key);
    this.#unwritten.delete(key);
  }

  /**
   * Publishes decisions. One that was made on another version of its object than the index holds now is left
   * out: that version's turn is yet to come.
   *
   * @throws what the writer throws; call again, also without updates, to try again
   */
  async publish(updates: readonly StatusUpdate[]): Promise<void> {
    if (this.#writer.attach !== undefined) {
      await this.#writer.write(this.#grouped(updates));
      return;
    }
    for (const update of updates) {
      if (!update.changed) continue;
      const key = keyOfUpdate(update);
      const current = this.#owner(key);
      const status = current && mergeStatus(update, current);
      if (current === undefined || status === undefined) continue;
      const object = { ...current, status } as StatusOwner;
      // What was just decided is no reason to decide again.
      this.#objects.apply({ type: 'upsert', object });
      this.#unwritten.set(key, { object, updates: [...(this.#unwritten.get(key)?.updates ?? []), update] });
    }
    const writes = [...this.#unwritten];
    await this.#writer.write(writes.map(([, write]) => write));
    for (const [key, write] of writes) if (this.#unwritten.get(key) === write) this.#unwritten.delete(key);
    for (const key of [...this.#gone]) {
      this.#gone.delete(key);
      if (this.#owner(key) === undefined) await this.#writer.remove(key);
    }
  }

  /** What is to be written, by object: several parents may decide about one route. */
  #grouped(updates: readonly StatusUpdate[]): StatusWrite[] {
    const byObject = new Map<ObjectKey, StatusUpdate[]>();
    for (const update of updates) {
      if (update.stale) continue;
      const key = keyOfUpdate(update);
      byObject.set(key, [...(byObject.get(key) ?? []), update]);
    }
    return [...byObject].flatMap(([key, decided]) => {
      const object = this.#owner(key);
      return object === undefined ? [] : { object, updates: decided };
    });
  }

  #owner(key: ObjectKey): StatusOwner | undefined {
    const { kind, namespace, name } = parseKey(key);
    const known = statusKinds.find((it) => it === kind);
    return known && this.#objects.get(known, namespace, name);
  }
}

function keyOfUpdate({ kind, namespace, name }: StatusUpdate): ObjectKey {
  return objectKey(kind, namespace, name);
}

/** A status file may have been edited by hand: only what has the right shape is taken up. */
function isPlausibleStatus(kind: StatusOwner['kind'], status: unknown): boolean {
  if (!isRecord(status)) return false;
  if (kind === 'GatewayClass') return isConditions(status.conditions);
  if (kind === 'Gateway' || kind === 'ListenerSet') {
    return (
      isConditions(status.conditions) &&
      isListOf(status.addresses, (it) => typeof it.value === 'string') &&
      isListOf(status.listeners, (it) => typeof it.name === 'string' && isConditions(it.conditions))
    );
  }
  return (
    Array.isArray(status.parents) &&
    isListOf(
      status.parents,
      (it) =>
        typeof it.controllerName === 'string' &&
        isRecord(it.parentRef) &&
        typeof it.parentRef.name === 'string' &&
        isConditions(it.conditions),
    )
  );
}

function isConditions(value: unknown): boolean {
  return isListOf(value, (it) =>
    [it.type, it.status, it.reason, it.message, it.lastTransitionTime].every(
      (field) => typeof field === 'string',
    ),
  );
}

function isListOf(value: unknown, test: (item: Record<string, unknown>) => boolean): boolean {
  return value === undefined || (Array.isArray(value) && value.every((item) => isRecord(item) && test(item)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
