/** The hooks whose programs are measured. */
export type BenchHook = 'xdp' | 'tcx';

/** One thing to measure. */
export interface Case {
  readonly kind: 'known flow' | 'new flow' | 'not ours';
  readonly hook: BenchHook;
  readonly ipv6: boolean;
  readonly protocol: 'TCP' | 'UDP';
  /** How many flows take turns; a power of two. Means nothing where each packet is a new flow. */
  readonly flows: number;
}

/** The service that is measured, in both families; the client is on the same link as the backends. */
export const SERVICE = { ipv4: '10.78.200.1', ipv6: 'fd78:200::1', port: 80 } as const;
export const DEVICE_MAC = '02:00:00:00:00:01';
export const CLIENT_MAC = '02:00:00:00:00:02';

/** Bytes of every frame; bench/flow_source.h has the same number. */
export const FRAME_LENGTH = 100;
/** The part of it that is written anew for every packet; likewise. */
export const FRAME_HEAD = 80;

const ETHERNET_LENGTH = 14;
const TCP_FLAGS = { SYN: 0x02, ACK: 0x10 };

function flowsText(flows: number): string {
  if (flows === 1) return '1 flow';
  return flows === 2 ** 20 ? '1M flows' : `${flows.toLocaleString('en')} flows`;
}

/** `known flow, IPv4 TCP, 1M flows, tcx` */
export function caseName({ kind, hook, ipv6, protocol, flows }: Case): string {
  const family = ipv6 ? 'IPv6' : 'IPv4';
  const parts = kind === 'known flow' ? [flowsText(flows)] : [];
  return [kind, `${family} ${protocol}`, ...parts, hook].join(', ');
}

/** All cases. */
export function allCases(): Case[] {
  const cases: Case[] = [];
  for (const hook of ['xdp', 'tcx'] as const) {
    for (const ipv6 of [false, true]) {
      for (const protocol of ['TCP', 'UDP'] as const) {
        const common = { hook, ipv6, protocol };
        for (const flows of [1, 2 ** 16, 2 ** 20]) cases.push({ ...common, kind: 'known flow', flows });
        cases.push({ ...common, kind: 'new flow', flows: 1 });
        if (protocol === 'TCP') cases.push({ ...common, kind: 'not ours', flows: 1 });
      }
    }
  }
  return cases;
}

function writeAddress(frame: Buffer, offset: number, text: string): void {
  if (!text.includes(':')) {
    frame.set(text.split('.').map(Number), offset);
    return;
  }
  const [head = '', tail = ''] = text.split('::');
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  groups(head).forEach((group, at) => {
    frame.writeUInt16BE(Number.parseInt(group, 16), offset + at * 2);
  });
  groups(tail).forEach((group, at, all) => {
    frame.writeUInt16BE(Number.parseInt(group, 16), offset + 16 - (all.length - at) * 2);
  });
}

/**
 * The client's frame: a SYN or an ACK, or a datagram. Checksums are left at values that stay what they are
 * under incremental updates; neither side verifies them.
 */
export function frameOf({ kind, ipv6, protocol }: Case, syn: boolean): Buffer {
  const frame = Buffer.alloc(FRAME_LENGTH);
  const mac = (text: string) => text.split(':').map((part) => Number.parseInt(part, 16));
  frame.set(mac(DEVICE_MAC), 0);
  frame.set(mac(CLIENT_MAC), 6);
  frame.writeUInt16BE(ipv6 ? 0x86dd : 0x0800, 12);
  const protocolNumber = protocol === 'TCP' ? 6 : 17;
  const l4 = ETHERNET_LENGTH + (ipv6 ? 40 : 20);
  if (ipv6) {
    frame.writeUInt8(0x60, 14);
    frame.writeUInt16BE(FRAME_LENGTH - l4, 18);
    frame.writeUInt8(protocolNumber, 20);
    frame.writeUInt8(64, 21);
    writeAddress(frame, 22, 'fd78::2:0');
    writeAddress(frame, 38, kind === 'not ours' ? 'fd78:201::1' : SERVICE.ipv6);
  } else {
    frame.writeUInt8(0x45, 14);
    frame.writeUInt16BE(FRAME_LENGTH - ETHERNET_LENGTH, 16);
    frame.writeUInt8(64, 22);
    frame.writeUInt8(protocolNumber, 23);
    writeAddress(frame, 26, '10.79.0.0');
    writeAddress(frame, 30, kind === 'not ours' ? '10.78.201.1' : SERVICE.ipv4);
  }
  frame.writeUInt16BE(SERVICE.port, l4 + 2);
  if (protocol === 'TCP') {
    frame.writeUInt8(5 << 4, l4 + 12);
    frame.writeUInt8(syn ? TCP_FLAGS.SYN : TCP_FLAGS.ACK, l4 + 13);
    frame.writeUInt16BE(0x1234, l4 + 16);
  } else {
    frame.writeUInt16BE(FRAME_LENGTH - l4, l4 + 4);
    frame.writeUInt16BE(0x1234, l4 + 6);
  }
  return frame;
}
