import { type Codec, checkCodec } from './codec.ts';
import { cComposite } from './ctype.ts';
import { BpfUsageError } from './errors.ts';
import { type MemberGroup, membersValue } from './members.ts';
import { clear } from './plan.ts';
import {
  cMember,
  type FieldValue,
  layOut,
  measure,
  type StructFields,
  type StructOptions,
} from './struct.ts';

/** The JavaScript value of a union with these members: reading gives all, writing takes one. */
export type UnionValue<F extends StructFields> = {
  -readonly [Name in keyof F]?: FieldValue<F[Name]>;
};

/**
 * A C union: members that share their bytes. Decoding gives every member; encoding takes one (the other bytes are
 * zero), or several that agree, as they were decoded.
 *
 * @throws BpfUsageError `ERR_BPF_LAYOUT` for members that pass the given size, or have no C name
 */
export function union<const F extends StructFields>(
  members: F,
  options: StructOptions = {},
): Codec<UnionValue<F>> {
  const laidOut = layOut(members, options.packed ?? false, true);
  const { size, alignment } = measure(laidOut, options);
  const last = Math.max(0, ...laidOut.map((member) => Math.ceil((member.bitOffset + member.bitSize) / 8)));
  if (last > size) {
    throw new BpfUsageError('ERR_BPF_LAYOUT', `union has size ${size}, but a member ends at ${last}`);
  }
  const group: MemberGroup = {
    union: true,
    offset: 0,
    size,
    members: laidOut.map(({ name, codec, offset }) => ({
      name,
      optional: false,
      encode: (value, view, at) => codec.encode(value, view, at + offset),
      decode: (view, at) => codec.decode(view, at + offset),
    })),
  };
  const { encode, decode } = membersValue(group, 'the union');
  const codec: Codec<unknown> = Object.freeze({
    size,
    alignment,
    ctype: cComposite('union', options.name ?? '', size, laidOut.map(cMember)),
    encode(value: unknown, view: DataView, offset: number): void {
      clear(view, offset, size);
      encode(value, view, offset);
    },
    decode,
  });
  checkCodec(codec, 'union');
  return codec as Codec<UnionValue<F>>;
}
