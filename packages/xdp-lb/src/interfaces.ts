import { unlinkSync } from 'node:fs';
import { type Device, findDevice, isHardware, listDevices } from './devices.ts';
import { errnoCode, explainLoadFailure, LoadBalancerError } from './errors.ts';
import { native } from './native.ts';
import { LINK_HOOKS, type LinkHook, linkPath, type PinnedLink, pinnedLinks, removeLink } from './pins.ts';
import { type Programs, programFor } from './programs.ts';

/** What the user may ask for. */
export type HookChoice = 'auto' | 'xdp' | 'xdp-generic' | 'tcx';

/** Where packets of an interface are balanced. Behind either kind of XDP, tcx takes what XDP leaves. */
export type Hook = 'xdp' | 'xdp-generic' | 'tcx';

/** An interface that the load balancer is attached to. */
export interface AttachedInterface {
  /** As `ip link` shows it. */
  readonly name: string;
  /** The kernel's number of the interface. */
  readonly ifindex: number;
  /** Where its packets are balanced. */
  readonly hook: Hook;
  /** Why this hook. */
  readonly reason: string;
}

/** Options of {@link LoadBalancer.attach}. */
export interface AttachOptions {
  /** Default `auto`. */
  readonly hook?: HookChoice;
}

/** Names of our tcx programs, as bpf/tcx.bpf.c has them. */
const TCX_PROGRAMS = ['blixt_tcx', 'blixt_tcx_out'];

/** How native XDP says that a driver has none, or not for this configuration. */
const NO_NATIVE_XDP = new Set(['EOPNOTSUPP', 'EINVAL', 'ENOTSUPP', 'E2BIG', 'ENOSPC']);

/** The name of a program; undefined when it is gone, or when this process may not ask (CAP_SYS_ADMIN). */
function programName(id: number): string | undefined {
  try {
    return native().programInfo(id)?.name;
  } catch (error) {
    if (errnoCode(error) === 'EPERM') return undefined;
    throw error;
  }
}

/** The pinned links of an instance, and the interfaces that they stand for. */
export class Interfaces {
  readonly #pinDirectory: string;
  readonly #programs: Programs;
  readonly #reasons = new Map<number, string>();

  constructor(pinDirectory: string, programs: Programs) {
    this.#pinDirectory = pinDirectory;
    this.#programs = programs;
  }

