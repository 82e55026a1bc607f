import { deepEqual, equal, ok } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BpfMap, none, PerfBuffer, RingBuffer, UserRingBuffer, u64 } from '@blixt/bpf-maps';
import { bpftool, bpftoolRefusal, hex, lookup, native } from './bpftool.ts';
import { type Check, type Subject, typesOf } from './subject.ts';

/** Runs an XDP program once, on a packet of zeros. */
function run({ other, scratch }: Subject, program: string): void {
  const packet = join(scratch, 'packet');
  writeFileSync(packet, new Uint8Array(64));
  bpftool('prog', 'run', 'pinned', other(`programs/${program}`), 'data_in', packet);
}

const ringBuffer: Check = (subject) => {
  using map = BpfMap.openPinned<undefined, undefined>(subject.pin);
  using ring = new RingBuffer(map, { record: u64 });
  // Of checks before this one.
  ring.read();
  run(subject, 'exchange');
  deepEqual(ring.read(), [41n]);
  deepEqual(ring.read(), []);
  return {
    types: `${typesOf(map)}; records bigint`,
    read: 'a record of 41, by RingBuffer',
    changed: 'took it out',
    readBack: bpftoolRefusal('map', 'lookup', 'pinned', subject.pin, 'key', ...hex(native(0, 4))),
  };
};

const userRingBuffer: Check = (subject) => {
  using map = BpfMap.openPinned<undefined, undefined>(subject.pin);
  using ring = new UserRingBuffer(map, { record: u64 });
  equal(ring.write(42n), true);
  ok(ring.pending > 0);
  run(subject, 'exchange');
  equal(ring.pending, 0);
  equal(lookup(subject.other('maps/m_array'), native(7, 4)), 42n);
  return {
    types: `${typesOf(map)}; records bigint`,
    read: 'how much the program has not drained',
    changed: 'wrote a record of 42, by UserRingBuffer',
    readBack: '42, which the program put into m_array',
  };
};

const perfEventArray: Check = async (subject) => {
  using map = BpfMap.openPinned<number, number>(subject.pin);
  using buffer = new PerfBuffer(map, { record: u64 });
  run(subject, 'exchange');
  const [record, ...others] = buffer.read();
  equal(record?.record, 41n);
  deepEqual(others, []);
  // One for each CPU.
  bpftool('map', 'delete', 'pinned', subject.pin, 'key', ...hex(native(record.cpu, 4)));
  equal(map.delete(record.cpu), false);
  return {
    types: `${typesOf(map)}; records bigint`,
    read: 'a record of 41, by PerfBuffer',
    changed: 'set a perf event for each CPU',
    readBack: 'it deletes one',
  };
};

const bloomFilter: Check = (subject) => {
  bpftool('map', 'push', 'pinned', subject.pin, 'value', ...hex(native(41, 8)));
  using map = BpfMap.openPinned(subject.pin, { key: none, value: u64 });
  equal(map.contains(41n), true);
  equal(map.contains(42n), false);
  // bpftool cannot say which value it asks for; a program can.
  const seen = () => {
    run(subject, 'exchange');
    return lookup(subject.other('maps/m_array'), native(6, 4));
  };
  equal(seen(), 0n);
  map.set(undefined, 42n);
  equal(seen(), 1n);
  return {
    types: typesOf(map),
    read: 'contains 41, not 42',
    changed: 'added 42',
    readBack: '1: a program finds 42',
  };
};

const stackTrace: Check = ({ pin }) => {
  using map = BpfMap.openPinned<number, bigint[]>(pin);
  // with-descriptors has run the program.
  const [id, ...others] = [...map.keys()];
  ok(id !== undefined && others.length === 0);
  const addresses = map.get(id) ?? [];
  ok(addresses.length === 4 && addresses[0] !== 0n);
  // All of them as one number, the first in its lowest bits.
  const together = addresses.reduceRight((higher, address) => (higher << 64n) | address, 0n);
  equal(lookup(pin, native(id, 4)), together);
  equal(map.delete(id), true);
  equal(lookup(pin, native(id, 4)), undefined);
  return {
    types: typesOf(map),
    read: 'the addresses of a stack, as bpftool reads them',
    changed: 'deleted it',
    readBack: 'not found',
  };
};

const arena: Check = (subject) => {
  using map = BpfMap.openPinned<undefined, undefined>(subject.pin);
  // Another process writes, and then reads what this one wrote.
  const other = (script: string): string =>
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { BpfMap } from ${JSON.stringify(import.meta.resolve('@blixt/bpf-maps'))};
         const memory = new BigUint64Array(BpfMap.openPinned(process.argv[1]).mapMemory());
         ${script}`,
        subject.pin,
      ],
      { encoding: 'utf8', cwd: fileURLToPath(new URL('.', import.meta.url)) },
    ).trim();
  other('memory[512] = 41n;');
  const memory = new BigUint64Array(map.mapMemory());
  equal(memory[512], 41n);
  memory[512] = 42n;
  equal(other('console.log(String(memory[512]));'), '42');
  return {
    types: `${typesOf(map)}; memory ArrayBuffer`,
    read: '41, which another process wrote',
    changed: 'wrote 42 into the memory',
    readBack: '42, in another process',
  };
};

/** Maps that are of use only with a program, or without elements. */
export const programChecks = {
  ringbuf: ringBuffer,
  user_ringbuf: userRingBuffer,
  perf_event_array: perfEventArray,
  bloom_filter: bloomFilter,
  stack_trace: stackTrace,
  arena,
};
