/** A number, a boolean or a character (BTF_KIND_INT). */
export interface CInt {
  /** C's `int` and its like. */
  readonly kind: 'int';
  /** As in C: `unsigned int`, `char`, `_Bool`. */
  readonly name: string;
  /** Bytes: 1, 2, 4, 8 or 16. */
  readonly size: number;
  /** Two's complement? */
  readonly signed: boolean;
  /** `_Bool`? */
  readonly bool?: boolean;
}

/** A floating-point number (BTF_KIND_FLOAT, Linux 5.13). */
export interface CFloat {
  /** C's `float` and `double`. */
  readonly kind: 'float';
  /** As in C: `double`. */
  readonly name: string;
  /** Bytes: 4 or 8. */
  readonly size: number;
}

/** Another name of a type (BTF_KIND_TYPEDEF). */
export interface CTypedef {
  /** C's `typedef`. */
  readonly kind: 'typedef';
  /** Such as `__u32`. */
  readonly name: string;
  /** What it names. */
  readonly type: CType;
}

/** An array (BTF_KIND_ARRAY). */
export interface CArray {
  /** C's `T[n]`. */
  readonly kind: 'array';
  /** The elements' type. */
  readonly element: CType;
  /** How many. */
  readonly length: number;
}

/** A member of a {@link CComposite}. */
export interface CMember {
  /** A name as C has them. */
  readonly name: string;
  /** Its type. */
  readonly type: CType;
  /** Bits from the beginning of the struct. */
  readonly bitOffset: number;
  /** Bits of a bit field; 0 for others. */
  readonly bitSize: number;
}

/** A struct or a union (BTF_KIND_STRUCT, BTF_KIND_UNION). */
export interface CComposite {
  /** C's `struct` or `union`. */
  readonly kind: 'struct' | 'union';
  /** The tag; empty if it has none. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** In the order of their declaration. */
  readonly members: readonly CMember[];
}

/**
 * The C type of a codec's values. A map that is created with codecs that tell theirs gets BTF, by which others
 * (bpftool, this package) read it without a description.
 */
export type CType = CInt | CFloat | CTypedef | CArray | CComposite;

/** @internal Whether BTF takes a name (kernel/bpf/btf.c: btf_name_valid_identifier). */
export function isCName(name: string): boolean {
  return /^[A-Za-z_][\w.]{0,254}$/.test(name);
}

function int(name: string, size: number, signed: boolean): CInt {
  return Object.freeze({ kind: 'int', name, size, signed });
}

const INTS: Readonly<Record<number, readonly [unsigned: CInt, signed: CInt]>> = {
  1: [int('unsigned char', 1, false), int('signed char', 1, true)],
  2: [int('unsigned short', 2, false), int('short', 2, true)],
  4: [int('unsigned int', 4, false), int('int', 4, true)],
  8: [int('unsigned long long', 8, false), int('long long', 8, true)],
  16: [int('unsigned __int128', 16, false), int('__int128', 16, true)],
};

/** @internal C's integer of so many bytes; undefined if it has none. */
export function cInt(size: number, signed: boolean): CInt | undefined {
  return INTS[size]?.[signed ? 1 : 0];
}

/** @internal `int`, which keys that are indexes and descriptors are. */
export const C_INT: CInt = int('int', 4, true);

/** @internal */
export const C_CHAR: CInt = int('char', 1, true);

/** @internal */
export const C_BOOL: CInt = Object.freeze({ kind: 'int', name: '_Bool', size: 1, signed: false, bool: true });

/** @internal `__u32` and its like, as include/uapi/linux/types.h declares them. */
export function cTypedef(prefix: '__u' | '__s' | '__be' | '__le', size: number): CType | undefined {
  const type = cInt(size, prefix === '__s');
  return type && { kind: 'typedef', name: `${prefix}${size * 8}`, type };
}

/** @internal */
export function cFloat(size: 4 | 8): CFloat {
  return { kind: 'float', name: size === 4 ? 'float' : 'double', size };
}

/** @internal An array, where the elements' type is known. */
export function cArray(element: CType | undefined, length: number): CArray | undefined {
  return element && { kind: 'array', element, length };
}

/** @internal `__u8[length]`. */
export function cBytes(length: number): CArray | undefined {
  return cArray(cTypedef('__u', 1), length);
}

/** @internal A struct or union, where all members' types are known and all names are C's. */
export function cComposite(
  kind: 'struct' | 'union',
  name: string,
  size: number,
  members: ReadonlyArray<Omit<CMember, 'type'> & { readonly type: CType | undefined }>,
): CComposite | undefined {
  if (name !== '' && !isCName(name)) return undefined;
  const known: CMember[] = [];
  // BTF has 24 bits for the place of a bit field, and of all members beside it (include/uapi/linux/btf.h).
  const hasBits = members.some(({ bitSize }) => bitSize > 0);
  if (hasBits && members.some(({ bitOffset }) => bitOffset >= 1 << 24)) return undefined;
  for (const { type, ...member } of members) {
    if (type === undefined || !isCName(member.name)) return undefined;
    known.push({ ...member, type });
  }
  return { kind, name, size, members: known };
}

/** @internal `struct bpf_lpm_trie_key` with data of this type. */
export function cLpmKey(data: CType | undefined, dataSize: number): CComposite | undefined {
  return cComposite('struct', 'bpf_lpm_trie_key', 4 + dataSize, [
    { name: 'prefixlen', type: cTypedef('__u', 4), bitOffset: 0, bitSize: 0 },
    { name: 'data', type: data, bitOffset: 32, bitSize: 0 },
  ]);
}

/** As deep as types may lie in each other. */
const MAX_DEPTH = 32;

function isWhole(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}

/** @internal Is it a type, whoever made it? */
export function isCType(type: unknown, depth = 0): type is CType {
  if (typeof type !== 'object' || type === null || depth > MAX_DEPTH || !('kind' in type)) return false;
  const field = (name: string): unknown => Reflect.get(type, name);
  const named = (name: unknown): boolean => typeof name === 'string' && !name.includes('\0');
  switch (type.kind) {
    case 'int':
    case 'float':
      return named(field('name')) && isWhole(field('size'));
    case 'typedef':
      return named(field('name')) && isCType(field('type'), depth + 1);
    case 'array':
      return isWhole(field('length')) && isCType(field('element'), depth + 1);
    case 'struct':
    case 'union': {
      const members: unknown = field('members');
      return (
        named(field('name')) &&
        isWhole(field('size')) &&
        Array.isArray(members) &&
        members.length <= 0xffff &&
        members.every((member: unknown) => isMember(member, depth))
      );
    }
    default:
      return false;
  }
}

function isMember(member: unknown, depth: number): member is CMember {
  if (typeof member !== 'object' || member === null) return false;
  const field = (name: string): unknown => Reflect.get(member, name);
  const name = field('name');
  return (
    typeof name === 'string' &&
    (name === '' || isCName(name)) &&
    isWhole(field('bitOffset')) &&
    isWhole(field('bitSize')) &&
    isCType(field('type'), depth + 1)
  );
}
