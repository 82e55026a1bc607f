import {
  type Btf,
  be16,
  be32,
  be64,
  btfCodec,
  bytes,
  type Codec,
  i8,
  i16,
  i32,
  i64,
  ipv4,
  ipv6,
  mac,
  u8,
  u16,
  u32,
  u64,
} from '../index.ts';
import { findType } from './named-types.ts';
import { usageError } from './tool-error.ts';

const NAMED: ReadonlyMap<string, Codec<unknown>> = new Map(
  Object.entries({ u8, u16, u32, u64, i8, i16, i32, i64, be16, be32, be64, ipv4, ipv6, mac }),
);

/** The type of a map's keys or values that is to be created. */
export interface ElementType {
  readonly codec: Codec<unknown>;
  /** In the BTF that was given, if any. */
  readonly btfId?: number;
  /** Is only the size known? */
  readonly raw: boolean;
}

/** BTF, and what the command line calls it. */
export interface NamedBtf {
  readonly types: Btf;
  readonly source: string;
}

/** What `--key` or `--value` says: a number of bytes, a name of a scalar, or with `--btf` of a type there. */
export function elementType(option: string, text: string, btf?: NamedBtf): ElementType {
  if (btf !== undefined) {
    const { types, source } = btf;
    const btfId = findType(types, text);
    if (btfId === undefined)
      throw usageError(`${option} ${text}: expected the name of a type of BTF ${source}`);
    return { codec: btfCodec<unknown>(types, btfId), btfId, raw: false };
  }
  const named = NAMED.get(text);
  if (named !== undefined) return { codec: named, raw: false };
  const size = Number(text);
  if (/^\d+$/.test(text) && size >= 1 && size <= 0xffff_ffff) return { codec: bytes(size), raw: true };
  throw usageError(
    `${option} ${text}: expected a number of bytes, one of ${[...NAMED.keys()].join(', ')}, or with --btf the name of a type`,
  );
}
