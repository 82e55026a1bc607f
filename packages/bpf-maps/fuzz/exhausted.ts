import { closeSync, openSync, readdirSync } from 'node:fs';
import { BpfMap, PerfBuffer, RingBuffer, UserRingBuffer, u32, u64 } from '../src/index.ts';
import { createMap } from './maps.ts';
import { callable } from './reflection.ts';
import { outcomeOf } from './tally.ts';
import type { World } from './world.ts';

/** A descriptor was lost, or an error was not the one that there is for this. */
export class DescriptorError extends Error {
  override name = 'DescriptorError';
}

function openDescriptors(): number[] {
  return readdirSync('/proc/self/fd').map(Number);
}

/** Opens files until there are no more descriptors than `free` below the limit. */
function fill(free: number): number[] {
  const files: number[] = [];
  for (;;) {
    try {
      files.push(openSync('/dev/null', 'r'));
    } catch {
      break;
    }
  }
  for (const file of files.splice(0, free)) closeSync(file);
  return files;
}

function pinOf(world: World, name: string): BpfMap<Uint8Array, Uint8Array> | undefined {
  const path = world.pins.maps.find((pin) => pin.endsWith(name));
  return path === undefined ? undefined : BpfMap.openPinned(path, { codec: 'bytes' });
}

/** With few descriptors left, or none, everything that opens one fails, says so, and loses none. */
export function exhaustDescriptors(world: World): void {
  const { hooks, random } = world;
  using ring = pinOf(world, 'f_ring');
  using events = pinOf(world, 'f_events');
  using userRing = pinOf(world, 'f_user_ring');
  using map = BpfMap.create({ type: 'hash', key: u32, value: u64, maxEntries: 1 });
  const openers: ReadonlyArray<() => unknown> = [
    () => BpfMap.create({ type: 'array', key: u32, value: u64, maxEntries: 1 }),
    () => BpfMap.openById(map.id, { codec: 'bytes' }),
    () => ring && new RingBuffer(ring),
    () => events && new PerfBuffer(events),
    () => userRing && new UserRingBuffer(userRing),
  ];
  const before = openDescriptors();
  const free = random.below(6);
  hooks.limitDescriptors(Math.max(...before) + 8);
  const files = fill(free);
  const opened: unknown[] = [];
  try {
    for (let i = 0; i < 6; i++) {
      const open = random.pick(openers);
      world.tally.calls++;
      try {
        opened.push(open?.());
      } catch (error) {
        const code = outcomeOf(error);
        world.tally.outcomes[code] = (world.tally.outcomes[code] ?? 0) + 1;
        if (free === 0 && code !== 'EMFILE' && code !== 'EBUSY') {
          throw new DescriptorError('expected EMFILE without descriptors', { cause: error });
        }
      }
    }
    if (free === 0 && opened.some((object) => object !== undefined)) {
      throw new DescriptorError('something was opened without a descriptor');
    }
    createMap(world);
  } finally {
    for (const file of files) closeSync(file);
    hooks.limitDescriptors(0);
    for (const object of [...opened, ...world.things]) {
      const close = callable(object, 'close');
      if (close !== undefined) Reflect.apply(close, object, []);
    }
  }
  const known = new Set(before);
  const lost = openDescriptors().filter((fd) => !known.has(fd));
  // One of these is the directory that is read.
  if (lost.length > 1) throw new DescriptorError(`descriptors that nobody closes: ${lost.join(', ')}`);
}