  /** Puts this process's programs into the links that an earlier one left; forgets those whose device is gone. */
  takeOver(): void {
    const devices = new Map(listDevices().map((device) => [device.ifindex, device]));
    for (const link of pinnedLinks(this.#pinDirectory)) {
      const fd = native().openPinned(link.path);
      try {
        if (native().linkInfo(fd).ifindex === 0) unlinkSync(link.path);
        else native().updateLink(fd, programFor(this.#programs, link.hook, devices.get(link.ifindex)));
      } finally {
        native().closeFd(fd);
      }
    }
  }

  /** The interfaces that are attached. */
  list(): AttachedInterface[] {
    return attachedInterfaces(this.#pinDirectory, this.#reasons);
  }

  /** The ifindexes of all that are attached. */
  attached(): ReadonlySet<number> {
    return new Set(this.#links('tcxin').map((link) => link.ifindex));
  }

  /** Those with native XDP. */
  nativeXdp(): ReadonlySet<number> {
    return new Set(this.#links('xdp').map((link) => link.ifindex));
  }

  #links(hook: LinkHook): PinnedLink[] {
    return pinnedLinks(this.#pinDirectory).filter((link) => link.hook === hook);
  }

  #has(ifindex: number, hook: LinkHook): boolean {
    return this.#links(hook).some((link) => link.ifindex === ifindex);
  }

  /**
   * Attaches to an interface; does nothing where that is done already.
   *
   * @throws LoadBalancerError `ERR_LB_INTERFACE`, `ERR_LB_INTERFACE_BUSY`, `ERR_LB_XDP_BUSY`, `ERR_LB_KERNEL`
   */
  attach(name: string, choice: HookChoice): AttachedInterface {
    const device = findDevice(name);
    this.#refuseOtherInstance(device);
    const { hook, reason } = this.#attachXdp(device, choice);
    this.#attach(device, 'tcxin');
    this.#reasons.set(device.ifindex, reason);
    return { name, ifindex: device.ifindex, hook, reason };
  }

  /** Attaches the program that rewrites replies of node-local backends, everywhere. */
  attachEgress(): void {
    const devices = new Map(listDevices().map((device) => [device.ifindex, device]));
    for (const { ifindex } of this.#links('tcxin')) {
      const device = devices.get(ifindex);
      if (device) this.#attach(device, 'tcxout');
    }
  }

  #attach(device: Device, hook: LinkHook): void {
    if (this.#has(device.ifindex, hook)) return;
    const program = programFor(this.#programs, hook, device);
    const isXdp = hook === 'xdp' || hook === 'xdpgeneric';
    const fd = isXdp
      ? native().attachXdp(program, device.ifindex, hook === 'xdpgeneric')
      : this.#attachTcx(program, device, hook === 'tcxout');
    try {
      native().pin(fd, linkPath(this.#pinDirectory, device.ifindex, hook));
    } finally {
      native().closeFd(fd);
    }
  }

  #attachTcx(program: number, device: Device, egress: boolean): number {
    try {
      return native().attachTcx(program, device.ifindex, egress);
    } catch (cause) {
      if (errnoCode(cause) === 'EINVAL') {
        throw new LoadBalancerError('ERR_LB_KERNEL', 'this kernel has no tcx: Linux 6.6 or newer is needed', {
          cause,
        });
      }
      throw explainLoadFailure(cause);
    }
  }

  #attachXdp(device: Device, choice: HookChoice): { hook: Hook; reason: string } {
    const wantsNative = choice === 'xdp' || (choice === 'auto' && isHardware(device));
    if (choice === 'xdp-generic') {
      this.#detach(device.ifindex, 'xdp');
      this.#tryXdp(device, 'xdpgeneric');
      return { hook: 'xdp-generic', reason: 'asked for' };
    }
    this.#detach(device.ifindex, 'xdpgeneric');
    if (!wantsNative) {
      this.#detach(device.ifindex, 'xdp');
      const kind = device.kind === '' ? 'loopback' : device.kind;
      return {
        hook: 'tcx',
        reason: choice === 'tcx' ? 'asked for' : `${kind} is virtual, where tcx is the faster hook`,
      };
    }
    const refusal = this.#tryXdp(device, 'xdp');
    if (refusal) return { hook: 'tcx', reason: `the driver has no native XDP (${refusal})` };
    const note = device.kind === 'veth' ? '; what it would send to a veth it leaves to tcx' : '';
    return { hook: 'xdp', reason: choice === 'xdp' ? `asked for${note}` : 'the driver has native XDP' };
  }

  /** Returns the errno's name when the driver has no native XDP. */
  #tryXdp(device: Device, hook: 'xdp' | 'xdpgeneric'): string | undefined {
    if (this.#has(device.ifindex, hook)) return undefined;
    const other = native().xdpProgramId(device.ifindex);
    if (other !== 0) this.#refuseXdp(device, other);
    try {
      this.#attach(device, hook);
      return undefined;
    } catch (cause) {
      const code = errnoCode(cause);
      if (code === 'EBUSY' || code === 'EEXIST')
        this.#refuseXdp(device, native().xdpProgramId(device.ifindex));
      if (hook === 'xdp' && code !== undefined && NO_NATIVE_XDP.has(code)) return code;
      throw explainLoadFailure(cause);
    }
  }

  #refuseXdp(device: Device, program: number): never {
    const name = programName(program) ?? 'unknown';
    throw new LoadBalancerError(
      'ERR_LB_XDP_BUSY',
      `${device.name} already has the XDP program ${JSON.stringify(name)} (id ${program}): take it off (ip link set dev ${device.name} xdp off), or use hook tcx there`,
    );
  }

  /** Two instances on one interface would balance each packet twice. */
  #refuseOtherInstance(device: Device): void {
    if (this.#has(device.ifindex, 'tcxin')) return;
    for (const id of native().tcxProgramIds(device.ifindex, false)) {
      const name = programName(id);
      if (name !== undefined && TCX_PROGRAMS.includes(name)) {
        throw new LoadBalancerError(
          'ERR_LB_INTERFACE_BUSY',
          `another instance is attached to ${device.name} (program ${name}, id ${id}): detach it first (blixt detach --pin-dir ITS_DIRECTORY), or leave this interface to it`,
        );
      }
    }
  }

  /** Lets go of an interface; does nothing where it is not attached. */
  detach(ifindex: number): void {
    for (const hook of LINK_HOOKS) this.#detach(ifindex, hook);
    this.#reasons.delete(ifindex);
  }

  #detach(ifindex: number, hook: LinkHook): void {
    if (this.#has(ifindex, hook)) removeLink(linkPath(this.#pinDirectory, ifindex, hook));
  }
}

/** What the pins of an instance say of its interfaces. */
export function attachedInterfaces(
  pinDirectory: string,
  reasons: ReadonlyMap<number, string> = new Map(),
): AttachedInterface[] {
  const names = new Map(listDevices().map((device) => [device.ifindex, device.name]));
  const links = pinnedLinks(pinDirectory);
  return links
    .filter((link) => link.hook === 'tcxin')
    .map(({ ifindex }) => {
      const has = (hook: LinkHook) => links.some((link) => link.ifindex === ifindex && link.hook === hook);
      const hook: Hook = has('xdp') ? 'xdp' : has('xdpgeneric') ? 'xdp-generic' : 'tcx';
      const name = names.get(ifindex) ?? `interface ${ifindex}`;
      return { name, ifindex, hook, reason: reasons.get(ifindex) ?? 'found attached' };
    });
}
