import { describe, expect, it } from 'vitest';
import { announcementFrame } from '../../src/announcement-frame.ts';
import { addressBytes, build, type Frame, internetChecksum } from './frame.ts';
import { dataPlaneForTests, HOOKS, TCX_COMPLETE } from './harness.ts';
import { IPV4, IPV6, MAC } from './network.ts';

const lb = await dataPlaneForTests();

const ANNOUNCED = [IPV4.service, IPV6.service];
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const NOBODY = '00:00:00:00:00:00';
const HOUR_NS = 3_600_000_000_000n;

const macBytes = (mac: string): Buffer => Buffer.from(mac.replaceAll(':', ''), 'hex');

function announce(...addresses: readonly string[]): void {
  announceUntil(0n, ...addresses);
}

/** @param until - by the clock of `process.hrtime`; 0 is for ever */
function announceUntil(until: bigint, ...addresses: readonly string[]): void {
  lb.maps.announced.clear();
  for (const address of addresses) lb.maps.announced.set({ address }, 1);
  lb.maps.announcers.set(lb.network.front, { mac: MAC.front, until });
  lb.maps.announcers.delete(lb.network.back);
}

interface Arp {
  readonly dstMac?: string;
  readonly operation?: number;
  readonly sender?: string;
  readonly target?: string;
  readonly hardware?: number;
  readonly vlan?: number;
  readonly padding?: number;
}

/** RFC 826, over Ethernet, for IPv4. */
function arp(from: string, toMac: string, targetMac: string, fields: Arp): Buffer {
  const {
    operation = 1,
    sender = IPV4.oneArmed,
    target = IPV4.service,
    hardware = 1,
    vlan,
    padding = 0,
  } = fields;
  return Buffer.concat([
    macBytes(toMac),
    macBytes(from),
    vlan === undefined ? Buffer.alloc(0) : Buffer.from([0x81, 0x00, vlan >> 8, vlan & 0xff]),
    Buffer.from([0x08, 0x06, 0, hardware, 0x08, 0x00, 6, 4, 0, operation]),
    macBytes(from),
    addressBytes(sender),
    macBytes(targetMac),
    addressBytes(target),
    Buffer.alloc(padding),
  ]);
}

const request = (fields: Arp = {}): Buffer => arp(MAC.oneArmed, fields.dstMac ?? BROADCAST, NOBODY, fields);

const reply = (fields: Arp = {}): Buffer =>
  arp(MAC.front, MAC.oneArmed, MAC.oneArmed, {
    ...fields,
    operation: 2,
    sender: fields.target ?? IPV4.service,
    target: fields.sender ?? IPV4.oneArmed,
  });

describe.each([...HOOKS, TCX_COMPLETE])('an ARP request: $name', (hook) => {
  it.each<[string, Arp]>([
    ['that is broadcast', {}],
    ['to this machine alone, as a check of a known neighbour is', { dstMac: MAC.front }],
    ['of a host that looks whether the address is free (a probe, RFC 5227)', { sender: '0.0.0.0' }],
    ['that is padded to the shortest Ethernet frame', { padding: 18 }],
    ['in a VLAN', { vlan: 77 }],
  ])('%s for an announced address is answered with the MAC address of the interface', (_, fields) => {
    announce(...ANNOUNCED);
    const { verdict, data } = lb.runBytes(hook, request(fields));
    expect(data).toEqual(reply(fields));
    expect(verdict).toBe(hook.sameInterface);
  });

  it.each<[string, Arp]>([
    ['for another address', { target: IPV4.stranger }],
    ['for an address of this machine itself', { target: IPV4.front }],
    ['that is a reply', { operation: 2 }],
    ['by which its sender announces the address', { sender: IPV4.service }],
    ['of another hardware', { hardware: 6 }],
  ])('%s passes unchanged', (_, fields) => {
    announce(...ANNOUNCED);
    const { verdict, data } = lb.runBytes(hook, request(fields));
    expect(data).toEqual(request(fields));
    expect(verdict).toBe('pass');
  });

  it('that ends early passes unchanged', () => {
    announce(...ANNOUNCED);
    const cut = request().subarray(0, 40);
    expect(lb.runBytes(hook, cut)).toEqual({ verdict: 'pass', data: cut });
  });

  it('is no longer answered when the address is withdrawn, nor at an interface that announces nothing', () => {
    announce(IPV6.service);
    expect(lb.runBytes(hook, request()).verdict).toBe('pass');
    announce(...ANNOUNCED);
    expect(lb.runBytes(hook, request(), lb.network.back).verdict).toBe('pass');
  });

  it('is answered until the time is over', () => {
    announceUntil(process.hrtime.bigint() + HOUR_NS, ...ANNOUNCED);
    expect(lb.runBytes(hook, request()).verdict).toBe(hook.sameInterface);
    announceUntil(process.hrtime.bigint(), ...ANNOUNCED);
    expect(lb.runBytes(hook, request()).verdict).toBe('pass');
  });

  it('is left to tcx by native XDP that may not transmit', () => {
    announce(...ANNOUNCED);
    lb.allowXdpTransmit(false);
    const leaves = hook.name === 'xdp' || hook.name === 'xdp-veth';
    expect(lb.runBytes(hook, request()).verdict).toBe(leaves ? 'pass' : hook.sameInterface);
    lb.allowXdpTransmit(true);
  });
});

interface Solicitation {
  readonly src?: string;
  readonly dst?: string;
  readonly target?: string;
  readonly ttl?: number;
  readonly code?: number;
  /** Its options, whole units of 8 bytes. */
  readonly options?: Buffer;
  readonly vlans?: Frame['vlans'];
}

