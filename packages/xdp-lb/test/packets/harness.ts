/** The real programs on the real maps, fed frame by frame through BPF_PROG_TEST_RUN. */
import { afterAll, inject } from 'vitest';
import { DeviceFlag, DropReason, type FlowValue } from '../../src/generated/types.ts';
import { closeMaps, type Maps } from '../../src/maps.ts';
import { native } from '../../src/native.ts';
import { checkOptions } from '../../src/options.ts';
import { closePrograms, type Programs } from '../../src/programs.ts';
import { type Backend, checkServices, type Service } from '../../src/service.ts';
import { ServiceTable } from '../../src/service-table.ts';
import { type BackendStats, collectStats, type ServiceStats } from '../../src/stats.ts';
import { build, type Frame, PROTOCOL_NUMBERS } from './frame.ts';
import { enterNetwork, type Network } from './network.ts';
import { openSharedPrograms, type SharedPrograms } from './shared-programs.ts';

/** What a program decided. `tx`: out of the interface that the frame came in by. */
export type Verdict = 'pass' | 'drop' | 'tx' | 'redirect';

export type HookName = 'xdp' | 'xdp-veth' | 'xdp-generic' | 'tcx' | 'tcx (CHECKSUM_COMPLETE)';

/** Where a program runs, and what its verdicts are called there. */
export interface Hook {
  readonly name: HookName;
  readonly isXdp: boolean;
  readonly program: keyof Programs;
  /** The verdict for a frame that leaves by the interface that it came in by. */
  readonly sameInterface: Verdict;
  /** BPF_F_TEST_* of include/uapi/linux/bpf.h. */
  readonly flags?: number;
}

const XDP_VERDICTS: Readonly<Record<number, Verdict>> = { 1: 'drop', 2: 'pass', 3: 'tx', 4: 'redirect' };
/** enum tcx_action_base: TCX_NEXT, TCX_DROP, TCX_REDIRECT. */
const TCX_VERDICTS: Readonly<Record<number, Verdict>> = { [-1]: 'pass', 2: 'drop', 7: 'redirect' };

export const XDP: Hook = { name: 'xdp', isXdp: true, program: 'xdp', sameInterface: 'tx' };
export const XDP_VETH: Hook = { name: 'xdp-veth', isXdp: true, program: 'xdpVeth', sameInterface: 'tx' };
export const XDP_GENERIC: Hook = {
  name: 'xdp-generic',
  isXdp: true,
  program: 'xdpGeneric',
  sameInterface: 'tx',
};
export const TCX: Hook = { name: 'tcx', isXdp: false, program: 'tcxIn', sameInterface: 'redirect' };
/** BPF_F_TEST_SKB_CHECKSUM_COMPLETE: the run fails (EBADMSG) when the frame's sum in skb->csum is not right after it. */
const CHECKSUM_COMPLETE = 1 << 2;
/** tcx behind a network card that has summed the frame. */
export const TCX_COMPLETE: Hook = { ...TCX, name: 'tcx (CHECKSUM_COMPLETE)', flags: CHECKSUM_COMPLETE };
/** tcx at egress. */
export const TCX_OUT: Hook = { name: 'tcx', isXdp: false, program: 'tcxOut', sameInterface: 'redirect' };

export const HOOKS = [XDP, XDP_VETH, XDP_GENERIC, TCX] as const;

export interface Outcome {
  readonly verdict: Verdict | `unknown ${number}`;
  readonly data: Buffer;
}

export type DropName = Exclude<keyof typeof DropReason, 'DROP_REASONS'>;

const PORT_RANGE = { min: 16_384, max: 32_767 } as const;

const OPTIONS = checkOptions({
  portRange: PORT_RANGE,
  limits: {
    flows: 4096,
    services: 64,
    backends: 256,
    natSlots: 65_536,
    maglevSlots: 65_536,
    localFlows: 4096,
  },
});

/** struct xdp_md, include/uapi/linux/bpf.h */
function xdpContext(length: number, ifindex: number): Buffer {
  const context = Buffer.alloc(24);
  context.writeUInt32LE(length, 4);
  context.writeUInt32LE(ifindex, 12);
  return context;
}

/** struct __sk_buff, include/uapi/linux/bpf.h */
function skBuffContext(ifindex: number): Buffer {
  const context = Buffer.alloc(192);
  context.writeUInt32LE(ifindex, 40);
  return context;
}

function sum(values: readonly bigint[] | undefined): number {
  return Number((values ?? []).reduce((total, value) => total + value, 0n));
}

/** The data plane, empty at first. */
export class DataPlane {
  readonly network: Network;
  readonly maps: Maps;
  readonly #shared: SharedPrograms;
  #options = OPTIONS;
  #table: ServiceTable;

  constructor(network: Network, shared: SharedPrograms) {
    this.network = network;
    this.maps = shared.maps;
    this.#shared = shared;
    this.#table = new ServiceTable(shared.maps, shared.instance, OPTIONS);
    this.reset();
  }

  /** Whether native XDP may send by the interfaces. */
  allowXdpTransmit(allowed: boolean): void {
    for (const ifindex of [this.network.front, this.network.back, this.network.narrow]) {
      if (allowed) this.maps.devices.set(ifindex, DeviceFlag.DEVICE_XDP_REDIRECT);
      else this.maps.devices.delete(ifindex);
    }
  }

