/**
 * Ethernet frames from named fields, with checksums of their own making: nothing of the data plane is used, so
 * that a frame which the data plane has rewritten can be compared, byte for byte, with one that was built.
 */

export const TCP = { FIN: 0x01, SYN: 0x02, RST: 0x04, PSH: 0x08, ACK: 0x10 } as const;

export type Protocol = 'TCP' | 'UDP' | 'ICMP';

export interface VlanTag {
  /** TPID: 0x8100 (IEEE 802.1Q) or 0x88a8 (802.1ad). */
  readonly tpid: number;
  readonly id: number;
}

export interface Ipv6Extension {
  /** Its protocol number. */
  readonly type: number;
  /** All after the first two bytes; with them a multiple of 8 bytes long. */
  readonly body: Buffer;
}

/** What a frame is made of. The family is that of its addresses. */
export interface Frame {
  readonly dstMac: string;
  readonly srcMac: string;
  readonly vlans?: readonly VlanTag[];
  readonly src: string;
  readonly dst: string;
  /** TTL or hop limit. Default 64. */
  readonly ttl?: number;
  /** IPv4: a multiple of 4 bytes. */
  readonly ipv4Options?: Buffer;
  /** IPv4: flags and fragment offset. Default 0x4000 (do not fragment). */
  readonly ipv4Fragment?: number;
  readonly ipv6Extensions?: readonly Ipv6Extension[];
  readonly protocol: Protocol;
  readonly sport: number;
  readonly dport: number;
  readonly seq?: number;
  readonly ack?: number;
  /** Default SYN. */
  readonly flags?: number;
  readonly window?: number;
  readonly tcpOptions?: Buffer;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly payload?: Buffer;
  /**
   * The transport checksum: `complete` (default), `none` (0), `partial`, as Linux leaves it for a device to
   * finish (the pseudo-header's folded sum, not complemented), or a value of its own.
   */
  readonly checksum?: 'complete' | 'none' | 'partial' | number;
  /** Bytes after the packet, as short frames are padded with. */
  readonly padding?: Buffer;
}

export const PROTOCOL_NUMBERS = { TCP: 6, UDP: 17 } as const;
export const EXTENSION = { HOP_BY_HOP: 0, ROUTING: 43, FRAGMENT: 44, DESTINATION: 60 } as const;
const ICMP = 1;
const ICMPV6 = 58;

export function isIpv6(frame: Pick<Frame, 'src'>): boolean {
  return frame.src.includes(':');
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

/** An address in network order: 4 or 16 bytes. `::` may stand for missing groups (RFC 4291, 2.2). */
export function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((group) => parseInt(group, 16)));
  const [head = '', tail] = address.split('::');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return Buffer.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

