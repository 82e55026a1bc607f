import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import loadAddon from 'pkg-prebuilds';
import { LoadBalancerError } from './errors.ts';

/** A network device, as rtnetlink tells it. */
export interface NativeDevice {
  readonly ifindex: number;
  readonly name: string;
  /** The kind of `ip link`, such as `veth`; empty for hardware. */
  readonly kind: string;
  readonly loopback: boolean;
  /** Its peer is in another network namespace. */
  readonly peerElsewhere: boolean;
  /** Such as `02:00:00:00:00:01`; undefined for what is not Ethernet. */
  readonly macAddress: string | undefined;
}

/** A link's description (BPF_OBJ_GET_INFO_BY_FD). */
export interface NativeLinkInfo {
  readonly id: number;
  readonly programId: number;
  /** 0 when the device is gone. */
  readonly ifindex: number;
  readonly attachType: number;
}

/** What BPF_PROG_TEST_RUN gives back. */
export interface TestRunResult {
  readonly verdict: number;
  readonly data: Buffer;
  readonly context: Buffer;
  /** Mean of one run. */
  readonly nanoseconds: number;
}

/** A map to load an object with: an existing one, or the size of a new one. */
export type MapSetting = { readonly fd: number } | { readonly maxEntries: number };

/** The addon of `native/`. File descriptors that it returns are the caller's to close. */
export interface Native {
  loadObject(
    elf: Buffer,
    maps: Readonly<Record<string, MapSetting>>,
    globals: Readonly<Record<string, Buffer>>,
  ): { readonly maps: Record<string, number>; readonly programs: Record<string, number> };
  attachXdp(program: number, ifindex: number, generic: boolean): number;
  attachTcx(program: number, ifindex: number, egress: boolean): number;
  updateLink(link: number, program: number): void;
  detachLink(link: number): void;
  linkInfo(link: number): NativeLinkInfo;
  xdpProgramId(ifindex: number): number;
  tcxProgramIds(ifindex: number, egress: boolean): number[];
  programInfo(id: number): { readonly id: number; readonly name: string } | undefined;
  pin(fd: number, path: string): void;
  openPinned(path: string): number;
  closeFd(fd: number): void;
  lockDirectory(path: string): number;
  /** `flags`: BPF_F_TEST_* of include/uapi/linux/bpf.h. */
  testRun(
    program: number,
    data: Buffer,
    context: Buffer | undefined,
    repeat: number,
    flags?: number,
  ): TestRunResult;
  listDevices(): NativeDevice[];
  /** Sends Ethernet frames out of an interface; throws for the first that cannot be sent when all were tried. */
  sendFrames(ifindex: number, frames: readonly Buffer[]): void;
  /** For each address the one that the kernel would send from to there; undefined without a route. */
  routeSources(addresses: readonly string[]): (string | undefined)[];
  /** Writes bytes into a memory-mapped array, from a byte on. */
  writeArray(map: number, offset: number, bytes: Buffer): void;
  /** Makes bytes of a memory-mapped array zero. */
  clearArray(map: number, offset: number, length: number): void;
  /** A copy of bytes of a memory-mapped array. */
  readArray(map: number, offset: number, length: number): Buffer;
  jiffyNanoseconds(): number;
  enterNamespace(path: string): void;
  mountBpfFs(path: string): boolean;
}

const OPTIONS = { name: 'xdp-lb', napi_versions: [8] };

let loaded: Native | undefined;

/**
 * The addon, loaded at the first call.
 *
 * @throws LoadBalancerError `ERR_LB_PLATFORM` where there is none for this platform
 */
export function native(): Native {
  if (!loaded) {
    try {
      loaded = loadAddon<Native>(dirname(dirname(fileURLToPath(import.meta.url))), OPTIONS);
    } catch (cause) {
      throw new LoadBalancerError(
        'ERR_LB_PLATFORM',
        `@blixt/xdp-lb has no data plane for ${process.platform}-${process.arch}: it needs Linux, and libelf.so.1 and libz.so.1 on it`,
        { cause },
      );
    }
  }
  return loaded;
}
