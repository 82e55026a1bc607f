import { existsSync, readFileSync } from 'node:fs';
import type { BpfMap } from '@blixt/bpf-maps';
import { LoadBalancerError } from './errors.ts';
import { DeviceFlag } from './generated/types.ts';
import { type NativeDevice, native } from './native.ts';

/** A network device of this network namespace. */
export type Device = NativeDevice;

export function listDevices(): Device[] {
  return native().listDevices();
}

/** @throws LoadBalancerError `ERR_LB_INTERFACE` */
export function findDevice(name: string): Device {
  const devices = listDevices();
  const device = devices.find((candidate) => candidate.name === name);
  if (!device) {
    const names = devices.map((candidate) => candidate.name).join(', ');
    throw new LoadBalancerError(
      'ERR_LB_INTERFACE',
      `there is no interface ${JSON.stringify(name)} here; there are: ${names}`,
    );
  }
  return device;
}

/** Does a device's driver, and not a virtual one, move its frames? */
export function isHardware(device: Device): boolean {
  return device.kind === '' && !device.loopback;
}

/** What the programs may do with a device; see enum device_flag. */
function flagsOf(device: Device, nativeXdp: ReadonlySet<number>): number {
  let flags = 0;
  if (device.kind === 'veth' && device.peerElsewhere) flags |= DeviceFlag.DEVICE_REDIRECT_PEER;
  // A veth gives frames that XDP sends to it only to a peer that has XDP or GRO, which cannot be seen from here.
  if (device.kind !== 'veth' && nativeXdp.has(device.ifindex)) flags |= DeviceFlag.DEVICE_XDP_REDIRECT;
  return flags;
}

/** Brings the map `devices` up to date with the devices that are there. `nativeXdp` are those that run native XDP. */
export function refreshDevices(
  map: BpfMap<number, number>,
  devices: readonly Device[],
  nativeXdp: ReadonlySet<number>,
): void {
  const wanted = new Map(devices.map((device) => [device.ifindex, flagsOf(device, nativeXdp)]));
  for (const [ifindex, flags] of [...map.entries()]) {
    if (!wanted.has(ifindex)) map.delete(ifindex);
    else if (wanted.get(ifindex) === flags) wanted.delete(ifindex);
  }
  for (const [ifindex, flags] of wanted) {
    if (flags !== 0) map.set(ifindex, flags);
    else map.delete(ifindex);
  }
}

/**
 * Packets are sent by the FIB only where the kernel forwards.
 *
 * @throws LoadBalancerError `ERR_LB_FORWARDING`
 */
export function checkForwarding(): void {
  if (readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim() !== '1') {
    throw new LoadBalancerError(
      'ERR_LB_FORWARDING',
      'IPv4 forwarding is off, so packets for backends have nowhere to go: sysctl -w net.ipv4.ip_forward=1 (and net.ipv6.conf.all.forwarding=1 for IPv6)',
    );
  }
}

/** What stands in the way of IPv6 packets here; undefined when nothing does. IPv4 alone works all the same. */
export function ipv6ForwardingProblem(): string | undefined {
  const path = '/proc/sys/net/ipv6/conf/all/forwarding';
  if (existsSync(path) && readFileSync(path, 'utf8').trim() === '1') return undefined;
  return 'IPv6 forwarding is off, so packets for IPv6 backends are dropped (no_route): sysctl -w net.ipv6.conf.all.forwarding=1';
}

/** Ports of `ip_local_reserved_ports`: the kernel does not choose them by itself. */
function isReserved(min: number, max: number): boolean {
  const text = readFileSync('/proc/sys/net/ipv4/ip_local_reserved_ports', 'utf8').trim();
  return text.split(',').some((range) => {
    const [from, to] = range.split('-').map(Number);
    return from !== undefined && range !== '' && from <= min && max <= (to ?? from);
  });
}

/**
 * A port that the kernel gives to a connection of its own must never be one that snat gives to a flow.
 *
 * @throws LoadBalancerError `ERR_LB_PORT_RANGE`
 */
export function checkPortRange(min: number, max: number): void {
  const text = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim();
  const [from = 0, to = 0] = text.split(/\s+/).map(Number);
  if (min <= to && from <= max && !isReserved(min, max)) {
    throw new LoadBalancerError(
      'ERR_LB_PORT_RANGE',
      `the port range ${min}-${max} overlaps the kernel's own ${from}-${to} (net.ipv4.ip_local_port_range): choose ports outside of it, or reserve them: sysctl -w net.ipv4.ip_local_reserved_ports=${min}-${max}`,
    );
  }
}