const SOURCE_LINK_LAYER = Buffer.concat([Buffer.from([1, 1]), macBytes(MAC.oneArmed)]);
/** RFC 7527: what a probe is recognised by when it comes back. */
const NONCE = Buffer.from([14, 1, 1, 2, 3, 4, 5, 6]);

/** Multicast: the last three bytes of the target tell the group (RFC 4291, 2.7.1) and the MAC address. */
const GROUP = 'ff02::1:ff00:1';
const GROUP_MAC = '33:33:ff:00:00:01';

function solicitation(fields: Solicitation): Buffer {
  const target = fields.target ?? IPV6.service;
  return build({
    dstMac: GROUP_MAC,
    srcMac: MAC.oneArmed,
    vlans: fields.vlans ?? [],
    src: fields.src ?? IPV6.oneArmed,
    dst: fields.dst ?? GROUP,
    ttl: fields.ttl ?? 255,
    protocol: 'ICMP',
    icmpType: 135,
    icmpCode: fields.code ?? 0,
    sport: 0,
    dport: 0,
    payload: Buffer.concat([addressBytes(target), fields.options ?? SOURCE_LINK_LAYER]),
  });
}

/** RFC 4861, 4.4: flags solicited and override. */
function advertisement(
  fields: Solicitation,
  to: { readonly mac: string; readonly ip: string; readonly flags: number },
) {
  const target = fields.target ?? IPV6.service;
  const bytes = build({
    dstMac: to.mac,
    srcMac: MAC.front,
    vlans: fields.vlans ?? [],
    src: target,
    dst: to.ip,
    ttl: 255,
    protocol: 'ICMP',
    icmpType: 136,
    icmpCode: 0,
    sport: to.flags << 8,
    dport: 0,
    payload: Buffer.concat([addressBytes(target), Buffer.from([2, 1]), macBytes(MAC.front)]),
  });
  // The builder's frames have a flow label; these are of the data plane's own making, and have none.
  bytes.writeUInt32BE(0x60000000, bytes.length - 72);
  return bytes;
}

const SOLICITED_OVERRIDE = 0x60;
const OVERRIDE = 0x20;

describe.each(HOOKS)('a neighbour solicitation: $name', (hook) => {
  it.each<[string, Solicitation]>([
    ['to the group of the address', {}],
    ['to the address itself, without options', { dst: IPV6.service, options: Buffer.alloc(0) }],
    ['with more options', { options: Buffer.concat([SOURCE_LINK_LAYER, NONCE]) }],
    [
      'in two VLANs',
      {
        vlans: [
          { tpid: 0x88a8, id: 5 },
          { tpid: 0x8100, id: 77 },
        ],
      },
    ],
  ])('%s is answered with the MAC address of the interface', (_, fields) => {
    announce(...ANNOUNCED);
    const { verdict, data } = lb.runBytes(hook, solicitation(fields));
    const to = { mac: MAC.oneArmed, ip: IPV6.oneArmed, flags: SOLICITED_OVERRIDE };
    expect(data).toEqual(advertisement(fields, to));
    expect(verdict).toBe(hook.sameInterface);
  });

  it.each([Buffer.alloc(0), NONCE])(
    'of a host that looks whether the address is free is answered to all',
    (options) => {
      announce(...ANNOUNCED);
      const { verdict, data } = lb.runBytes(hook, solicitation({ src: '::', options }));
      expect(data).toEqual(advertisement({}, { mac: '33:33:00:00:00:01', ip: 'ff02::1', flags: OVERRIDE }));
      expect(verdict).toBe(hook.sameInterface);
    },
  );

  it.each<[string, Solicitation]>([
    ['for another address', { target: IPV6.stranger }],
    ['that a router has forwarded', { ttl: 254 }],
    ['of another code', { code: 1 }],
  ])('%s passes unchanged', (_, fields) => {
    announce(...ANNOUNCED);
    const { verdict, data } = lb.runBytes(hook, solicitation(fields));
    expect(data).toEqual(solicitation(fields));
    expect(verdict).toBe('pass');
  });

  it('that ends early passes unchanged', () => {
    announce(...ANNOUNCED);
    const cut = solicitation({}).subarray(0, 14 + 40 + 20);
    expect(lb.runBytes(hook, cut)).toEqual({ verdict: 'pass', data: cut });
  });

  it('is no longer answered when the address is withdrawn', () => {
    announce(IPV4.service);
    expect(lb.runBytes(hook, solicitation({})).verdict).toBe('pass');
  });
});

describe('behind a network card that has summed the frame', () => {
  // Where its length changes, the kernel forgets the sum.
  it('an answer as long as the solicitation keeps the sum right', () => {
    announce(...ANNOUNCED);
    const { data } = lb.runBytes(TCX_COMPLETE, solicitation({}));
    const to = { mac: MAC.oneArmed, ip: IPV6.oneArmed, flags: SOLICITED_OVERRIDE };
    expect(data).toEqual(advertisement({}, to));
  });
});

describe('the frame that tells a link where an address is now', () => {
  it('of IPv4 is an ARP announcement (RFC 5227)', () => {
    const frame = announcementFrame(IPV4.service, MAC.front);
    expect(frame).toEqual(arp(MAC.front, BROADCAST, NOBODY, { sender: IPV4.service }));
  });

  it('of IPv6 is an unsolicited advertisement to all nodes, with a right checksum', () => {
    const frame = announcementFrame(IPV6.service, MAC.front);
    expect(frame).toEqual(advertisement({}, { mac: '33:33:00:00:00:01', ip: 'ff02::1', flags: OVERRIDE }));
    const pseudo = Buffer.concat([frame.subarray(22, 54), Buffer.from([0, 0, 0, 32, 0, 0, 0, 58])]);
    expect(internetChecksum(pseudo, frame.subarray(54))).toBe(0);
  });
});
