import { deepEqual, equal } from 'node:assert/strict';
import { BpfMap, none, possibleCpus, u64 } from '@blixt/bpf-maps';
import { bpftool, hex, lookup, native, next, update } from './bpftool.ts';
import { type Check, typesOf } from './subject.ts';

/** A map of one number for each key. */
function numbers<K>(key: K, bytes: Uint8Array): Check {
  return ({ pin }) => {
    update(pin, bytes, ...hex(native(41, 8)));
    using map = BpfMap.openPinned<K, bigint>(pin);
    equal(map.get(key), 41n);
    map.set(key, 42n);
    equal(lookup(pin, bytes), 42n);
    return { types: typesOf(map), read: '41', changed: 'set 42', readBack: '42' };
  };
}

const perCpu: Check = ({ pin }) => {
  const key = native(1, 4);
  update(pin, key, ...hex(native(41, 8)));
  using map = BpfMap.openPinned<number, bigint[]>(pin);
  const written = Array.from({ length: possibleCpus() }, () => 41n);
  deepEqual(map.get(1), written);
  const changed = written.map((value, cpu) => value + BigInt(cpu) + 1n);
  map.set(1, changed);
  deepEqual(lookup(pin, key), changed);
  return { types: typesOf(map), read: `${written}`, changed: `set ${changed}`, readBack: `${changed}` };
};

/** A queue or a stack: bpftool pushes 40 and 41, this package takes one and pushes 42. */
function keyless(first: bigint, after: bigint, take: 'pop' | 'dequeue'): Check {
  return ({ pin }) => {
    for (const number of [40, 41]) bpftool('map', 'push', 'pinned', pin, 'value', ...hex(native(number, 8)));
    using map = BpfMap.openPinned(pin, { key: none, value: u64 });
    equal(map.get(undefined), first);
    equal(map.take(undefined), first);
    map.set(undefined, 42n);
    equal(next(pin, take), after);
    return {
      types: typesOf(map),
      read: `${first}, at its head`,
      changed: 'took it, pushed 42',
      readBack: `${take} gives ${after}`,
    };
  };
}

/** Maps that keep what is written to them. */
export const dataChecks = {
  hash: numbers(1, native(1, 4)),
  array: numbers(1, native(1, 4)),
  lru_hash: numbers(1, native(1, 4)),
  lpm_trie: numbers(
    { prefixlen: 8, data: Uint8Array.of(10, 0, 0, 0) },
    Uint8Array.of(...native(8, 4), 10, 0, 0, 0),
  ),
  percpu_hash: perCpu,
  percpu_array: perCpu,
  lru_percpu_hash: perCpu,
  queue: keyless(40n, 41n, 'dequeue'),
  stack: keyless(41n, 42n, 'pop'),
};
