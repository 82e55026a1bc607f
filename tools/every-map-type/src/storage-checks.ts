import { deepEqual, equal, ok } from 'node:assert/strict';
import { BpfMap, possibleCpus } from '@blixt/bpf-maps';
import { bpftool, hex, lookup, native, update } from './bpftool.ts';
import { type Check, type Subject, typesOf } from './subject.ts';

/** The value of an object that a descriptor stands for. */
function storage(object: string, descriptor: string): Check {
  return ({ pin, number }) => {
    const fd = number(descriptor);
    const key = { descriptor: fd };
    update(pin, key, ...hex(native(41, 8)));
    using map = BpfMap.openPinned<number, bigint>(pin);
    equal(map.get(fd), 41n);
    map.set(fd, 42n);
    equal(lookup(pin, key), 42n);
    equal(map.delete(fd), true);
    equal(lookup(pin, key), undefined);
    return {
      types: typesOf(map),
      read: `41, of ${object}`,
      changed: 'set 42, deleted it',
      readBack: '42; not found',
    };
  };
}

/** A program that uses a storage, attached to the cgroup meanwhile: it makes the storage. */
function attach({ cgroup, other }: Subject, point: string, program: string): Disposable {
  const path = other(`programs/${program}`);
  bpftool('cgroup', 'attach', cgroup, point, 'pinned', path);
  return {
    [Symbol.dispose]: () => {
      bpftool('cgroup', 'detach', cgroup, point, 'pinned', path);
    },
  };
}

const cgroupStorage: Check = (subject) => {
  const { pin } = subject;
  using map = BpfMap.openPinned<{ cgroup_inode_id: bigint; attach_type: number }, bigint>(pin);
  deepEqual([...map.keys()], []);
  using _attached = attach(subject, 'egress', 'count_packets');
  const [key, ...others] = [...map.keys()];
  ok(key !== undefined && others.length === 0);
  equal(map.get(key), 0n);
  map.set(key, 42n);
  const bytes = Uint8Array.of(...native(key.cgroup_inode_id, 8), ...native(key.attach_type, 4), 0, 0, 0, 0);
  equal(lookup(pin, bytes), 42n);
  return {
    types: typesOf(map),
    read: `0 of cgroup ${key.cgroup_inode_id}`,
    changed: 'set 42',
    readBack: '42',
  };
};

const percpuCgroupStorage: Check = (subject) => {
  const { pin } = subject;
  using map = BpfMap.openPinned<bigint, bigint[]>(pin);
  deepEqual([...map.keys()], []);
  using _attached = attach(subject, 'ingress', 'count_packets_per_cpu');
  const [cgroup, ...others] = [...map.keys()];
  ok(cgroup !== undefined && others.length === 0);
  deepEqual(
    map.get(cgroup),
    Array.from({ length: possibleCpus() }, () => 0n),
  );
  const values = Array.from({ length: possibleCpus() }, (_, cpu) => 42n + BigInt(cpu));
  map.set(cgroup, values);
  deepEqual(lookup(pin, native(cgroup, 8)), values);
  return {
    types: typesOf(map),
    read: `zeros of cgroup ${cgroup}`,
    changed: `set ${values}`,
    readBack: `${values}`,
  };
};

/** Maps that keep values with objects of the kernel. */
export const storageChecks = {
  sk_storage: storage('a TCP socket', 'TCP_FD'),
  inode_storage: storage('a file', 'FILE_FD'),
  task_storage: storage('a process', 'PID_FD'),
  cgrp_storage: storage('a cgroup', 'CGROUP_FD'),
  cgroup_storage: cgroupStorage,
  percpu_cgroup_storage: percpuCgroupStorage,
};
