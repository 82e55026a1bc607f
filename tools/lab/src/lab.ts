import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { LabError } from './errors.ts';
import { newLabId } from './lab-id.ts';
import { BPFFS_DIRECTORY, mountBpffs, removeLab, sweepLeftovers } from './leftovers.ts';
import { checkInterfaceName, Namespace } from './namespace.ts';
import { onProcessEnd } from './process-end.ts';

/** One end of a veth pair. */
export interface LinkEnd {
  readonly namespace: Namespace;
  /** The interface's name in its namespace, at most 15 characters. */
  readonly interfaceName: string;
  /** Default: the kernel chooses. */
  readonly macAddress?: string;
}

/**
 * A network of namespaces and veth pairs on this machine. Needs root.
 *
 * It takes everything down again: on `dispose()`, when the process exits (also by an uncaught exception), and on
 * SIGINT, SIGTERM and SIGHUP. What a SIGKILL leaves is removed when the next lab starts.
 */
export class Lab implements Disposable {
  /** Unique on this machine; the names of everything that the lab makes start with it. */
  readonly id: string = newLabId();
  /** A temporary folder that goes with the lab. */
  readonly directory: string = join(tmpdir(), this.id);
  /** A folder on bpffs for pins (not made, but bpffs is mounted). It goes with the lab. */
  readonly pinDirectory: string = join(BPFFS_DIRECTORY, this.id);
  readonly #namespaces = new Map<string, Namespace>();
  readonly #unguard: () => void;
  #disposed = false;

  /** Removes what dead labs left, then makes an empty one. */
  constructor() {
    mountBpffs();
    sweepLeftovers();
    this.#unguard = onProcessEnd(() => this.dispose());
    mkdirSync(this.directory);
  }

  /** Whether it was taken down. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /**
   * Makes a namespace: loopback up, IPv6 on, no duplicate address detection, no reverse path filter.
   *
   * @param role - what it is in this lab, unique in it, for example `lb`.
   * @throws LabError `LAB_NAME_INVALID`, `LAB_COMMAND_FAILED`, `LAB_DISPOSED`
   */
  namespace(role: string): Namespace {
    this.#checkOpen();
    if (!/^[a-z0-9-]{1,32}$/.test(role) || this.#namespaces.has(role)) {
      throw new LabError(
        'LAB_NAME_INVALID',
        `role: expected 1 to 32 of a-z 0-9 -, not used in this lab, got ${JSON.stringify(role)}`,
      );
    }
    const namespace = new Namespace(`${this.id}-${role}`, role);
    this.#namespaces.set(role, namespace);
    return namespace;
  }

  /** Joins two namespaces by a veth pair, both ends up. @throws LabError as `namespace` does */
  connect(a: LinkEnd, b: LinkEnd): void {
    this.#checkOpen();
    for (const end of [a, b]) checkInterfaceName(end.interfaceName);
    const describe = (end: LinkEnd): string[] => [
      ...['name', end.interfaceName, 'netns', end.namespace.name],
      ...(end.macAddress === undefined ? [] : ['address', end.macAddress]),
    ];
    runCommand('ip', ['link', 'add', ...describe(a), 'type', 'veth', 'peer', ...describe(b)]);
    for (const end of [a, b]) end.namespace.ip(`link set ${end.interfaceName} up`);
    for (const end of [a, b]) end.namespace.waitUntilUp(end.interfaceName);
  }

  /** Kills every process in the lab's namespaces and removes all that it made. Safe to call again. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#unguard();
    removeLab(this.id);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkOpen(): void {
    if (this.#disposed) throw new LabError('LAB_DISPOSED', `lab ${this.id} was already taken down`);
  }
}
