import { type CommandOutput, runCommand } from './command.ts';
import { LabError } from './errors.ts';
import { LabProcess, type StartOptions } from './lab-process.ts';
import { NETNS_DIRECTORY } from './leftovers.ts';

/** Longest interface name that the kernel takes (IFNAMSIZ - 1, include/uapi/linux/if.h). */
const MAX_INTERFACE_NAME = 15;

const CARRIER_TIMEOUT_MS = 5_000;

/** Checks an interface name. @throws LabError `LAB_NAME_INVALID` */
export function checkInterfaceName(name: string): void {
  if (!/^[A-Za-z0-9_.-]+$/.test(name) || name.length > MAX_INTERFACE_NAME || name === '.' || name === '..') {
    throw new LabError(
      'LAB_NAME_INVALID',
      `interface name: expected 1 to ${MAX_INTERFACE_NAME} of A-Z a-z 0-9 _ . -, got ${JSON.stringify(name)}`,
    );
  }
}

/** One network namespace of a lab. It is made by `Lab.namespace()` and goes with the lab. */
export class Namespace {
  /** The name under /run/netns: the lab's id and the role. */
  readonly name: string;
  /** What it is in its lab, for example `lb` or `b1`; unique in the lab. */
  readonly role: string;

  /** @internal Use `Lab.namespace`. */
  constructor(name: string, role: string) {
    this.name = name;
    this.role = role;
    runCommand('ip', ['netns', 'add', name]);
    this.setSysctls({
      'net.ipv6.conf.all.disable_ipv6': 0,
      'net.ipv6.conf.default.disable_ipv6': 0,
      'net.ipv6.conf.all.accept_dad': 0,
      'net.ipv6.conf.default.accept_dad': 0,
      'net.ipv6.conf.default.dad_transmits': 0,
      'net.ipv6.conf.default.accept_ra': 0,
      'net.ipv6.conf.default.router_solicitations': 0,
      'net.ipv4.conf.all.rp_filter': 0,
      'net.ipv4.conf.default.rp_filter': 0,
    });
    this.ip('link set lo up');
  }

  /** The path that `nsenter --net=` takes. */
  get path(): string {
    return `${NETNS_DIRECTORY}/${this.name}`;
  }

  /**
   * Runs ip(8) commands in the namespace, one per argument without the leading `ip`, as one batch.
   *
   * @throws LabError `LAB_COMMAND_FAILED` at the first that fails; those before it have taken effect.
   */
  ip(...commands: string[]): CommandOutput {
    // Not `ip -n`: that one mounts a new /sys for itself, which not every container allows.
    return this.run('ip', ['-batch', '-'], `${commands.join('\n')}\n`);
  }

  /** Sets sysctls under `net.` (dots or slashes) in the namespace. @throws LabError `LAB_COMMAND_FAILED` */
  setSysctls(values: Readonly<Record<string, string | number>>): void {
    const lines = Object.entries(values).map(
      ([key, value]) => `echo '${value}' > '/proc/sys/${key.includes('/') ? key : key.replaceAll('.', '/')}'`,
    );
    this.run('sh', ['-e'], `${lines.join('\n')}\n`);
  }

  /** Adds an address, `A.B.C.D/LEN` or IPv6, optionally with the address of a peer (`PEER/LEN`). */
  addAddress(interfaceName: string, address: string, peer?: string): void {
    const nodad = address.includes(':') ? ' nodad' : '';
    this.ip(`addr add ${address}${peer === undefined ? '' : ` peer ${peer}`} dev ${interfaceName}${nodad}`);
  }

  /** Adds a route to an IPv4 or IPv6 prefix; `via` and `interfaceName` as in ip-route(8). */
  addRoute(destination: string, route: { readonly via?: string; readonly interfaceName?: string }): void {
    const via = route.via === undefined ? '' : ` via ${route.via}`;
    const dev = route.interfaceName === undefined ? '' : ` dev ${route.interfaceName}`;
    this.ip(`route add ${destination}${via}${dev}`);
  }

  /** Adds or replaces a permanent neighbour entry, so that nothing has to be resolved. */
  setNeighbour(interfaceName: string, address: string, macAddress: string): void {
    this.ip(`neigh replace ${address} lladdr ${macAddress} dev ${interfaceName} nud permanent`);
  }

  /** Switches offloads on or off by their ethtool(8) names, for example `{ tx: false, gro: true }`. */
  setOffloads(interfaceName: string, offloads: Readonly<Record<string, boolean>>): void {
    const settings = Object.entries(offloads).flatMap(([name, on]) => [name, on ? 'on' : 'off']);
    if (settings.length > 0) this.run('ethtool', ['-K', interfaceName, ...settings]);
  }

  /** The MAC address (`aa:bb:cc:dd:ee:ff`) and index of an interface. @throws LabError `LAB_COMMAND_FAILED` */
  link(interfaceName: string): { readonly macAddress: string; readonly index: number } {
    // /sys/class/net shows the namespace in which /sys was mounted, so ask rtnetlink.
    const { stdout } = this.run('ip', ['-j', 'link', 'show', 'dev', interfaceName]);
    const [link]: { address: string; ifindex: number }[] = JSON.parse(stdout);
    if (link === undefined) {
      throw new LabError(
        'LAB_COMMAND_FAILED',
        `ip link show dev ${interfaceName} in ${this.role}: no output`,
      );
    }
    return { macAddress: link.address, index: link.ifindex };
  }

  /**
   * Waits until an interface's carrier is known, at most 5 s: the kernel takes note of it a little after both ends are
   * up, and refuses IPv6 routes until then.
   *
   * @throws LabError `LAB_COMMAND_FAILED`
   */
  waitUntilUp(interfaceName: string): void {
    const deadline = Date.now() + CARRIER_TIMEOUT_MS;
    for (;;) {
      const { stdout } = this.run('ip', ['-j', 'link', 'show', 'dev', interfaceName]);
      const [link]: { operstate: string }[] = JSON.parse(stdout);
      if (link?.operstate === 'UP') return;
      if (Date.now() > deadline) {
        throw new LabError(
          'LAB_COMMAND_FAILED',
          `${interfaceName} in ${this.role} is not up: ${stdout.trim()}`,
        );
      }
    }
  }

  /** Runs a command in the namespace to its end (blocking). @throws LabError `LAB_COMMAND_FAILED` */
  run(command: string, args: readonly string[] = [], input = ''): CommandOutput {
    return runCommand('nsenter', [`--net=${this.path}`, command, ...args], input);
  }

  /**
   * Starts a command in the namespace by `nsenter --net` (mounts stay as they are, so bpffs and /sys are seen).
   * The kernel kills it when the process that runs the lab dies, whatever way.
   */
  start(command: string, args: readonly string[] = [], options: StartOptions = {}): LabProcess {
    return LabProcess.start(this, command, args, options);
  }
}
