import { bytes } from '../bytes.ts';
import type { Codec } from '../codec.ts';
import { elements } from '../elements.ts';
import { bitField, type IntegerAccess, type IntegerPlace, wholeInteger } from '../integer-access.ts';
import { type MemberGroup, membersValue, type NamedMember, namedMembers } from '../members.ts';
import { clear, type Placed, type Plan } from '../plan.ts';
import type { Btf } from './btf.ts';
import { BtfError } from './btf-error.ts';
import type {
  BtfArray,
  BtfComposite,
  BtfDataSection,
  BtfEnum,
  BtfInt,
  BtfMember,
  BtfType,
} from './btf-types.ts';
import { booleanValue, enumValue, floatValue, integerValue } from './scalars.ts';
import { text } from './text.ts';

/**
 * A value of a type that BTF describes: integers of up to 32 bits and floats are numbers, those of 64 and 128
 * bits and pointers bigints, `_Bool` a boolean, enumerators their names (other values numbers), `char[]` a
 * string or bytes, `unsigned char[]` bytes, other arrays arrays, structs and unions objects.
 */
export type BtfValue = number | bigint | boolean | string | Uint8Array | BtfValue[] | BtfObject;

/** A struct's or union's members by name; those of its anonymous members among them, as in C. */
export interface BtfObject {
  /** A member, by its name. */
  [member: string]: BtfValue;
}

/** As deep as structs and arrays may lie in each other: more than any compiler's, less than the stack. */
const MAX_DEPTH = 64;

/** Members of all structs that one type leads to; no real one comes near. */
const MAX_MEMBERS = 1 << 20;

/** More scalars than this a value has only if its bytes account for them. */
const FREE_WORK = 1 << 20;

export const POINTER_BYTES = 8;

/** What the kernel keeps for itself in a value: it neither shows nor takes them. */
export const KERNEL_OWNED = new Set([
  'bpf_spin_lock',
  'bpf_res_spin_lock',
  'bpf_timer',
  'bpf_wq',
  'bpf_task_work',
  'bpf_list_head',
  'bpf_list_node',
  'bpf_rb_root',
  'bpf_rb_node',
  'bpf_refcount',
]);

/** C's way to write a type, as far as messages need it. */
export function titleOf(type: BtfType): string {
  switch (type.kind) {
    case 'struct':
    case 'union':
      return type.name === '' ? `an anonymous ${type.kind}` : `${type.kind} ${type.name}`;
    case 'enum':
    case 'enum64':
      return type.name === '' ? 'enum' : `enum ${type.name}`;
    case 'fwd':
      return `${type.union ? 'union' : 'struct'} ${type.name}`;
    case 'datasec':
      return `section ${type.name}`;
    default:
      return type.name === '' ? type.kind : type.name;
  }
}

/** `unsigned char[]` and the like are bytes; `char[]` is text. */
export function arrayContent(btf: Btf, type: BtfArray): 'text' | 'bytes' | 'elements' {
  const element = btf.resolve(type.type);
  if (element.kind !== 'int' || element.size !== 1 || element.bool) return 'elements';
  if (element.name === 'char') return 'text';
  return element.signed ? 'elements' : 'bytes';
}

/** The integer of a member, where it is a bit field; undefined where it is not. */
export function bitsOf(member: BtfMember, type: BtfType): { bits: number; offset: number } | undefined {
  if (member.bitSize !== 0) return { bits: member.bitSize, offset: member.bitOffset };
  // Before Linux 4.20 the type told, not the member.
  if (type.kind === 'int' && type.bits < type.size * 8) {
    return { bits: type.bits, offset: member.bitOffset + type.bitOffset };
  }
  return undefined;
}

class Compiler {
  readonly #btf: Btf;
  readonly #plans = new Map<number, Plan>();
  #depth = 0;
  #members = 0;

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  plan(id: number, path: string): Plan {
    const resolved = this.#btf.resolveId(id);
    const known = this.#plans.get(resolved);
    if (known !== undefined) return known;
    if (this.#depth >= MAX_DEPTH) {
      throw this.#malformed(path, `structs lie in each other more than ${MAX_DEPTH} deep`);
    }
    this.#depth++;
    const plan = this.#make(this.#btf.type(resolved), path);
    this.#depth--;
    if (plan.work > Math.max(FREE_WORK, plan.size)) {
      throw this.#unusable(path, `reading it would yield ${plan.work} values from ${plan.size} bytes`);
    }
    this.#plans.set(resolved, plan);
    return plan;
  }