/** The one's complement sum of 16-bit words, folded (RFC 1071); an odd last byte is the high one of a word. */
export function onesSum(...parts: readonly Buffer[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += part.readUInt8(at) * 256 + (part[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/** The Internet checksum of bytes (RFC 1071). */
export function internetChecksum(...parts: readonly Buffer[]): number {
  return ~onesSum(...parts) & 0xffff;
}

function protocolNumber(frame: Frame): number {
  if (frame.protocol === 'ICMP') return isIpv6(frame) ? ICMPV6 : ICMP;
  return PROTOCOL_NUMBERS[frame.protocol];
}

/** RFC 9293, 3.1 and RFC 8200, 8.1. Both lay out to the same sum: addresses, protocol, length. */
function pseudoHeader(frame: Frame, length: number): Buffer {
  const tail = Buffer.alloc(8);
  tail.writeUInt32BE(length, 0);
  tail.writeUInt32BE(protocolNumber(frame), 4);
  return Buffer.concat([addressBytes(frame.src), addressBytes(frame.dst), tail]);
}

function transportHeader(frame: Frame, payloadLength: number): { header: Buffer; checksumAt: number } {
  if (frame.protocol === 'ICMP') {
    const header = Buffer.alloc(8);
    header.writeUInt8(frame.icmpType ?? (isIpv6(frame) ? 128 : 8), 0);
    header.writeUInt8(frame.icmpCode ?? 0, 1);
    header.writeUInt16BE(frame.sport, 4);
    header.writeUInt16BE(frame.dport, 6);
    return { header, checksumAt: 2 };
  }
  if (frame.protocol === 'UDP') {
    const header = Buffer.alloc(8);
    header.writeUInt16BE(frame.sport, 0);
    header.writeUInt16BE(frame.dport, 2);
    header.writeUInt16BE(8 + payloadLength, 4);
    return { header, checksumAt: 6 };
  }
  const options = frame.tcpOptions ?? Buffer.alloc(0);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(frame.sport, 0);
  header.writeUInt16BE(frame.dport, 2);
  header.writeUInt32BE(frame.seq ?? 0, 4);
  header.writeUInt32BE(frame.ack ?? 0, 8);
  header.writeUInt8(((20 + options.length) / 4) << 4, 12);
  header.writeUInt8(frame.flags ?? TCP.SYN, 13);
  header.writeUInt16BE(frame.window ?? 0xfaf0, 14);
  return { header: Buffer.concat([header, options]), checksumAt: 16 };
}

function transport(frame: Frame): Buffer {
  const payload = frame.payload ?? Buffer.alloc(0);
  const { header, checksumAt } = transportHeader(frame, payload.length);
  const segment = Buffer.concat([header, payload]);
  const hasPseudoHeader = frame.protocol !== 'ICMP' || isIpv6(frame);
  const pseudo = hasPseudoHeader ? pseudoHeader(frame, segment.length) : Buffer.alloc(0);
  const wanted = frame.checksum ?? 'complete';
  let checksum = typeof wanted === 'number' ? wanted : 0;
  if (wanted === 'partial') checksum = onesSum(pseudo);
  if (wanted === 'complete') {
    checksum = internetChecksum(pseudo, segment);
    // RFC 768: 0 would mean that there is none.
    if (frame.protocol === 'UDP' && checksum === 0) checksum = 0xffff;
  }
  segment.writeUInt16BE(checksum, checksumAt);
  return segment;
}

function ipv4(frame: Frame, segment: Buffer): Buffer {
  const options = frame.ipv4Options ?? Buffer.alloc(0);
  const header = Buffer.concat([Buffer.alloc(20), options]);
  header.writeUInt8(0x40 | (header.length / 4), 0);
  header.writeUInt16BE(header.length + segment.length, 2);
  header.writeUInt16BE(0x1234, 4);
  header.writeUInt16BE(frame.ipv4Fragment ?? 0x4000, 6);
  header.writeUInt8(frame.ttl ?? 64, 8);
  header.writeUInt8(protocolNumber(frame), 9);
  addressBytes(frame.src).copy(header, 12);
  addressBytes(frame.dst).copy(header, 16);
  header.writeUInt16BE(internetChecksum(header), 10);
  return Buffer.concat([header, segment]);
}

function ipv6(frame: Frame, segment: Buffer): Buffer {
  const extensions = frame.ipv6Extensions ?? [];
  const chain = extensions.map(({ body }, index) => {
    const next = extensions[index + 1]?.type ?? protocolNumber(frame);
    return Buffer.concat([Buffer.from([next, (body.length + 2) / 8 - 1]), body]);
  });
  const payload = Buffer.concat([...chain, segment]);
  const header = Buffer.alloc(40);
  // Version 6, and a traffic class and flow label that nobody may touch.
  header.writeUInt32BE(0x60000000 | (0x2c << 20) | 0x5a5a5, 0);
  header.writeUInt16BE(payload.length, 4);
  header.writeUInt8(extensions[0]?.type ?? protocolNumber(frame), 6);
  header.writeUInt8(frame.ttl ?? 64, 7);
  addressBytes(frame.src).copy(header, 8);
  addressBytes(frame.dst).copy(header, 24);
  return Buffer.concat([header, payload]);
}

/** The bytes of a frame. */
export function build(frame: Frame): Buffer {
  const segment = transport(frame);
  const tags = (frame.vlans ?? []).map(({ tpid, id }) =>
    Buffer.from([tpid >> 8, tpid & 0xff, id >> 8, id & 0xff]),
  );
  return Buffer.concat([
    macBytes(frame.dstMac),
    macBytes(frame.srcMac),
    ...tags,
    Buffer.from(isIpv6(frame) ? [0x86, 0xdd] : [0x08, 0x00]),
    isIpv6(frame) ? ipv6(frame, segment) : ipv4(frame, segment),
    frame.padding ?? Buffer.alloc(0),
  ]);
}

/**
 * The frame with a payload, two bytes longer, that makes its complete checksum 0 before anything else is done
 * about it (for UDP: 0xffff is sent).
 */
export function withZeroChecksum(frame: Frame): Frame {
  const payload = Buffer.concat([frame.payload ?? Buffer.alloc(0), Buffer.alloc(2)]);
  if (payload.length % 2 !== 0) throw new Error(`payload: expected an even length, got ${payload.length}`);
  const bytes = transport({ ...frame, payload, checksum: 'none' });
  const word = internetChecksum(pseudoHeader(frame, bytes.length), bytes);
  payload.writeUInt16BE(word, payload.length - 2);
  return { ...frame, payload };
}
