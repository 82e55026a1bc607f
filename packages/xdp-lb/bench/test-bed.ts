import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BpfMap, bytes, ipAddress, mac, port, struct, u8, u32 } from '@blixt/bpf-maps';
import { Lab } from '@blixt/lab';
import { LoadBalancer, type LoadBalancerOptions, type Service } from '../src/index.ts';
import { MAP_NAMES, mapPath } from '../src/maps.ts';
import { native } from '../src/native.ts';
import { checkOptions } from '../src/options.ts';
import { loadPrograms, type Programs } from '../src/programs.ts';
import {
  type BenchHook,
  type Case,
  CLIENT_MAC,
  DEVICE_MAC,
  FRAME_HEAD,
  FRAME_LENGTH,
  frameOf,
  SERVICE,
} from './cases.ts';

/** Conntrack entries on either side. */
const FLOWS = 2 ** 21;
const BACKENDS = 256;
const BACKEND_PORT = 8080;
const RING_SIZE = 65_536;

const OPTIONS: LoadBalancerOptions = {
  limits: {
    flows: FLOWS,
    services: 16,
    backends: 1024,
    natSlots: 2 ** 23,
    maglevSlots: 2 ** 18,
    localFlows: 1024,
  },
  // Nothing expires while it is measured.
  timeouts: { halfOpen: 3600, udp: 3600 },
};

const NEW_FLOWS = 0xffffffff;

/** bench/flow_source.h */
const flowSourceCodec = struct({ next: u32, mask: u32, head: bytes(FRAME_HEAD) });
/** bench/floor.h */
const floorServiceKeyCodec = struct({ address: ipAddress, port, protocol: u8, pad: u8 });
const floorBackendCodec = struct({ address: ipAddress, port, mac });

/** Who is run: Blixt, the floor, or the stub, whose time is the measuring's own. */
export type Contender = 'ours' | 'floor' | 'stub';

interface Programming {
  readonly entry: number;
  readonly programs: Readonly<Record<Contender, number>>;
  readonly target: BpfMap<number, number>;
  readonly source: BpfMap<number, { next: number; mask: number; head: Uint8Array }>;
  readonly services: BpfMap<number | ReturnType<typeof floorServiceKeyCodec.decode>, number>;
  readonly backends: BpfMap<number, ReturnType<typeof floorBackendCodec.decode>>;
}

function backendAddress(ipv6: boolean, index: number): string {
  return ipv6 ? `fd78::1:${(index + 1).toString(16)}` : `10.78.1.${index}`;
}

function required(fds: Readonly<Record<string, number>>, name: string): number {
  const fd = fds[name];
  if (fd === undefined) throw new Error(`the benchmark's object has no ${name}`);
  return fd;
}

/** A tap in a namespace, with Blixt and the floor loaded, and the same backends for both. */
export class TestBed implements Disposable {
  readonly #lab = new Lab();
  readonly #ifindex: number;
  readonly #loadBalancer: LoadBalancer;
  readonly #hooks: Readonly<Record<BenchHook, Programming>>;

  constructor() {
    const namespace = this.#lab.namespace('bench');
    namespace.setSysctls({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });
    namespace.ip(`tuntap add mode tap name tap0`, `link set tap0 address ${DEVICE_MAC} up`);
    namespace.addAddress('tap0', '10.78.0.1/16');
    namespace.addAddress('tap0', 'fd78::ffff/64');
    const neighbours = Array.from({ length: BACKENDS }, (_, index) =>
      [false, true].map(
        (ipv6) => `neigh replace ${backendAddress(ipv6, index)} lladdr ${CLIENT_MAC} dev tap0 nud permanent`,
      ),
    );
    namespace.ip(...neighbours.flat());
    this.#ifindex = namespace.link('tap0').index;
    native().enterNamespace(namespace.path);
    const options = { ...OPTIONS, pinDirectory: this.#lab.pinDirectory };
    this.#loadBalancer = LoadBalancer.open(options);
    this.#loadBalancer.attach('tap0', { hook: 'xdp' });
    const ours = this.#loadOurs(options);
    this.#hooks = { xdp: this.#loadHook('xdp', ours.xdp), tcx: this.#loadHook('tcx', ours.tcxIn) };
  }

  /** The same programs as those attached, on the same maps, with file descriptors to run them by. */
  #loadOurs(options: LoadBalancerOptions & { readonly pinDirectory: string }): Programs {
    const pinned = MAP_NAMES.map(
      (name) => [name, { fd: native().openPinned(mapPath(options.pinDirectory, name)) }] as const,
    );
    return loadPrograms(Object.fromEntries(pinned), checkOptions(options)).programs;
  }