  #malformed(path: string, problem: string): BtfError {
    return new BtfError('ERR_BPF_BTF_FORMAT', `malformed BTF: ${path}: ${problem}`);
  }

  #unusable(path: string, problem: string): BtfError {
    return new BtfError('ERR_BPF_BTF_TYPE', `${path}: ${problem}; give codecs of your own: { key, value }`);
  }

  #make(type: BtfType, path: string): Plan {
    switch (type.kind) {
      case 'int':
      case 'ptr':
      case 'enum':
      case 'enum64':
      case 'float': {
        const size = 'size' in type ? type.size : POINTER_BYTES;
        const { encode, decode } = this.#scalar(type, 0, path);
        return { size, alignment: size, dense: true, work: 1, encode, decode };
      }
      case 'array':
        return this.#array(type, path);
      case 'struct':
      case 'union':
        return this.#composite(type, path);
      case 'datasec':
        return this.#section(type, path);
      case 'fwd':
        throw this.#unusable(path, `${titleOf(type)} is declared, but its members are not in this BTF`);
      case 'void':
        throw this.#unusable(path, 'void has no values');
      default:
        throw this.#unusable(path, `a ${type.kind} has no values`);
    }
  }

  /** What is neither array nor struct, `offset` bytes from its container's beginning. */
  #scalar(type: BtfType, offset: number, path: string): Placed {
    const littleEndian = this.#btf.littleEndian;
    switch (type.kind) {
      case 'int':
      case 'enum':
      case 'enum64': {
        const bits = type.size * 8;
        const signed = type.signed;
        const access = wholeInteger({ bitOffset: offset * 8, bits, signed, littleEndian, big: bits > 32 });
        if (access === undefined || (type.kind !== 'int' && bits > 64)) {
          throw this.#malformed(path, `${titleOf(type)} has ${type.size} bytes`);
        }
        return this.#integer(type, access, bits);
      }
      case 'ptr': {
        const place = { bitOffset: offset * 8, bits: 64, signed: false, littleEndian, big: true };
        const access = wholeInteger(place);
        if (access !== undefined) return integerValue(access, 'a pointer');
        throw this.#malformed(path, 'a pointer that does not begin at a byte');
      }
      case 'float': {
        const value = floatValue(type.size, offset, littleEndian, type.name);
        if (value !== undefined) return value;
        // What JavaScript has no numbers for.
        const raw = bytes(type.size);
        return {
          encode: (value, view, at) => raw.encode(value as Uint8Array, view, at + offset),
          decode: (view, at) => raw.decode(view, at + offset),
        };
      }
      default:
        throw this.#unusable(path, `a ${type.kind} has no values`);
    }
  }

  #integer(type: BtfInt | BtfEnum, access: IntegerAccess, bits: number): Placed {
    if (type.kind !== 'int') return enumValue(access, type, bits);
    return type.bool ? booleanValue(access) : integerValue(access, type.name);
  }

  #array(type: BtfArray, path: string): Plan {
    const { length } = type;
    if (length === 0) {
      throw this.#unusable(
        path,
        'a flexible array, or one of no elements: the type does not tell its length',
      );
    }
    const content = arrayContent(this.#btf, type);
    if (content === 'text') return { size: length, alignment: 1, dense: true, work: 1, ...text(length) };
    if (content === 'bytes') {
      const codec = bytes(length);
      return {
        size: length,
        alignment: 1,
        dense: true,
        work: 1,
        encode: (value, view, at) => codec.encode(value as Uint8Array, view, at),
        decode: codec.decode,
      };
    }
    const element = this.plan(type.type, `${path}[]`);
    const codec = elements(element, length, element.size, element.alignment, `${length} elements`);
    return {
      size: length * element.size,
      alignment: element.alignment,
      dense: element.dense,
      work: length * Math.max(1, element.work),
      encode: (value, view, at) => codec.encode(value as unknown[], view, at),
      decode: codec.decode,
    };
  }

  #composite(type: BtfComposite, path: string): Plan {
    const layout = new Layout();
    const group = this.#group(type, 0, path, layout);
    return this.#object(group, type.size, titleOf(type), path, layout);
  }

  #section(type: BtfDataSection, path: string): Plan {
    const layout = new Layout();
    const names = new Set<string>();
    const members = type.variables.map(({ type: id, offset }): NamedMember => {
      const { name: declared } = this.#btf.type(id);
      // Two functions' static variables may have one name.
      const name = names.has(declared) ? `${declared}@${offset}` : declared;
      names.add(name);
      return this.#member(name, id, offset, type.size, `${path}.${name}`, layout);
    });
    const group = { union: false, offset: 0, size: type.size, members };
    return this.#object(group, type.size, titleOf(type), path, layout);
  }

  #object(group: MemberGroup, size: number, title: string, path: string, layout: Layout): Plan {
    const names = new Set<string>();
    for (const { name } of namedMembers(group)) {
      if (names.has(name)) throw this.#malformed(path, `two members are called ${name}`);
      if (name === '__proto__') throw this.#unusable(path, 'no object can have a member called __proto__');
      names.add(name);
    }
    return { size, ...layout.end(size, !group.union), ...membersValue(group, title) };
  }

  #group(type: BtfComposite, offset: number, path: string, layout: Layout): MemberGroup {
    const union = type.kind === 'union';
    const members: Array<NamedMember | MemberGroup> = [];
    for (const member of type.members) {
      const inner = this.#btf.resolve(member.type);
      const place = `${path}.${member.name === '' ? '(anonymous)' : member.name}`;
      if (++this.#members > MAX_MEMBERS) throw this.#malformed(place, 'structs without end');
      if (union) layout.hasHoles();
      const bitField = bitsOf(member, inner);
      if (bitField !== undefined) {
        layout.hasBits();
        const end = Math.ceil((bitField.offset + bitField.bits) / 8);
        if (end > type.size) throw this.#malformed(place, `it passes the end of ${titleOf(type)}`);
        // Padding has no name.
        if (member.name === '') continue;
        const bitOffset = offset * 8 + bitField.offset;
        members.push({
          name: member.name,
          optional: false,
          ...this.#bits(inner, bitOffset, bitField.bits, place),
        });
        continue;
      }
      const start = member.bitOffset / 8;
      if (!Number.isInteger(start)) throw this.#malformed(place, 'it does not begin at a byte');
      if (member.name !== '') {
        members.push(
          this.#member(member.name, member.type, offset + start, offset + type.size, place, layout),
        );
        continue;
      }
      if (inner.kind !== 'struct' && inner.kind !== 'union') {
        throw this.#malformed(place, `a member of ${titleOf(type)} has no name`);
      }
      if (start + inner.size > type.size)
        throw this.#malformed(place, `it passes the end of ${titleOf(type)}`);
      if (this.#depth >= MAX_DEPTH) {
        throw this.#malformed(place, `structs lie in each other more than ${MAX_DEPTH} deep`);
      }
      this.#depth++;
      members.push(this.#group(inner, offset + start, path, layout));
      this.#depth--;
    }
    return { union, offset, size: type.size, members };
  }

  #member(
    name: string,
    id: number,
    offset: number,
    limit: number,
    path: string,
    layout: Layout,
  ): NamedMember {
    const type = this.#btf.resolve(id);
    const plan = this.plan(id, path);
    if (offset + plan.size > limit)
      throw this.#malformed(path, 'it passes the end of what it is a member of');
    layout.add(offset, plan);
    const optional = type.kind === 'struct' && KERNEL_OWNED.has(type.name);
    if (optional) layout.hasHoles();
    switch (type.kind) {
      case 'int':
      case 'ptr':
      case 'enum':
      case 'enum64':
      case 'float':
        return { name, optional, ...this.#scalar(type, offset, path) };
      default:
        return {
          name,
          optional,
          encode: (value, view, at) => plan.encode(value, view, at + offset),
          decode: (view, at) => plan.decode(view, at + offset),
        };
    }
  }

  #bits(type: BtfType, bitOffset: number, bits: number, path: string): Placed {
    if (type.kind !== 'int' && type.kind !== 'enum' && type.kind !== 'enum64') {
      throw this.#malformed(path, `a bit field of type ${titleOf(type)}`);
    }
    if (bits === 0 || bits > Math.min(type.size * 8, 64)) {
      throw this.#malformed(path, `a bit field of ${bits} bits in ${type.size} bytes`);
    }
    const place: IntegerPlace = {
      bitOffset,
      bits,
      signed: type.signed,
      littleEndian: this.#btf.littleEndian,
      big: type.size > 4,
    };
    return this.#integer(type, bitField(place), bits);
  }
}

