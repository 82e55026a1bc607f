import { constants } from 'node:os';
import type { Codec } from './codec.ts';
import { BpfError, BpfUsageError, ENOTSUPP, errnoName } from './errors.ts';
import { mapHint } from './hints/map-hint.ts';
import { type MapOperation, reasonAgainst } from './map-type-support.ts';
import { mapTypeName } from './map-types.ts';
import type { NativeMap, NativeMapInfo } from './native.ts';
import type { OpenedMap } from './open-map.ts';

/** With these the kernel refuses what a map type does not have. */
const NOT_APPLICABLE = new Set([
  constants.errno.EINVAL,
  constants.errno.EOPNOTSUPP,
  constants.errno.ENOSPC,
  ENOTSUPP,
]);

/** What the commands of bpf(2) are to the table of map types. */
const OPERATIONS: Readonly<Partial<Record<string, MapOperation>>> = {
  BPF_MAP_LOOKUP_ELEM: 'get',
  BPF_MAP_UPDATE_ELEM: 'set',
  BPF_MAP_UPDATE_BATCH: 'set',
  BPF_MAP_DELETE_ELEM: 'delete',
  BPF_MAP_DELETE_BATCH: 'delete',
  BPF_MAP_LOOKUP_AND_DELETE_ELEM: 'take',
  BPF_MAP_LOOKUP_AND_DELETE_BATCH: 'take',
  BPF_MAP_LOOKUP_BATCH: 'iterate',
};

/** What is known of a failure besides the errno. */
export interface FailureDetails {
  readonly completed?: number;
  readonly path?: string;
  readonly hint?: string | undefined;
}

/** An open map: what all its operations need, and what they say when they cannot be carried out. */
export class MapState<K, V> {
  readonly native: NativeMap;
  readonly description: NativeMapInfo;
  readonly key: Codec<K>;
  readonly value: Codec<V>;
  closed = false;
  /** Does a codec work for it at this moment? */
  busy = false;
  /** Has the type elements, all of whose operations are left to the kernel to accept or refuse? */
  readonly #asksKernel: boolean;

  constructor(opened: OpenedMap<K, V>) {
    this.native = opened.native;
    this.description = opened.description;
    this.key = opened.key;
    this.value = opened.value;
    const { hasElements, type } = opened.description;
    // The kernel would take what lies in the buffer of values for a question.
    this.#asksKernel = hasElements && mapTypeName(type) !== 'bloom_filter';
  }

  /** For messages. */
  get title(): string {
    const { name, id } = this.description;
    return name === '' ? `map ${id}` : `map '${name}' (id ${id})`;
  }

  checkOpen(): void {
    if (this.closed) throw new BpfUsageError('ERR_BPF_CLOSED', `${this.title} is closed`);
  }

  /** Checks that the map is open, and of a type with elements. */
  checkElements(operation: MapOperation): void {
    this.checkOpen();
    if (!this.#asksKernel) this.checkApplies(operation);
  }

  /** Checks that the operation applies to the type, by what is known of types rather than by the kernel's word. */
  checkApplies(operation: MapOperation): void {
    const reason = this.#reason(operation);
    if (reason === undefined) return;
    throw new BpfUsageError(
      'ERR_BPF_MAP_TYPE',
      `${this.title} is of type ${mapTypeName(this.description.type)}: ${reason}`,
    );
  }

  /** The error of a result that is negative. */
  failure(operation: string, result: number, details: FailureDetails = {}): Error {
    // A codec may have closed the map after the check.
    if (this.closed) return new BpfUsageError('ERR_BPF_CLOSED', `${this.title} is closed`);
    const { name: mapName, id: mapId } = this.description;
    const inapplicable = NOT_APPLICABLE.has(-result) ? OPERATIONS[operation] : undefined;
    const reason = inapplicable === undefined ? undefined : this.#reason(inapplicable);
    const known = reason ?? mapHint(operation, errnoName(-result), this.description);
    const { completed, path, hint = known } = details;
    return new BpfError({ errno: -result, operation, mapName, mapId, completed, path, hint });
  }

  #reason(operation: MapOperation): string | undefined {
    const { type, valueSize } = this.description;
    return reasonAgainst(mapTypeName(type), operation, valueSize);
  }
}
