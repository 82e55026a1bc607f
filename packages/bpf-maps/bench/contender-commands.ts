import type { RivalName } from './cases.ts';
import type { Rivals } from './rivals/build.ts';

const NODE = [process.execPath, '--expose-gc'];

/** What starts our package, using maps in this form. */
export function oursCommand(form: string): readonly string[] {
  return [...NODE, `${import.meta.dirname}/ours/main.ts`, form];
}

/** What starts a rival. */
export function rivalCommand(rivals: Rivals, name: RivalName, form: string): readonly string[] {
  switch (name) {
    case 'C':
    case 'libbpf':
      return [rivals.c];
    case 'cilium/ebpf':
      return [rivals.cilium];
    case 'npm bpf':
      return [...NODE, `${import.meta.dirname}/rivals/npm-bpf.ts`, rivals.npm, form];
  }
}
