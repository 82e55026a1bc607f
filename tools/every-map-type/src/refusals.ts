import { ok } from 'node:assert/strict';
import { BpfMap, type MapOperation, mapTypes, possibleCpus } from '@blixt/bpf-maps';

type RawMap = BpfMap<Uint8Array, Uint8Array>;

/** Zeros, as many as the map wants. */
const key = (map: RawMap) => new Uint8Array(map.info.keySize);
const value = (map: RawMap) => {
  const { type, valueSize } = map.info;
  return new Uint8Array(type.includes('percpu') ? Math.ceil(valueSize / 8) * 8 * possibleCpus() : valueSize);
};

const attempts: Readonly<Record<MapOperation, (map: RawMap) => unknown>> = {
  get: (map) => map.get(key(map)),
  set: (map) => map.set(key(map), value(map)),
  delete: (map) => map.delete(key(map)),
  take: (map) => map.take(key(map)),
  iterate: (map) => [...map],
  contains: (map) => map.contains(value(map)),
};

/** Tries what the table of map types says that a map does not do; throws unless the map gives that reason. */
export function refusals(pin: string): Array<{ operation: MapOperation; reason: string }> {
  using map = BpfMap.openPinned(pin, { codec: 'bytes' });
  const unsupported = mapTypes.find(({ type }) => type === map.info.type)?.unsupported ?? {};
  return (Object.keys(attempts) as MapOperation[]).flatMap((operation) => {
    const reason = unsupported[operation];
    if (reason === undefined) return [];
    let message = 'nothing: it was done';
    try {
      attempts[operation](map);
    } catch (error) {
      message = error instanceof Error ? error.message : String(error);
    }
    ok(message.includes(reason), `${operation} is to say that ${reason}; it says: ${message}`);
    return [{ operation, reason }];
  });
}
