/** A whole number or a boolean or a character (BTF_KIND_INT). */
export interface BtfInt {
  /** BTF_KIND_INT. */
  readonly kind: 'int';
  /** C's name, such as `unsigned int`. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Bits that count; fewer than `size` has only in bit fields as compilers before 2018 wrote them. */
  readonly bits: number;
  /** Of those bits, the place of the first one. */
  readonly bitOffset: number;
  /** Two's complement? */
  readonly signed: boolean;
  /** C's `_Bool`? */
  readonly bool: boolean;
}

/** A floating-point number (BTF_KIND_FLOAT, Linux 5.13). */
export interface BtfFloat {
  /** BTF_KIND_FLOAT. */
  readonly kind: 'float';
  /** C's name, such as `double`. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** A type that leads to another one; `type` 0 is `void`. */
export interface BtfReference {
  /** BTF_KIND_PTR, and so on. `func` is a function, whose `type` is its prototype. */
  readonly kind:
    | 'ptr'
    | 'typedef'
    | 'volatile'
    | 'const'
    | 'restrict'
    | 'func'
    | 'type_tag'
    | 'var'
    | 'decl_tag';
  /** Empty for qualifiers and pointers. */
  readonly name: string;
  /** The id of the type that it leads to. */
  readonly type: number;
}

/** An array (BTF_KIND_ARRAY). */
export interface BtfArray {
  /** BTF_KIND_ARRAY. */
  readonly kind: 'array';
  /** Empty: arrays have no names. */
  readonly name: string;
  /** The id of the elements' type. */
  readonly type: number;
  /** How many elements; 0 for flexible arrays. */
  readonly length: number;
}

/** A member of a struct or a union. */
export interface BtfMember {
  /** Empty for anonymous members and padding. */
  readonly name: string;
  /** The id of its type. */
  readonly type: number;
  /** Bits from the beginning of the struct. */
  readonly bitOffset: number;
  /** Bits of a bit field; 0 for others. */
  readonly bitSize: number;
}

/** A struct or a union (BTF_KIND_STRUCT, BTF_KIND_UNION). */
export interface BtfComposite {
  /** BTF_KIND_STRUCT or BTF_KIND_UNION. */
  readonly kind: 'struct' | 'union';
  /** The tag; empty if it has none. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** In the order of their declaration. */
  readonly members: readonly BtfMember[];
}

/** An enumerated type (BTF_KIND_ENUM, BTF_KIND_ENUM64). */
export interface BtfEnum {
  /** BTF_KIND_ENUM or BTF_KIND_ENUM64. */
  readonly kind: 'enum' | 'enum64';
  /** The tag; empty if it has none. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Two's complement? */
  readonly signed: boolean;
  /** In the order of their declaration. */
  readonly values: ReadonlyArray<{
    /** The enumerator. */
    readonly name: string;
    /** Exact, also of 64 bits. */
    readonly value: bigint;
  }>;
}

/** A struct or union of which only the name is known (BTF_KIND_FWD). */
export interface BtfForward {
  /** BTF_KIND_FWD. */
  readonly kind: 'fwd';
  /** The tag. */
  readonly name: string;
  /** Is it a union? */
  readonly union: boolean;
}

/** The prototype of a function (BTF_KIND_FUNC_PROTO). */
export interface BtfFunctionPrototype {
  /** BTF_KIND_FUNC_PROTO. */
  readonly kind: 'func_proto';
  /** Empty: prototypes have no names. */
  readonly name: string;
  /** The id of the type that it returns; 0 for `void`. */
  readonly type: number;
  /** Parameters; the last one is `...` if it has neither name nor type. */
  readonly parameters: ReadonlyArray<{
    /** May be empty. */
    readonly name: string;
    /** The id of its type. */
    readonly type: number;
  }>;
}

/** The variables of a section of an object file, such as `.bss` (BTF_KIND_DATASEC). */
export interface BtfDataSection {
  /** BTF_KIND_DATASEC. */
  readonly kind: 'datasec';
  /** The section. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** In the order of the section. */
  readonly variables: ReadonlyArray<{
    /** The id of the variable (kind `var`), which has the name. */
    readonly type: number;
    /** Bytes from the beginning of the section. */
    readonly offset: number;
    /** Bytes. */
    readonly size: number;
  }>;
}

/** `void`: type 0. */
export interface BtfVoid {
  /** Type 0, which no BTF writes down. */
  readonly kind: 'void';
  /** `void`. */
  readonly name: string;
}

/** A type as BTF describes it (Documentation/bpf/btf.rst). */
export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfFloat
  | BtfReference
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfForward
  | BtfFunctionPrototype
  | BtfDataSection;