  /** Changes the services to these; what stays the same keeps its flows. */
  apply(...services: readonly Service[]): void {
    this.#table.apply(checkServices('services', services));
  }

  /**
   * Removes all services, then adds these: no flow, no counter, no cached next hop of the old ones is found
   * again. Native XDP may send by all interfaces.
   */
  reset(...services: readonly Service[]): void {
    this.resetWith({}, ...services);
  }

  /** `reset` with another number of NAT ports a backend (a power of two, 16 at least). */
  resetWith({ natPorts }: { readonly natPorts?: number }, ...services: readonly Service[]): void {
    this.#table.apply([]);
    // Regions linger, with the ports of their flows.
    for (const key of [...this.maps.natTargets.keys()]) this.maps.natTargets.delete(key);
    const { min } = PORT_RANGE;
    this.#options = natPorts ? { ...OPTIONS, portRange: { min, max: min + natPorts - 1 } } : OPTIONS;
    // What was given back rests a while; another table on the empty maps starts with everything free.
    this.#table = new ServiceTable(this.maps, this.#shared.instance, this.#options);
    this.apply(...services);
    this.allowXdpTransmit(true);
    for (let reason = 0; reason < DropReason.DROP_REASONS; reason++) {
      const zeros = (this.maps.drops.get(reason) ?? []).map(() => 0n);
      this.maps.drops.set(reason, zeros);
    }
  }

  /** Runs a hook's program on bytes that came in by an interface (default: front). */
  runBytes(hook: Hook, bytes: Buffer, ifindex: number = this.network.front): Outcome {
    const context = hook.isXdp ? xdpContext(bytes.length, ifindex) : skBuffContext(ifindex);
    const { verdict, data } = native().testRun(
      this.#shared.programs[hook.program],
      bytes,
      context,
      1,
      hook.flags,
    );
    return { verdict: (hook.isXdp ? XDP_VERDICTS : TCX_VERDICTS)[verdict] ?? `unknown ${verdict}`, data };
  }

  run(hook: Hook, frame: Frame, ifindex: number = this.network.front): Outcome {
    return this.runBytes(hook, build(frame), ifindex);
  }

  /** The conntrack key of a client's flow. */
  #flowKey(frame: Frame) {
    const protocol = frame.protocol === 'ICMP' ? 0 : PROTOCOL_NUMBERS[frame.protocol];
    const service = this.maps.services.get({ address: frame.dst, port: frame.dport, protocol });
    return service && { client: frame.src, serviceId: service.id, clientPort: frame.sport };
  }

  /** The conntrack entry of a client's flow. */
  flow(frame: Frame): FlowValue | undefined {
    const key = this.#flowKey(frame);
    return key && this.maps.conntrack.get(key);
  }

  setFlow(frame: Frame, flow: FlowValue): void {
    const key = this.#flowKey(frame);
    if (key) this.maps.conntrack.set(key, flow);
  }

  /** The backend that a client's flow is on, `ADDRESS:PORT`, or undefined. */
  backendOf(frame: Frame): string | undefined {
    const flow = this.flow(frame);
    const backend = flow && this.maps.backends.get(flow.backendId);
    return backend && backend.generation === flow.backendGeneration
      ? `${backend.address}:${backend.port}`
      : undefined;
  }

  /** The NAT port of a client's flow; fails where there is none, or it is out of range. */
  natPort(frame: Frame): number {
    const port = this.flow(frame)?.natPort ?? 0;
    const { min, max } = this.#options.portRange;
    if (port < min || port > max) throw new Error(`NAT port ${port} is not in ${min}-${max}`);
    return port;
  }

  /** Packets dropped, by reason; those that are 0 left out. */
  drops(): Partial<Record<DropName, number>> {
    const names = Object.keys(DropReason).filter((name): name is DropName => name !== 'DROP_REASONS');
    const counts = names.map((name) => [name, sum(this.maps.drops.get(DropReason[name]))] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  /** Counters of the service at an address and port; `undefined` address: the only one. */
  service(address?: string): ServiceStats {
    const services = collectStats(this.maps).services;
    const found = services.find((service) => address === undefined || service.address === address);
    if (!found) throw new Error(`there is no service ${address ?? ''}`);
    return found;
  }

  backend(address: string): BackendStats {
    const found = this.service().backends.find((backend) => backend.address === address);
    if (!found) throw new Error(`there is no backend ${address}`);
    return found;
  }

  /** Empties the maps for the next file. */
  close(): void {
    this.#table.apply([]);
    closeMaps(this.maps);
    this.#shared.instance.close();
    closePrograms(this.#shared.programs);
    native().closeFd(this.#shared.lock);
  }
}

/**
 * A network, and the data plane in it when it is this file's turn, until the file's last test has ended. Await it
 * at the top of the file.
 */
export async function dataPlaneForTests(): Promise<DataPlane> {
  const network = enterNetwork();
  const dataPlane = new DataPlane(network, await openSharedPrograms(inject('packetTestPins'), OPTIONS));
  afterAll(() => {
    dataPlane.close();
    network.lab.dispose();
  });
  return dataPlane;
}

/** Backends of equal weight. */
export function backendsAt(addresses: readonly string[], port = 8080): Backend[] {
  return addresses.map((address) => ({ address, port, weight: 1 }));
}