/** What is known of a struct once its members are: alignment, holes, work. */
class Layout {
  /** The first byte that no member so far has set. */
  cursor = 0;
  #alignment = 1;
  #natural = true;
  #dense = true;
  #work = 0;

  add(offset: number, plan: Plan): void {
    if (offset !== this.cursor || !plan.dense) this.#dense = false;
    this.cursor = offset + plan.size;
    this.#work += plan.work;
    this.#alignment = Math.max(this.#alignment, plan.alignment);
    if (offset % plan.alignment !== 0) this.#natural = false;
  }

  hasBits(): void {
    this.#dense = false;
    this.#work++;
  }

  hasHoles(): void {
    this.#dense = false;
  }

  end(size: number, dense: boolean): Pick<Plan, 'alignment' | 'dense' | 'work'> {
    const natural = this.#natural && size % this.#alignment === 0;
    return {
      alignment: natural ? this.#alignment : 1,
      dense: dense && this.#dense && this.cursor === size,
      work: this.#work,
    };
  }
}

/**
 * A codec for a type that BTF describes: made once, from closures for each member; encoding and decoding do not
 * look at the BTF again. See {@link BtfValue} for what values look like.
 *
 * Of a union, decoding gives every member; encoding takes one, or several that agree (as they were decoded).
 * Structs that the kernel keeps for itself, such as `struct bpf_spin_lock`, may be left out of a value.
 *
 * @param id - the type's id, such as {@link MapBtf.valueTypeId}
 * @throws BtfError `ERR_BPF_BTF_TYPE` if the type has no values of a fixed size (functions, `void`, structs that
 *   are only declared, flexible arrays); `ERR_BPF_BTF_FORMAT`
 */
export function btfCodec<T = BtfValue>(btf: Btf, id: number): Codec<T> {
  const { size, alignment, dense, encode, decode } = new Compiler(btf).plan(id, titleOf(btf.type(id)));
  const codec: Codec<unknown> = Object.freeze({
    size,
    alignment,
    encode: dense
      ? encode
      : (value: unknown, view: DataView, offset: number) => {
          clear(view, offset, size);
          encode(value, view, offset);
        },
    decode,
  });
  return codec as Codec<T>;
}
