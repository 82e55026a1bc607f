import { equal, ok } from 'node:assert/strict';
import { BpfMap, u32, u64 } from '@blixt/bpf-maps';
import { bpftool, bpftoolRefusal, hex, lookup, native } from './bpftool.ts';
import { type Check, typesOf, unreadable } from './subject.ts';

const one = native(1, 4);

/** The kernel tells sockets by their cookies. */
function sockets(socket: 'TCP' | 'REUSEPORT'): Check {
  return ({ pin, number }) => {
    using map = BpfMap.openPinned(pin, { key: u32, value: u64 });
    equal(map.get(1), undefined);
    map.set(1, BigInt(number(`${socket}_FD`)));
    const cookie = BigInt(number(`${socket}_COOKIE`));
    equal(map.get(1), cookie);
    equal(lookup(pin, one), cookie);
    return {
      types: typesOf(map),
      read: 'nothing: bpftool cannot put sockets in; then its cookie',
      changed: 'set a listening TCP socket',
      readBack: 'its cookie',
    };
  };
}

const xskmap: Check = ({ pin, number }) => {
  using map = BpfMap.openPinned<number, number>(pin);
  map.set(1, number('XDP_FD'));
  ok(bpftoolRefusal('map', 'lookup', 'pinned', pin, 'key', ...hex(one)));
  bpftool('map', 'delete', 'pinned', pin, 'key', ...hex(one));
  return {
    types: typesOf(map),
    read: unreadable('xskmap'),
    changed: 'set a socket of AF_XDP',
    readBack: 'it deletes it',
  };
};

/** Maps that hold sockets. */
export const socketChecks = {
  sockmap: sockets('TCP'),
  sockhash: sockets('TCP'),
  reuseport_sockarray: sockets('REUSEPORT'),
  xskmap,
};
