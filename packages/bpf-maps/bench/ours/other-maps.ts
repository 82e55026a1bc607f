import {
  array,
  BpfMap,
  bytes,
  type Codec,
  cString,
  ipAddress,
  port,
  struct,
  u8,
  u16,
  u32,
  u64,
} from '../../src/index.ts';

const ROUNDS = 500;

function use<K, V>(key: Codec<K>, value: Codec<V>, k: K, v: V): void {
  using map = BpfMap.create({ type: 'hash', key, value, maxEntries: 16, name: 'blixt_other' });
  for (let round = 0; round < ROUNDS; round++) {
    map.set(k, v);
    if (map.get(k) === undefined || !map.delete(k)) throw new Error('an entry that was written is not there');
  }
}

/**
 * Works with maps of other codecs, as programs do that have more than one: what is compiled for one codec alone does
 * not stay.
 */
export function useOtherMaps(): void {
  const flow = struct({ address: ipAddress, port, protocol: u8 });
  use(flow, u64, { address: '192.0.2.1', port: 443, protocol: 6 }, 1n);
  use(u64, struct({ packets: u64, bytes: u64, kind: u16 }), 1n, { packets: 1n, bytes: 2n, kind: 3 });
  use(bytes(32), bytes(32), new Uint8Array(32), new Uint8Array(32));
  use(cString(16), array(u32, 4), 'eth0', [1, 2, 3, 4]);
}
