import type { RivalName } from './cases.ts';
import type { Rivals } from './rivals/build.ts';

const NODE = [process.execPath, '--expose-gc'];

/** What starts our package, using maps in this form. */
export function oursCommand(form: string): readonly string[] {
  return [...NODE, `${import.meta.dirname}/ours/main.ts`, form];
}

/** How npm's `bpf` holds keys and values next to this form of ours. */
export function npmForm(form: string): 'bytes' | 'codec' {
  return form === 'bytes' || form === 'into' ? 'bytes' : 'codec';
}

/** What starts a rival. */
export function rivalCommand(rivals: Rivals, name: RivalName, form: string): readonly string[] {
  switch (name) {
    case 'C':
    case 'libbpf':
      return [rivals.c];
    case 'C, threads':
      return [rivals.c, 'threads'];
    case 'cilium/ebpf':
      return [rivals.cilium];
    case 'npm bpf':
      return [...NODE, `${import.meta.dirname}/rivals/npm-bpf.ts`, rivals.npm, npmForm(form)];
  }
}
