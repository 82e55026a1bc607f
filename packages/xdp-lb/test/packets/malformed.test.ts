import { describe, expect, it } from 'vitest';
import { CASES, casesOf, fromBackend, fromClient, serviceOf } from './cases.ts';
import { build, EXTENSION, type Frame } from './frame.ts';
import { dataPlaneForTests, HOOKS, TCX_OUT } from './harness.ts';

const lb = await dataPlaneForTests();

const ETHERNET = 14;
const TRANSPORT = { TCP: 20, UDP: 8 } as const;

function l4Offset(frame: Frame): number {
  const extensions = (frame.ipv6Extensions ?? []).reduce((sum, { body }) => sum + body.length + 2, 0);
  const ip = frame.src.includes(':') ? 40 + extensions : 20 + (frame.ipv4Options?.length ?? 0);
  return ETHERNET + (frame.vlans?.length ?? 0) * 4 + ip;
}

/**
 * The lengths up to `end` that a hook can be run on: BPF_PROG_TEST_RUN makes a packet for tcx only of a frame
 * that holds the IP header that its ethertype announces.
 */
function lengths(isXdp: boolean, frame: Frame, end: number): number[] {
  const ip = frame.src.includes(':') ? 40 : 20;
  const from = isXdp ? ETHERNET : ETHERNET + (frame.vlans ? 1 : ip);
  return Array.from({ length: end - from }, (_, at) => from + at);
}

describe.each(CASES)('a frame cut short: $name', (c) => {
  const extras: readonly [string, Partial<Frame>][] = [
    ['plain', {}],
    [
      'under two VLAN tags',
      {
        vlans: [
          { tpid: 0x88a8, id: 1 },
          { tpid: 0x8100, id: 2 },
        ],
      },
    ],
    c.family.version === 4
      ? ['with options', { ipv4Options: Buffer.alloc(12, 1) }]
      : [
          'with extension headers',
          { ipv6Extensions: [{ type: EXTENSION.DESTINATION, body: Buffer.alloc(14) }] },
        ],
  ];

  it.each(extras)('%s: within its headers passes unchanged, at every length', (_, more) => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c, more);
    const bytes = build(frame);
    for (const length of lengths(c.hook.isXdp, frame, l4Offset(frame) + TRANSPORT[c.protocol])) {
      const short = Buffer.from(bytes.subarray(0, length));
      expect(lb.runBytes(c.hook, short), `${length} bytes`).toEqual({ verdict: 'pass', data: short });
      if (c.hook.isXdp) continue;
      expect(lb.runBytes(TCX_OUT, short), `egress, ${length} bytes`).toEqual({
        verdict: 'pass',
        data: short,
      });
    }
    expect(lb.drops()).toEqual({});
    expect(lb.service()).toMatchObject({ packets: 0, flows: 0 });
  });

  it('a reply within its headers passes unchanged, at every length', () => {
    lb.reset(serviceOf(c));
    const request = fromClient(c);
    lb.run(c.hook, request);
    const reply = fromBackend(c, lb.natPort(request));
    const bytes = build(reply);
    for (const length of lengths(c.hook.isXdp, reply, l4Offset(reply) + TRANSPORT[c.protocol])) {
      const short = Buffer.from(bytes.subarray(0, length));
      expect(lb.runBytes(c.hook, short, lb.network.back)).toEqual({ verdict: 'pass', data: short });
    }
  });
});

const UDP_CASES = casesOf(HOOKS, ['UDP']);

describe.each(UDP_CASES)('an echo request cut short: $hook.name, $family.name', (c) => {
  it('within its headers passes unchanged, at every length', () => {
    lb.reset(serviceOf(c));
    const frame = fromClient(c, { protocol: 'ICMP' });
    const bytes = build(frame);
    for (const length of lengths(c.hook.isXdp, frame, l4Offset(frame) + 8)) {
      const short = Buffer.from(bytes.subarray(0, length));
      expect(lb.runBytes(c.hook, short)).toEqual({ verdict: 'pass', data: short });
    }
  });
});

describe.each(CASES)('headers that lie: $name', (c) => {
  const lies: readonly [string, (bytes: Buffer) => void][] =
    c.family.version === 4
      ? [
          ['version 5', (bytes) => bytes.writeUInt8(0x55, ETHERNET)],
          ['a header of 16 bytes', (bytes) => bytes.writeUInt8(0x44, ETHERNET)],
          ['a header of 60 bytes, which ends behind the frame', (bytes) => bytes.writeUInt8(0x4f, ETHERNET)],
          ['IPv6 announced by the ethertype', (bytes) => bytes.writeUInt16BE(0x86dd, 12)],
        ]
      : [
          ['version 4', (bytes) => bytes.writeUInt8(0x40, ETHERNET)],
          [
            'an extension header that ends behind the frame',
            (bytes) => {
              bytes.writeUInt8(EXTENSION.DESTINATION, ETHERNET + 6);
              bytes.writeUInt8(0xff, ETHERNET + 41);
            },
          ],
          ['IPv4 announced by the ethertype', (bytes) => bytes.writeUInt16BE(0x0800, 12)],
        ];
  it.each([
    ...lies,
    ['another ethertype (ARP)', (bytes: Buffer) => bytes.writeUInt16BE(0x0806, 12)] as const,
    ['an 802.3 length for an ethertype', (bytes: Buffer) => bytes.writeUInt16BE(46, 12)] as const,
  ])('%s: passes unchanged', (_, lie) => {
    lb.reset(serviceOf(c));
    const bytes = build(fromClient(c, { payload: Buffer.alloc(20) }));
    lie(bytes);
    expect(lb.runBytes(c.hook, bytes)).toEqual({ verdict: 'pass', data: bytes });
    expect(lb.drops()).toEqual({});
  });
});

/** Numbers below 2^32 that look random, the same in every run (Park and Miller's generator). */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 48_271) % 0x7fffffff;
    yield state;
  }
}

describe.each(CASES)('frames with bytes changed at random: $name', (c) => {
  it('get a verdict; those that pass are as they came', () => {
    lb.reset(serviceOf(c));
    const request = fromClient(c);
    lb.run(c.hook, request);
    const originals = [build(request), build(fromBackend(c, lb.natPort(request)))];
    const random = numbers(c.name.length * 7919 + 1);
    for (let round = 0; round < 500; round++) {
      const bytes = Buffer.from(originals[round % 2] ?? []);
      const changes = 1 + (random.next().value % 4);
      for (let change = 0; change < changes; change++) {
        // Mostly within the headers, and never the MAC addresses, which nobody looks at.
        const at = 12 + (random.next().value % Math.min(bytes.length - 12, 60));
        bytes.writeUInt8(random.next().value & 0xff, at);
      }
      const { verdict, data } = lb.runBytes(
        c.hook,
        bytes,
        round % 2 === 0 ? lb.network.front : lb.network.back,
      );
      expect(['pass', 'drop', 'tx', 'redirect'], bytes.toString('hex')).toContain(verdict);
      if (verdict === 'pass') expect(data).toEqual(bytes);
    }
  });
});
