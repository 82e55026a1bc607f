import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { type TickClock, tickClock } from './clock.ts';
import type { Device } from './devices.ts';
import { explainLoadFailure } from './errors.ts';
import { FlowState, settingsCodec } from './generated/types.ts';
import { type MapSetting, native } from './native.ts';
import type { CheckedOptions } from './options.ts';
import { type LinkHook, programPath } from './pins.ts';

/** The programs of an instance: open file descriptors. */
export interface Programs {
  readonly xdp: number;
  readonly xdpVeth: number;
  readonly xdpGeneric: number;
  readonly tcxIn: number;
  readonly tcxOut: number;
}

/** BPF_F_IPV6 of bpf_l4_csum_replace, linux 6.16. */
const BPF_F_IPV6 = 1 << 7;

function kernelIsAtLeast(major: number, minor: number): boolean {
  const [thisMajor = 0, thisMinor = 0] = release().split('.').map(Number);
  return thisMajor > major || (thisMajor === major && thisMinor >= minor);
}

/** Ticks by enum flow_state; a free slot has no lifetime. */
function byState(clock: TickClock, seconds: Partial<Record<keyof typeof FlowState, number>>): number[] {
  const ticks = new Array<number>(8).fill(0);
  for (const [state, value] of Object.entries(seconds)) {
    ticks[FlowState[state as keyof typeof FlowState]] = Math.ceil(value / clock.seconds);
  }
  return ticks;
}

function settingsOf(options: CheckedOptions): Buffer {
  const { timeouts } = options;
  const clock = tickClock();
  const buffer = Buffer.alloc(settingsCodec.size);
  settingsCodec.encode(
    {
      natPortMin: options.portRange.min,
      tickShift: clock.shift,
      csumIpv6Flag: kernelIsAtLeast(6, 16) ? BPF_F_IPV6 : 0,
      tcpTimeouts: byState(clock, {
        FLOW_HALF_OPEN: timeouts.halfOpen,
        FLOW_ESTABLISHED: timeouts.established,
        FLOW_FIN_CLIENT: timeouts.fin,
        FLOW_FIN_BACKEND: timeouts.fin,
        FLOW_TIME_WAIT: timeouts.timeWait,
        FLOW_CLOSED: timeouts.closed,
      }),
      udpTimeouts: byState(clock, { FLOW_HALF_OPEN: timeouts.udp, FLOW_ESTABLISHED: timeouts.udpReplied }),
    },
    new DataView(buffer.buffer, buffer.byteOffset, buffer.length),
    0,
  );
  return buffer;
}

function required(fds: Readonly<Record<string, number>>, name: string): number {
  const fd = fds[name];
  if (fd === undefined) throw new Error(`the BPF object has no ${name}`);
  return fd;
}

/**
 * Loads both objects. The first makes the maps that are not given; the second shares them all.
 *
 * @throws LoadBalancerError `ERR_LB_PRIVILEGE`, `ERR_LB_KERNEL`
 */
export function loadPrograms(
  maps: Readonly<Record<string, MapSetting>>,
  options: CheckedOptions,
): { readonly programs: Programs; readonly mapFds: Readonly<Record<string, number>> } {
  const settings = { settings: settingsOf(options) };
  try {
    const tcx = native().loadObject(readFileSync(programPath('tcx')), maps, settings);
    const shared = Object.fromEntries(Object.entries(tcx.maps).map(([name, fd]) => [name, { fd }]));
    const xdp = native().loadObject(readFileSync(programPath('xdp')), shared, settings);
    for (const fd of Object.values(xdp.maps)) native().closeFd(fd);
    return {
      mapFds: tcx.maps,
      programs: {
        xdp: required(xdp.programs, 'blixt_xdp'),
        xdpVeth: required(xdp.programs, 'blixt_xdp_veth'),
        xdpGeneric: required(xdp.programs, 'blixt_xdp_skb'),
        tcxIn: required(tcx.programs, 'blixt_tcx'),
        tcxOut: required(tcx.programs, 'blixt_tcx_out'),
      },
    };
  } catch (error) {
    throw explainLoadFailure(error);
  }
}

export function closePrograms(programs: Programs): void {
  for (const fd of Object.values(programs)) native().closeFd(fd);
}

/** The program for a hook of a device. */
export function programFor(programs: Programs, hook: LinkHook, device: Device | undefined): number {
  switch (hook) {
    case 'xdp':
      return device?.kind === 'veth' ? programs.xdpVeth : programs.xdp;
    case 'xdpgeneric':
      return programs.xdpGeneric;
    case 'tcxin':
      return programs.tcxIn;
    case 'tcxout':
      return programs.tcxOut;
  }
}
