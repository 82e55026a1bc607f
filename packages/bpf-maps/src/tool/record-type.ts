import { readFileSync } from 'node:fs';
import { Btf, BtfError, btfCodec, bytes } from '../index.ts';
import type { Side } from './side.ts';
import { usageError } from './tool-error.ts';

/** How the records of a ring are read: the kernel does not know their type. */
export interface RecordOptions {
  /** The name of a struct, a union or a typedef. */
  readonly struct?: string;
  /** Where it is described: an id of BTF, a file, or `kernel`. */
  readonly btf?: string;
}

function loadBtf(text: string): Btf {
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

/** How records are read: as what `--struct` names, or as bytes. */
export function recordSide({ struct, btf: source }: RecordOptions): Side {
  const raw: Side = { role: 'record', codec: bytes(0), type: undefined, raw: true };
  if (struct === undefined && source === undefined) return raw;
  if (struct === undefined || source === undefined) {
    throw usageError(
      `expected --struct and --btf together, as in --struct event --btf 12, got only --${struct === undefined ? 'btf' : 'struct'}`,
    );
  }
  const btf = loadBtf(source);
  const name = struct.replace(/^(?:struct|union) /, '');
  const id = btf.find('struct', name) ?? btf.find('union', name) ?? btf.find('typedef', name);
  if (id === undefined) {
    throw usageError(`--struct ${struct}: expected a struct, a union or a typedef of BTF ${source}`);
  }
  return { role: 'record', codec: btfCodec<unknown>(btf, id), type: { btf, id }, raw: false };
}
