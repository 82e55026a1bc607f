import { btfCodec, bytes } from '../index.ts';
import { findType, loadBtf } from './named-types.ts';
import type { Side } from './side.ts';
import { usageError } from './tool-error.ts';

/** How the records of a ring are read: the kernel does not know their type. */
export interface RecordOptions {
  /** The name of a type. */
  readonly struct?: string;
  /** Where it is described: an id of BTF, a file, or `kernel`. */
  readonly btf?: string;
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
  const id = findType(btf, struct);
  if (id === undefined) throw usageError(`--struct ${struct}: expected the name of a type of BTF ${source}`);
  return { role: 'record', codec: btfCodec<unknown>(btf, id), type: { btf, id }, raw: false };
}
