import { describe, expect, it } from 'vitest';
import { thrown } from '../test/codec-helpers.ts';
import { ringsForTests } from '../test/rings-for-tests.ts';
import { BpfMap, BpfUsageError, RingBuffer, ringPositions, UserRingBuffer, u32 } from './index.ts';

const rings = ringsForTests();

/** Of a record of 16 bytes, with its header. */
const RECORD = 24n;

describe('the positions of a ring buffer', () => {
  it('count the bytes that were produced and consumed', async () => {
    const { map: made, pin } = rings.makeRing();
    using map = made;
    expect(ringPositions(map)).toEqual({ consumed: 0n, produced: 0n });
    await rings.writer.write(pin, 1, 3, 16);
    expect(ringPositions(map)).toEqual({ consumed: 0n, produced: 3n * RECORD });
    using ring = new RingBuffer(map);
    ring.read(2);
    expect(ring.pending).toBe(Number(RECORD));
    expect(ringPositions(map)).toEqual({ consumed: 2n * RECORD, produced: 3n * RECORD });
    // More than once around.
    ring.read();
    for (let index = 0; index < 3; index++) {
      await rings.writer.write(pin, 1, 100, 16);
      expect(ring.read().length).toBe(100);
    }
    expect(ring.pending).toBe(0);
    expect(ringPositions(map)).toEqual({ consumed: 303n * RECORD, produced: 303n * RECORD });
  });

  it('are those of user ring buffers, too', () => {
    using map = BpfMap.create({ type: 'user_ringbuf', maxEntries: 4096 });
    using ring = new UserRingBuffer(map, { record: u32 });
    ring.write(1);
    expect(ringPositions(map)).toEqual({ consumed: 0n, produced: 16n });
  });

  it('are not what other maps have', () => {
    using map = BpfMap.create({ type: 'array', key: u32, value: u32, maxEntries: 1 });
    const error = thrown(BpfUsageError, () => ringPositions(map));
    expect(error.code).toBe('ERR_BPF_MAP_TYPE');
    expect(error.message).toContain(`map ${map.id} is of type array`);
    map.close();
    using ring = BpfMap.create({ type: 'ringbuf', maxEntries: 4096 });
    ring.close();
    expect(thrown(BpfUsageError, () => ringPositions(ring)).code).toBe('ERR_BPF_CLOSED');
    expect(thrown(BpfUsageError, () => ringPositions({ fd: 0, info: ring.info })).code).toBe(
      'ERR_BPF_ARGUMENT',
    );
  });
});
