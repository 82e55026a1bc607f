import { locate } from './codec.ts';
import { CodecError, describe } from './errors.ts';
import { clear, type Placed } from './plan.ts';
import { type Decode, fieldsDecoder } from './struct-value.ts';

/** A member that has a name. */
export interface NamedMember extends Placed {
  readonly name: string;
  /** May be left out: then it is zero. */
  readonly optional: boolean;
}

/** The members of a struct or union, anonymous structs and unions among them as groups of their own. */
export interface MemberGroup {
  readonly union: boolean;
  /** Bytes from the outermost struct's beginning. */
  readonly offset: number;
  readonly size: number;
  readonly members: ReadonlyArray<NamedMember | MemberGroup>;
}

type Fields = Readonly<Record<string, unknown>>;
type Writer = (value: Fields, view: DataView, at: number) => void;

/** All members that have names, as C has them: those of anonymous members too. */
export function namedMembers(group: MemberGroup): NamedMember[] {
  return group.members.flatMap((member) => ('members' in member ? namedMembers(member) : [member]));
}

/** What the object has under that name, not what all objects inherit (`constructor`, `valueOf`, …). */
function fieldOf(value: Fields, name: string): unknown {
  const field = value[name];
  return typeof field === 'function' && !Object.hasOwn(value, name) ? undefined : field;
}

function titleOf(member: NamedMember | MemberGroup): string {
  if (!('members' in member)) return member.name;
  const names = namedMembers(member).map(({ name }) => name);
  return member.union ? names.join(' or ') : `{ ${names.join(', ')} }`;
}

/** Does `decoded` say all that `given` says? */
function agrees(given: unknown, decoded: unknown): boolean {
  if (given instanceof Uint8Array) {
    return (
      decoded instanceof Uint8Array &&
      given.length === decoded.length &&
      given.every((byte, i) => byte === decoded[i])
    );
  }
  if (Array.isArray(given)) {
    return (
      Array.isArray(decoded) &&
      given.length === decoded.length &&
      given.every((element, i) => agrees(element, decoded[i]))
    );
  }
  if (typeof given === 'object' && given !== null && typeof decoded === 'object' && decoded !== null) {
    const there = new Map(Object.entries(decoded));
    return Object.entries(given).every(
      ([name, value]) => value === undefined || agrees(value, there.get(name)),
    );
  }
  return Object.is(given, decoded);
}

interface Alternative {
  readonly title: string;
  readonly names: readonly NamedMember[];
  readonly write: Writer;
}

function isGiven(alternative: Alternative, value: Fields): boolean {
  for (const { name } of alternative.names) if (fieldOf(value, name) !== undefined) return true;
  return false;
}

/** What is written says what the alternative was given. */
function isSaid(alternative: Alternative, value: Fields, view: DataView, at: number): boolean {
  return alternative.names.every(
    (member) =>
      fieldOf(value, member.name) === undefined ||
      agrees(fieldOf(value, member.name), member.decode(view, at)),
  );
}

function unionWriter(group: MemberGroup): Writer {
  const alternatives = group.members.map(
    (member): Alternative => ({
      title: titleOf(member),
      names: 'members' in member ? namedMembers(member) : [member],
      write: memberWriter(member),
    }),
  );
  const usual = alternatives.filter(({ names }) => names.length > 0);
  const titles = usual.map(({ title }) => title).join(', ');
  return (value, view, at) => {
    const given = usual.filter((alternative) => isGiven(alternative, value));
    const [only] = given;
    if (only === undefined) {
      if (usual.length === 0) return;
      throw new CodecError('ERR_BPF_VALUE_TYPE', `expected one member of the union: ${titles}; got none`);
    }
    if (given.length === 1) {
      only.write(value, view, at);
      return;
    }
    // As they were read, all of them: write the one that says what all others say.
    for (const candidate of given) {
      clear(view, at + group.offset, group.size);
      candidate.write(value, view, at);
      if (given.every((other) => other === candidate || isSaid(other, value, view, at))) return;
    }
    throw new CodecError(
      'ERR_BPF_VALUE_RANGE',
      `expected one member of the union, or several that agree; ${given.map(({ title }) => title).join(' and ')} do not`,
    );
  };
}

function memberWriter(member: NamedMember | MemberGroup): Writer {
  if ('members' in member) return member.union ? unionWriter(member) : structWriter(member);
  const { name, optional, encode } = member;
  return (value, view, at) => {
    const field = fieldOf(value, name);
    if (field === undefined && optional) return;
    try {
      encode(field, view, at);
    } catch (error) {
      throw locate(error, name);
    }
  };
}

function structWriter(group: MemberGroup): Writer {
  const writers = group.members.map(memberWriter);
  return (value, view, at) => {
    for (const write of writers) write(value, view, at);
  };
}

/** An object with the named members; see {@link MemberGroup}. */
export function membersValue(group: MemberGroup, title: string): Placed {
  const write = memberWriter(group);
  const fields = namedMembers(group).map((codec) => ({ name: codec.name, codec, offset: 0 }));
  let decodeFields: Decode | undefined;
  return {
    encode(value, view, at) {
      if (typeof value !== 'object' || value === null) {
        throw new CodecError(
          'ERR_BPF_VALUE_TYPE',
          `expected an object with the members of ${title}, got ${describe(value)}`,
        );
      }
      write(value as Fields, view, at);
    },
    decode(view, at) {
      decodeFields ??= fieldsDecoder(fields);
      return decodeFields(view, at);
    },
  };
}