  #loadHook(hook: BenchHook, ours: number): Programming {
    const path = join(import.meta.dirname, '..', 'build', 'bpf', 'bench', `bench_${hook}.o`);
    const sizes = { floor_flows4: { maxEntries: FLOWS }, floor_flows6: { maxEntries: FLOWS } };
    const { programs, maps } = native().loadObject(readFileSync(path), sizes, {});
    const ring = BpfMap.fromFd(required(maps, 'floor_ring'), { key: u32, value: u32 });
    ring.setBatch(Array.from({ length: RING_SIZE }, (_, at) => [at, at % BACKENDS] as const));
    ring.close();
    return {
      entry: required(programs, 'bench_entry'),
      programs: { ours, floor: required(programs, 'bench_floor'), stub: required(programs, 'bench_stub') },
      target: BpfMap.fromFd(required(maps, 'programs'), { key: u32, value: u32 }),
      source: BpfMap.fromFd(required(maps, 'flow_source'), { key: u32, value: flowSourceCodec }),
      services: BpfMap.fromFd(required(maps, 'floor_services'), { key: floorServiceKeyCodec, value: u32 }),
      backends: BpfMap.fromFd(required(maps, 'floor_backends'), { key: u32, value: floorBackendCodec }),
    };
  }

  /** Balances the case's service over all backends, on both sides; flows of earlier cases are gone. */
  serve({ ipv6, protocol }: Case): void {
    const indexes = Array.from({ length: BACKENDS }, (_, index) => index);
    const address = ipv6 ? SERVICE.ipv6 : SERVICE.ipv4;
    const backends = indexes.map((index) => ({
      address: backendAddress(ipv6, index),
      port: BACKEND_PORT,
      weight: 1,
    }));
    const service: Service = { address, port: SERVICE.port, protocol, backends };
    this.#loadBalancer.apply([]);
    this.#loadBalancer.apply([service]);
    for (const hook of Object.values(this.#hooks)) {
      hook.services.set({ address, port: SERVICE.port, protocol: protocol === 'TCP' ? 6 : 17, pad: 0 }, 1);
      for (const index of indexes) {
        hook.backends.set(index, {
          address: backendAddress(ipv6, index),
          port: BACKEND_PORT,
          mac: CLIENT_MAC,
        });
      }
    }
  }

  /** Makes every flow of the case known to a contender. */
  warmUp(measured: Case, contender: Contender): void {
    if (measured.kind !== 'known flow') return;
    this.#run(measured, contender, frameOf(measured, true), measured.flows - 1, measured.flows);
  }

  /** One test run over the case's flows, as many as there are packets when they are new. Nanoseconds a packet. */
  measure(measured: Case, contender: Contender, packets: number): number {
    const isNew = measured.kind === 'new flow';
    return this.#run(
      measured,
      contender,
      frameOf(measured, isNew),
      isNew ? NEW_FLOWS : measured.flows - 1,
      packets,
    );
  }

  #run({ hook }: Case, contender: Contender, frame: Buffer, mask: number, packets: number): number {
    const { entry, programs, target, source } = this.#hooks[hook];
    target.set(0, programs[contender]);
    const next = mask === NEW_FLOWS ? (source.get(0)?.next ?? 0) : 0;
    source.set(0, { next, mask, head: frame.subarray(0, FRAME_HEAD) });
    return native().testRun(entry, frame, this.#context(hook), packets).nanoseconds;
  }

  /** Packets that Blixt has dropped so far. */
  drops(): number {
    return Object.values(this.#loadBalancer.stats().drops).reduce((sum, packets) => sum + packets, 0);
  }

  /** Where the contender's program sends one packet of the case: its verdict. */
  verdict(measured: Case, contender: Contender): number {
    const { entry, programs, target, source } = this.#hooks[measured.hook];
    const frame = frameOf(measured, measured.kind !== 'not ours');
    target.set(0, programs[contender]);
    source.set(0, { next: 0, mask: 0, head: frame.subarray(0, FRAME_HEAD) });
    return native().testRun(entry, frame, this.#context(measured.hook), 1).verdict;
  }

  /** struct xdp_md, or struct __sk_buff, with the tap as the device. */
  #context(hook: BenchHook): Buffer {
    const context = Buffer.alloc(hook === 'xdp' ? 24 : 192);
    if (hook === 'xdp') context.writeUInt32LE(FRAME_LENGTH, 4);
    context.writeUInt32LE(this.#ifindex, hook === 'xdp' ? 12 : 40);
    return context;
  }

  [Symbol.dispose](): void {
    this.#loadBalancer.detach();
    this.#lab.dispose();
  }
}
