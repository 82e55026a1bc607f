import { describe, expect, it } from 'vitest';
import {
  addressBytes,
  build,
  EXTENSION,
  type Frame,
  internetChecksum,
  TCP,
  withZeroChecksum,
} from './frame.ts';

const MACS = { dstMac: '02:00:00:00:00:01', srcMac: '02:00:00:00:00:02' } as const;

describe('frame builder', () => {
  it('computes the example of RFC 1071, section 3', () => {
    expect(internetChecksum(Buffer.from('0001f203f4f5f6f7', 'hex'))).toBe(0xffff - 0xddf2);
  });

  it('reads addresses with and without ::', () => {
    expect(addressBytes('192.0.2.1').toString('hex')).toBe('c0000201');
    expect(addressBytes('2001:db8::1').toString('hex')).toBe('20010db8000000000000000000000001');
    expect(addressBytes('1:2:3:4:5:6:7:8').toString('hex')).toBe('00010002000300040005000600070008');
  });

  it('lays out UDP over IPv4, field by field', () => {
    // The header of a widely published example: 4500003c1c4640004006b1e6ac100a63ac100a0c (checksum b1e6).
    const header = Buffer.from('4500003c1c46400040060000ac100a63ac100a0c', 'hex');
    expect(internetChecksum(header)).toBe(0xb1e6);
    const frame: Frame = { ...MACS, src: '192.0.2.1', dst: '192.0.2.2', protocol: 'UDP', sport: 1, dport: 2 };
    expect(build({ ...frame, payload: Buffer.from('hi') }).toString('hex')).toBe(
      `${'020000000001020000000002'}${'0800'}${'4500001e12344000'}${'4011a497'}${'c0000201c0000202'}${'00010002000a'}${'136a'}${'6869'}`,
    );
  });

  it('makes checksums that sum to zero', () => {
    const tcp = build({
      ...MACS,
      src: '2001:db8::1',
      dst: '2001:db8::2',
      protocol: 'TCP',
      sport: 1,
      dport: 2,
    });
    const pseudo = Buffer.concat([tcp.subarray(22, 54), Buffer.from([0, 20, 0, 6])]);
    expect(internetChecksum(pseudo, tcp.subarray(54))).toBe(0);
    const ip = build({ ...MACS, src: '192.0.2.1', dst: '192.0.2.2', protocol: 'TCP', sport: 1, dport: 2 });
    expect(internetChecksum(ip.subarray(14, 34))).toBe(0);
  });

  it('chains IPv6 extension headers and VLAN tags', () => {
    const bytes = build({
      ...MACS,
      vlans: [{ tpid: 0x88a8, id: 7 }],
      src: '2001:db8::1',
      dst: '2001:db8::2',
      ipv6Extensions: [{ type: EXTENSION.HOP_BY_HOP, body: Buffer.from('010400000000', 'hex') }],
      protocol: 'TCP',
      sport: 1,
      dport: 2,
      flags: TCP.ACK,
    });
    expect(bytes.subarray(12, 18).toString('hex')).toBe('88a8000786dd');
    expect(bytes.readUInt16BE(18 + 4)).toBe(8 + 20);
    expect(bytes.readUInt8(18 + 6)).toBe(0);
    expect(bytes.subarray(58, 66).toString('hex')).toBe('0600010400000000');
  });

  it('finds a payload that makes the checksum 0: sent as 0 by TCP, as 0xffff by UDP', () => {
    const frame: Frame = { ...MACS, src: '192.0.2.1', dst: '192.0.2.2', protocol: 'TCP', sport: 9, dport: 2 };
    expect(build(withZeroChecksum(frame)).readUInt16BE(34 + 16)).toBe(0);
    expect(build(withZeroChecksum({ ...frame, protocol: 'UDP' })).readUInt16BE(34 + 6)).toBe(0xffff);
  });
});
