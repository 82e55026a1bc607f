import { BpfError, BpfUsageError } from './errors.ts';
import { BpfMap } from './map.ts';
import type { AnyMap } from './map-spec.ts';
import { addon } from './native.ts';

/** How far a ring buffer was written and read, in bytes since it was created. Of each record that is 8 and its length, rounded up to 8. */
export interface RingPositions {
  /** Up to where the consumer gave space back. */
  readonly consumed: bigint;
  /** Up to where producers reserved space: not less than {@link RingPositions.consumed}. */
  readonly produced: bigint;
}

/**
 * The positions of a ring buffer (`ringbuf`, `user_ringbuf`), whoever consumes it: this takes no records, and changes
 * nothing. Their difference is what waits in the ring; how `produced` grows tells the load. Four system calls.
 *
 * @throws BpfUsageError `ERR_BPF_MAP_TYPE` if `map` is of another type; `ERR_BPF_ARGUMENT`; `ERR_BPF_CLOSED`
 * @throws BpfError `EPERM` if the map is write-only for user space
 */
export function ringPositions(map: AnyMap): RingPositions {
  if (!(map instanceof BpfMap)) {
    throw new BpfUsageError('ERR_BPF_ARGUMENT', 'the positions are those of a BpfMap');
  }
  const { type, name, id } = map.info;
  if (type !== 'ringbuf' && type !== 'user_ringbuf') {
    throw new BpfUsageError(
      'ERR_BPF_MAP_TYPE',
      `map ${id} is of type ${type}; only a ringbuf and a user_ringbuf have positions`,
    );
  }
  const positions = addon().ringPositions(map.fd);
  if (typeof positions === 'number') {
    throw new BpfError({ errno: -positions, operation: 'mmap', mapName: name, mapId: id });
  }
  const [consumed, produced] = positions;
  return { consumed, produced };
}
