import { readFileSync } from 'node:fs';
import { BpfError, BpfUsageError, describe } from '../errors.ts';
import { addon } from '../native.ts';
import { BtfError } from './btf-error.ts';
import { BtfReader, KIND_NUMBERS } from './btf-reader.ts';
import type { BtfType } from './btf-types.ts';

/** The kernel's own BTF. */
const KERNEL_BTF = '/sys/kernel/btf/vmlinux';

/** How far the kernel follows types that lead to others (kernel/bpf/btf.c: MAX_RESOLVE_DEPTH). */
const MAX_REFERENCES = 32;

const VOID: BtfType = Object.freeze({ kind: 'void', name: 'void' });

/** BTF of which many maps and modules have need is kept as long as somebody uses it. */
const loaded = new Map<number, WeakRef<Btf>>();
let kernel: WeakRef<Btf> | undefined;

/** @internal What BTF was read from; refuses split BTF, which is nothing without its base. */
export let btfBytes: (btf: Btf) => Uint8Array;

/** How BTF is to be read. */
export interface BtfOptions {
  /** What split BTF extends: its types have the ids after those of the base. */
  readonly base?: Btf;
}

/**
 * Types as compilers and the kernel describe them: the BPF Type Format (Documentation/bpf/btf.rst). Types are
 * read when they are asked for, so that even the kernel's 100,000 cost little.
 */
export class Btf {
  readonly #reader: BtfReader;
  readonly #base: Btf | undefined;
  readonly #types = new Map<number, BtfType>();

  static {
    btfBytes = (btf) => {
      if (btf.#base === undefined) return btf.#reader.data;
      throw new BpfUsageError(
        'ERR_BPF_ARGUMENT',
        'split BTF, which extends a base, cannot be loaded by itself',
      );
    };
  }

  private constructor(reader: BtfReader, base: Btf | undefined) {
    this.#reader = reader;
    this.#base = base;
  }

  /**
   * Reads BTF: the content of an object file's section `.BTF`, or of a file in /sys/kernel/btf, in either byte
   * order. O(bytes).
   *
   * @throws BtfError `ERR_BPF_BTF_FORMAT` if the bytes are not BTF
   */
  static parse(data: Uint8Array, options: BtfOptions = {}): Btf {
    if (!(data instanceof Uint8Array)) {
      throw new BpfUsageError('ERR_BPF_ARGUMENT', `BTF is parsed from a Uint8Array, got ${describe(data)}`);
    }
    const { base } = options;
    if (base !== undefined && !(base instanceof Btf)) {
      throw new BpfUsageError('ERR_BPF_ARGUMENT', `base must be a Btf, got ${describe(base)}`);
    }
    const start = base === undefined ? { types: 1, strings: 0 } : base.#end();
    // A copy: what is read later was checked now.
    return new Btf(new BtfReader(data.slice(), start.types, start.strings), base);
  }

  /**
   * The BTF that the kernel keeps under this id, such as that of a map (CAP_SYS_ADMIN). A kernel module's comes
   * with the kernel's as its base.
   *
   * @throws BpfError `ENOENT` if there is none; `EPERM`
   */
  static load(id: number): Btf {
    if (!Number.isInteger(id) || id < 1 || id > 0xffff_ffff) {
      throw new BpfUsageError('ERR_BPF_ARGUMENT', `id must be the id of BTF, got ${describe(id)}`);
    }
    const known = loaded.get(id)?.deref();
    if (known !== undefined) return known;
    const native = addon().loadBtf(id);
    if (typeof native === 'number') {
      throw new BpfError({ errno: -native, operation: 'BPF_BTF_GET_FD_BY_ID' });
    }
    const isModule = native.kernel && native.name !== 'vmlinux';
    const btf = new Btf(
      isModule ? Btf.#onKernel(native.data) : new BtfReader(native.data, 1, 0),
      isModule ? Btf.kernel() : undefined,
    );
    loaded.set(id, new WeakRef(btf));
    return btf;
  }

  static #onKernel(data: Uint8Array): BtfReader {
    const { types, strings } = Btf.kernel().#end();
    return new BtfReader(data, types, strings);
  }

  /**
   * The running kernel's own BTF, from /sys/kernel/btf/vmlinux.
   *
   * @throws BtfError `ERR_BPF_NO_BTF` if it has none (CONFIG_DEBUG_INFO_BTF)
   */
  static kernel(): Btf {
    const known = kernel?.deref();
    if (known !== undefined) return known;
    let data: Uint8Array;
    try {
      data = readFileSync(KERNEL_BTF);
    } catch (cause) {
      throw new BtfError(
        'ERR_BPF_NO_BTF',
        `${KERNEL_BTF} cannot be read: this kernel is built without BTF (CONFIG_DEBUG_INFO_BTF), or /sys is not mounted`,
        { cause },
      );
    }
    const btf = new Btf(new BtfReader(data, 1, 0), undefined);
    kernel = new WeakRef(btf);
    return btf;
  }

  /** Do integers, here and in the data that is described, begin with their least significant byte? */
  get littleEndian(): boolean {
    return this.#reader.littleEndian;
  }

  /** How many types there are, those of the base and type 0 (`void`) included: ids are below this. */
  get typeCount(): number {
    return this.#end().types;
  }

  /**
   * The type with this id. O(its members) the first time, then O(1).
   *
   * @throws BtfError `ERR_BPF_BTF_FORMAT` if there is no such type, or it is not well-formed
   */
  type(id: number): BtfType {
    const known = this.#types.get(id);
    if (known !== undefined) return known;
    if (id === 0) return VOID;
    if (this.#base !== undefined && id < this.#reader.firstType) return this.#base.type(id);
    const type = this.#reader.type(id, (offset) => this.#string(offset));
    this.#types.set(id, type);
    return type;
  }

  /**
   * The id of the first type of this kind and name; undefined if there is none. O(types).
   */
  find(kind: BtfType['kind'], name: string): number | undefined {
    const inBase = this.#base?.find(kind, name);
    if (inBase !== undefined) return inBase;
    for (let id = this.#reader.firstType; id < this.typeCount; id++) {
      if (this.#reader.kindOf(id) === KIND_NUMBERS[kind] && this.type(id).name === name) return id;
    }
    return undefined;
  }

  /**
   * The type that remains without its `typedef`, `const`, `volatile`, `restrict` and tags, and of a variable its
   * type.
   *
   * @throws BtfError `ERR_BPF_BTF_FORMAT` if they lead nowhere
   */
  resolve(id: number): BtfType {
    return this.type(this.resolveId(id));
  }

  /** As {@link Btf.resolve}, its id. */
  resolveId(id: number): number {
    let current = id;
    for (let steps = 0; steps < MAX_REFERENCES; steps++) {
      const type = this.type(current);
      switch (type.kind) {
        case 'typedef':
        case 'const':
        case 'volatile':
        case 'restrict':
        case 'type_tag':
        case 'var':
          current = type.type;
          break;
        default:
          return current;
      }
    }
    throw new BtfError(
      'ERR_BPF_BTF_FORMAT',
      `BTF type ${id} leads through more than ${MAX_REFERENCES} typedefs and qualifiers`,
    );
  }

  #end(): { types: number; strings: number } {
    return {
      types: this.#reader.firstType + this.#reader.typeCount,
      strings: this.#reader.firstString + this.#reader.stringBytes,
    };
  }

  #string(offset: number): string {
    if (this.#base !== undefined && offset < this.#reader.firstString) return this.#base.#string(offset);
    return this.#reader.string(offset);
  }
}
