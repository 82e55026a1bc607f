import { readFileSync } from 'node:fs';
import { Btf, BtfError } from '../index.ts';
import { usageError } from './tool-error.ts';

/** The BTF that `--btf` names: an id, `kernel`, or a file. */
export function loadBtf(text: string): Btf {
  if (text === 'kernel') return Btf.kernel();
  if (/^\d+$/.test(text)) return Btf.load(Number(text));
  try {
    return Btf.parse(readFileSync(text));
  } catch (error) {
    if (error instanceof BtfError || !(error instanceof Error)) throw error;
    throw usageError(
      `--btf ${text}: expected an id of BTF ('bpf-maps show' of a map of the same program tells it), 'kernel', or a file with BTF: ${error.message}`,
    );
  }
}

/** The id of the type that has this name in BTF, whatever kind it is of. */
export function findType(btf: Btf, name: string): number | undefined {
  const bare = name.replace(/^(?:struct|union|enum) /, '');
  for (const kind of ['struct', 'union', 'typedef', 'enum', 'enum64', 'int'] as const) {
    const id = btf.find(kind, bare);
    if (id !== undefined) return id;
  }
  return undefined;
}
