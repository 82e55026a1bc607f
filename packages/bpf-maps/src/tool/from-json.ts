import { type Btf, type BtfType, ipv4, ipv6, mac } from '../index.ts';

/** A member's type by its name, those of anonymous members among them. */
function memberTypes(btf: Btf, type: BtfType): Map<string, number> {
  const types = new Map<string, number>();
  if (type.kind === 'datasec') {
    for (const { type: id } of type.variables) types.set(btf.type(id).name, id);
  } else if (type.kind === 'struct' || type.kind === 'union') {
    for (const { name, type: id } of type.members) {
      if (name !== '') types.set(name, id);
      else for (const [inner, innerId] of memberTypes(btf, btf.resolve(id))) types.set(inner, innerId);
    }
  }
  return types;
}

/** Is the type, or what it is a name of, called that? */
function isCalled(btf: Btf, id: number, names: ReadonlySet<string>): boolean {
  for (let type = btf.type(id); 'type' in type && type.kind !== 'ptr'; type = btf.type(type.type)) {
    if (names.has(type.name)) return true;
  }
  return false;
}

const NETWORK_WORDS: ReadonlySet<string> = new Set(['__be32', 'in_addr_t']);

function encoded(codec: typeof ipv4, text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(codec.size);
  try {
    codec.encode(text, new DataView(bytes.buffer), 0);
    return bytes;
  } catch {
    return undefined;
  }
}

/** The bytes of an address, where `text` is one. */
function addressBytes(text: string, length: number): Uint8Array | undefined {
  const codec = new Map([
    [4, ipv4],
    [6, mac],
    [16, ipv6],
  ]).get(length);
  return codec === undefined ? undefined : encoded(codec, text);
}

/** Bytes from hexadecimal digits, in whatever groups. */
export function hexBytes(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/0x|[\s:,]/gi, '');
  return /^(?:[0-9a-f]{2})*$/i.test(digits) ? new Uint8Array(Buffer.from(digits, 'hex')) : undefined;
}

function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== 'string' || !/^(?:-?\d+|0x[0-9a-f]+)$/i.test(value)) return undefined;
  return BigInt(value);
}

/** As a codec wants it: what is wider than 32 bits is a bigint. */
function integer(value: unknown, size: number): unknown {
  const whole = wholeNumber(value);
  if (whole === undefined) return value;
  return size > 4 ? whole : Number(whole);
}

function boolean(value: unknown): unknown {
  if (value === 0 || value === '0' || value === 'false') return false;
  return value === 1 || value === '1' || value === 'true' ? true : value;
}

function float(value: unknown): unknown {
  return typeof value === 'bigint' || (typeof value === 'string' && value.trim() !== '')
    ? Number(value)
    : value;
}

function bytesOf(list: readonly unknown[]): Uint8Array | undefined {
  const valid = list.every(
    (byte): byte is number => typeof byte === 'number' && Number.isInteger(byte) && byte >= 0 && byte <= 0xff,
  );
  return valid ? Uint8Array.from(list) : undefined;
}

/**
 * What a codec from BTF wants, from what JSON can say. What makes no sense is left as it is: the codec tells
 * what it expected, and where.
 */
export function fromJson(btf: Btf, id: number, value: unknown): unknown {
  const type = btf.resolve(id);
  switch (type.kind) {
    case 'int':
      if (type.bool) return boolean(value);
      if (typeof value === 'string' && type.size === 4 && isCalled(btf, id, NETWORK_WORDS)) {
        const address = encoded(ipv4, value);
        if (address !== undefined) return new DataView(address.buffer).getUint32(0, btf.littleEndian);
      }
      return integer(value, type.size);
    case 'enum':
    case 'enum64':
      return type.values.some(({ name }) => name === value) ? value : integer(value, type.size);
    case 'ptr':
      return integer(value, 8);
    case 'float':
      if (type.size !== 4 && type.size !== 8) return Array.isArray(value) ? (bytesOf(value) ?? value) : value;
      return float(value);
    case 'array':
      return arrayFromJson(btf, type, value);
    case 'struct':
    case 'union':
    case 'datasec': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return wholeArray(type, value);
      const types = memberTypes(btf, type);
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => {
          const memberId = types.get(name);
          return [name, memberId === undefined ? member : fromJson(btf, memberId, member)];
        }),
      );
    }
    default:
      return value;
  }
}

/** `struct in6_addr` may be written as the address that it is. */
function wholeArray(type: BtfType, value: unknown): unknown {
  if (type.kind !== 'struct' || type.name !== 'in6_addr' || typeof value !== 'string') return value;
  const address = addressBytes(value, 16);
  return address === undefined ? value : { in6_u: { u6_addr8: address } };
}

function arrayFromJson(btf: Btf, type: Extract<BtfType, { kind: 'array' }>, value: unknown): unknown {
  const element = btf.resolve(type.type);
  const ofBytes = element.kind === 'int' && element.size === 1 && !element.bool;
  const text = ofBytes && element.name === 'char';
  if (Array.isArray(value)) {
    if (text || (ofBytes && !element.signed)) return bytesOf(value) ?? value;
    return value.map((each) => fromJson(btf, type.type, each));
  }
  if (typeof value !== 'string' || !ofBytes || text || element.signed) return value;
  return addressBytes(value, type.length) ?? hexBytes(value) ?? value;
}

/** JSON.parse, but integers that a double does not hold are bigints. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (_name: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? BigInt(context?.source ?? 0)
      : value,
  );
}
