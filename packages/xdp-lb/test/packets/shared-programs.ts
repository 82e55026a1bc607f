/** Programs and maps that all test files use, one file at a time. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  createInstanceMap,
  type InstanceMap,
  layoutNumber,
  type Maps,
  mapSizes,
  openInstanceMap,
  openMaps,
} from '../../src/maps.ts';
import { native } from '../../src/native.ts';
import type { CheckedOptions } from '../../src/options.ts';
import { loadPrograms, type Programs } from '../../src/programs.ts';

export interface SharedPrograms {
  readonly programs: Programs;
  readonly maps: Maps;
  readonly instance: InstanceMap;
  /** A file descriptor; whoever has it open has the programs for itself. */
  readonly lock: number;
}

const PROGRAM_NAMES = [
  'xdp',
  'xdpVeth',
  'xdpGeneric',
  'tcxIn',
  'tcxOut',
] as const satisfies (keyof Programs)[];

async function lockDirectory(directory: string): Promise<number> {
  for (;;) {
    const lock = native().lockDirectory(directory);
    if (lock >= 0) return lock;
    await setTimeout(20);
  }
}

function loadAndPin(directory: string, options: CheckedOptions): void {
  const sizes = Object.entries(mapSizes(options)).map(
    ([name, maxEntries]) => [name, { maxEntries }] as const,
  );
  const { programs, mapFds } = loadPrograms(Object.fromEntries(sizes), options);
  for (const [name, fd] of Object.entries(mapFds)) native().pin(fd, join(directory, 'maps', name));
  for (const name of PROGRAM_NAMES) native().pin(programs[name], join(directory, name));
  for (const fd of [...Object.values(mapFds), ...Object.values(programs)]) native().closeFd(fd);
  using instance = createInstanceMap();
  const { min: portMin, max: portMax } = options.portRange;
  instance.set(0, { layout: layoutNumber(), portMin, portMax, nextServiceId: 1, nextGeneration: 1 });
  instance.pin(join(directory, 'maps', 'instance'));
}

/** Waits for its turn, and loads the programs if nobody has. The lock goes with its file descriptor. */
export async function openSharedPrograms(
  directory: string,
  options: CheckedOptions,
): Promise<SharedPrograms> {
  mkdirSync(join(directory, 'maps'), { recursive: true });
  const lock = await lockDirectory(directory);
  if (!existsSync(join(directory, 'maps', 'instance'))) loadAndPin(directory, options);
  const program = (name: keyof Programs) => native().openPinned(join(directory, name));
  return {
    lock,
    maps: openMaps((name) => native().openPinned(join(directory, 'maps', name))),
    instance: openInstanceMap(directory),
    programs: {
      xdp: program('xdp'),
      xdpVeth: program('xdpVeth'),
      xdpGeneric: program('xdpGeneric'),
      tcxIn: program('tcxIn'),
      tcxOut: program('tcxOut'),
    },
  };
}
