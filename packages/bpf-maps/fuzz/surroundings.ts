import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EVERY_TYPE, loadObject } from '../test/bpf-object.ts';

/** Maps and a program that bpftool has loaded, as arguments of the processes that run sequences. */
export interface Surroundings extends Disposable {
  readonly arguments: readonly string[];
}

function pinsBeside(pin: string): string[] {
  const directory = dirname(pin);
  // A struct_ops would become part of the kernel's networking.
  const names = readdirSync(directory).filter((name) => /^[fm]_/.test(name) && name !== 'm_struct_ops');
  return names.map((name) => join(directory, name));
}

/** Loads programs.bpf.c, and a map of every type. */
export function loadSurroundings(): Surroundings {
  const programs = loadObject('../fuzz/programs.bpf.c');
  try {
    const everyType = loadObject(EVERY_TYPE);
    const ring = programs.pin('f_ring');
    const pins = [...pinsBeside(ring), ...pinsBeside(everyType.pin('m_hash'))];
    const directory = join(dirname(ring), '..');
    return {
      arguments: [
        '--directory',
        directory,
        '--program',
        join(directory, 'programs', 'produce'),
        ...pins.flatMap((pin) => ['--pin', pin]),
      ],
      [Symbol.dispose]() {
        everyType[Symbol.dispose]();
        programs[Symbol.dispose]();
      },
    };
  } catch (error) {
    programs[Symbol.dispose]();
    throw error;
  }
}
