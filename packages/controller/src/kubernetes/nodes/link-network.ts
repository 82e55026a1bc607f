import { type IpFamily, parseIpAddress } from '../../address-ranges.ts';

/** A link that a node is on. */
export interface LinkNetwork {
  /** The node's own address on it, in canonical form. */
  readonly address: string;
  /** Of the address and the network. */
  readonly family: IpFamily;
  /** The first address of the network. */
  readonly first: bigint;
  /** The last address of the network. */
  readonly last: bigint;
}

/** Reads `ADDRESS/PREFIX-LENGTH`, as `192.0.2.11/24`. Undefined for anything else. */
export function parseLink(text: string): LinkNetwork | undefined {
  const [, addressText = '', lengthText = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseIpAddress(addressText);
  if (address === undefined) return undefined;
  const { family, value } = address;
  const hostBits = (family === 'ipv4' ? 32 : 128) - Number(lengthText);
  if (hostBits < 0) return undefined;
  const size = 1n << BigInt(hostBits);
  const first = value - (value % size);
  return { address: address.text, family, first, last: first + size - 1n };
}

/** Whether an address is one of the network. */
export function isOnLink(address: string, { family, first, last }: LinkNetwork): boolean {
  const parsed = parseIpAddress(address);
  return parsed?.family === family && first <= parsed.value && parsed.value <= last;
}
