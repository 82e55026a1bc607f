import { ipAddress, ipv4, mac, port, u8 } from '@blixt/bpf-maps';

const ETHERNET = 14;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const ALL_NODES = 'ff02::1';
const ALL_NODES_MAC = '33:33:00:00:00:01';

interface Field {
  put(view: DataView, offset: number): void;
}

const field = <T>(codec: { encode(value: T, view: DataView, offset: number): void }, value: T): Field => ({
  put: (view, offset) => codec.encode(value, view, offset),
});

function frame(length: number, fields: Readonly<Record<number, Field>>): Buffer {
  const buffer = Buffer.alloc(length);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  for (const [offset, { put }] of Object.entries(fields)) put(view, Number(offset));
  return buffer;
}

/** An ARP announcement: a request for the sender's own address (RFC 5227, section 3). */
function arpAnnouncement(address: string, macAddress: string): Buffer {
  return frame(ETHERNET + 28, {
    0: field(mac, BROADCAST),
    6: field(mac, macAddress),
    12: field(port, 0x0806),
    14: field(port, 1),
    16: field(port, 0x0800),
    18: field(u8, 6),
    19: field(u8, 4),
    20: field(port, 1),
    22: field(mac, macAddress),
    28: field(ipv4, address),
    38: field(ipv4, address),
  });
}

/** An unsolicited neighbour advertisement that overrides what others remember (RFC 4861, section 7.2.6). */
function unsolicitedAdvertisement(address: string, macAddress: string): Buffer {
  const ip = ETHERNET;
  const icmp = ip + 40;
  const advertisement = frame(icmp + 32, {
    0: field(mac, ALL_NODES_MAC),
    6: field(mac, macAddress),
    12: field(port, 0x86dd),
    [ip]: field(u8, 0x60),
    [ip + 4]: field(port, 32),
    [ip + 6]: field(u8, 58),
    [ip + 7]: field(u8, 255),
    [ip + 8]: field(ipAddress, address),
    [ip + 24]: field(ipAddress, ALL_NODES),
    [icmp]: field(u8, 136),
    [icmp + 4]: field(u8, 0x20),
    [icmp + 8]: field(ipAddress, address),
    [icmp + 24]: field(u8, 2),
    [icmp + 25]: field(u8, 1),
    [icmp + 26]: field(mac, macAddress),
  });
  // The pseudo-header is the addresses, the length and the protocol (RFC 8200, section 8.1); all is even.
  let sum = 32 + 58;
  for (let at = ip + 8; at < advertisement.length; at += 2) sum += advertisement.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  advertisement.writeUInt16BE(~sum & 0xffff, icmp + 2);
  return advertisement;
}

/** The Ethernet frame that tells everybody on a link that an address is at this MAC address from now on. */
export function announcementFrame(address: string, macAddress: string): Buffer {
  return address.includes(':')
    ? unsolicitedAdvertisement(address, macAddress)
    : arpAnnouncement(address, macAddress);
}
