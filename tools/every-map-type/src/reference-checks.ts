import { equal, notEqual, ok } from 'node:assert/strict';
import { BpfMap, innerMap, u32, u64 } from '@blixt/bpf-maps';
import { bpftool, hex, lookup, native, update } from './bpftool.ts';
import { type Check, typesOf, unreadable } from './subject.ts';

const zero = native(0, 4);

const mapOfMaps: Check = ({ pin, other }) => {
  update(other('inner'), zero, ...hex(native(41, 8)));
  update(pin, zero, 'pinned', other('inner'));
  using outer = BpfMap.openPinned(pin, { key: u32, value: innerMap({ key: u32, value: u64 }) });
  using found = outer.get(0);
  equal(found?.get(0), 41n);
  using inner = BpfMap.create({ type: 'array', key: u32, value: u64, maxEntries: 1 });
  outer.set(0, inner);
  equal(lookup(pin, zero), BigInt(inner.id));
  return {
    types: `${typesOf(outer)} (id), or BpfMap by innerMap()`,
    read: 'a map, and 41 in it',
    changed: 'set another map',
    readBack: 'the id of that',
  };
};

const progArray: Check = ({ pin, other, number }) => {
  update(pin, zero, 'pinned', other('programs/pass'));
  using map = BpfMap.openPinned<number, number>(pin);
  const { id } = JSON.parse(bpftool('-j', 'prog', 'show', 'pinned', other('programs/pass')));
  equal(map.get(0), id);
  map.set(1, number('PROGRAM_FD_exchange'));
  const exchange = JSON.parse(bpftool('-j', 'prog', 'show', 'pinned', other('programs/exchange')));
  equal(lookup(pin, native(1, 4)), BigInt(exchange.id));
  return {
    types: typesOf(map),
    read: "the program's id",
    changed: 'set another program',
    readBack: 'the id of that',
  };
};

const cgroupArray: Check = ({ pin, number }) => {
  using map = BpfMap.openPinned<number, number>(pin);
  map.set(0, number('CGROUP_FD'));
  bpftool('map', 'delete', 'pinned', pin, 'key', ...hex(zero));
  equal(map.delete(0), false);
  map.set(1, number('CGROUP_FD'));
  equal(map.delete(1), true);
  return {
    types: typesOf(map),
    read: unreadable('cgroup_array'),
    changed: 'set a cgroup; set and deleted another',
    readBack: 'it deletes the first',
  };
};

/** The values are an interface and a program, or the interface alone. */
function devices<V>(first: V, second: V, bytes: (interfaceIndex: number) => Uint8Array): Check {
  return ({ pin }) => {
    update(pin, zero, ...hex(bytes(1)));
    using map = BpfMap.openPinned<number, unknown>(pin);
    equal(JSON.stringify(map.get(0)), JSON.stringify(first));
    map.set(1, second);
    equal(lookup(pin, native(1, 4)), 1n);
    equal(map.delete(0), true);
    equal(lookup(pin, zero), undefined);
    return {
      types: typesOf(map),
      read: 'interface 1',
      changed: 'set it elsewhere, deleted the first',
      readBack: '1; not found',
    };
  };
}

const cpumap: Check = ({ pin }) => {
  update(pin, zero, ...hex(native(128, 4)));
  using map = BpfMap.openPinned<number, number>(pin);
  equal(map.get(0), 128);
  map.set(0, 192);
  equal(lookup(pin, zero), 192n);
  return {
    types: typesOf(map),
    read: 'a queue of 128',
    changed: 'set one of 192',
    readBack: '192',
  };
};

const structOps: Check = ({ pin, number }) => {
  const registered = (): boolean => bpftool('struct_ops', 'list').includes('m_struct_ops');
  // The kernel knows algorithms by their names: another run may be under way.
  const name = `every_${process.pid}`;
  using map = BpfMap.openPinned<number, { common: unknown; data: Record<string, unknown> }>(pin);
  const empty = map.get(0);
  ok(empty !== undefined && empty.data.name === '');
  const program = (title: string) => BigInt(number(`PROGRAM_FD_${title}`));
  map.set(0, {
    ...empty,
    data: {
      ...empty.data,
      name,
      ssthresh: program('ssthresh'),
      cong_avoid: program('cong_avoid'),
      undo_cwnd: program('undo_cwnd'),
    },
  });
  equal(map.get(0)?.data.name, name);
  const dump = bpftool('struct_ops', 'dump', 'id', String(map.id));
  ok(registered() && dump.includes(name), dump);
  equal(map.delete(0), true);
  notEqual(map.get(0)?.common, empty.common);
  return {
    types: typesOf(map),
    read: 'struct tcp_congestion_ops without a name',
    changed: `registered ${name}, unregistered it`,
    readBack: `struct_ops dump: ${name}`,
  };
};

/** Maps whose values are other things of the kernel. */
export const referenceChecks = {
  array_of_maps: mapOfMaps,
  hash_of_maps: mapOfMaps,
  prog_array: progArray,
  cgroup_array: cgroupArray,
  devmap: devices({ ifindex: 1, program: 0 }, { ifindex: 1, program: 0 }, (index) =>
    Uint8Array.of(...native(index, 4), 0, 0, 0, 0),
  ),
  devmap_hash: devices(1, 1, (index) => native(index, 4)),
  cpumap,
  struct_ops: structOps,
};
