import { closeSync, constants as fs, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { BpfError, BpfUsageError, describe } from './errors.ts';
import { checkPath } from './map-base.ts';
import { type MapType, mapTypeNames, mapTypeNumber } from './map-types.ts';
import { addon } from './native.ts';

const OPERATION = 'BPF_TOKEN_CREATE';

const HINTS: Readonly<Record<string, string>> = {
  EINVAL: 'the path is not the root of a BPF file system, or the kernel is older than 6.9, which has tokens',
  EOPNOTSUPP: 'in the initial user namespace nobody needs a token: capabilities count there',
  ENOENT: 'the BPF file system delegates nothing: mount it with delegate_cmds, delegate_maps, …',
  EPERM:
    'a token is made in the user namespace that the BPF file system belongs to, by a process that has CAP_BPF there',
};

/** What `open` alone has: a descriptor that is not the token's must not be closed. */
const BY_OPEN = Symbol('BpfToken.open');

/** A descriptor nobody closed is closed when its token is collected. */
const forgotten = new FinalizationRegistry<number>((fd) => addon().closeDescriptor(fd));

/**
 * A BPF token (Linux 6.9): the right to some commands of bpf(2), which a privileged process delegates to a user
 * namespace by mounting a BPF file system there with `delegate_cmds`, `delegate_maps` and so on
 * (kernel/bpf/token.c). A process in the namespace that has CAP_BPF in it makes a token from that file system, and
 * creates maps with it: `BpfMap.create({ …, token })`.
 */
export class BpfToken implements Disposable {
  readonly #fd: number;
  readonly #allowed: ReadonlyMap<string, bigint>;
  #closed = false;

  private constructor(fd: number, by: typeof BY_OPEN) {
    if (by !== BY_OPEN) {
      throw new BpfUsageError('ERR_BPF_ARGUMENT', 'a BpfToken is made by BpfToken.open');
    }
    this.#fd = fd;
    this.#allowed = readAllowed(fd);
    forgotten.register(this, fd, this);
  }

  /**
   * Makes a token (BPF_TOKEN_CREATE).
   *
   * @param path - the mount point of the BPF file system
   * @throws BpfError `EPERM` without CAP_BPF in the user namespace of the file system, or outside of it;
   *   `EOPNOTSUPP` in the initial user namespace; `ENOENT` if nothing is delegated, or nothing is there; `EINVAL`
   *   if it is not the root of a BPF file system, and before Linux 6.9; `ENOTDIR`, `EACCES`
   */
  static open(path: string): BpfToken {
    checkPath(path);
    let directory: number;
    try {
      directory = openSync(path, fs.O_RDONLY | fs.O_DIRECTORY);
    } catch (cause) {
      const errno = cause instanceof Error && 'errno' in cause ? Number(cause.errno) : -constants.errno.EIO;
      throw new BpfError({
        errno: -errno,
        operation: 'open',
        path,
        hint: 'a token is made from a mounted BPF file system',
      });
    }
    try {
      const fd = addon().createToken(directory);
      if (fd >= 0) return new BpfToken(fd, BY_OPEN);
      const error = new BpfError({ errno: -fd, operation: OPERATION, path });
      throw new BpfError({ errno: -fd, operation: OPERATION, path, hint: HINTS[error.code] ?? error.hint });
    } finally {
      closeSync(directory);
    }
  }

  /** The file descriptor, which stays the token's. Throws after closing. */
  get fd(): number {
    if (this.#closed) throw new BpfUsageError('ERR_BPF_CLOSED', 'the token is closed');
    return this.#fd;
  }

  /** The types of the maps that it lets create; undefined where /proc does not tell. */
  get mapTypes(): readonly MapType[] | undefined {
    const mask = this.#allowed.get('maps');
    if (mask === undefined) return undefined;
    return mapTypeNames().filter((type) => ((mask >> BigInt(mapTypeNumber(type) ?? 0)) & 1n) === 1n);
  }

  /** Was the descriptor given back? */
  get closed(): boolean {
    return this.#closed;
  }

  /** Closes the descriptor. Maps that were created with the token stay. Closing again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    forgotten.unregister(this);
    addon().closeDescriptor(this.#fd);
  }

  /** Closes the token. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** What fdinfo says: masks of commands, maps, programs and attachments, by bits. */
function readAllowed(fd: number): ReadonlyMap<string, bigint> {
  let text = '';
  try {
    text = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  } catch {
    // No /proc here.
  }
  const masks = [...text.matchAll(/^allowed_(\w+):\t(any|0x[0-9a-f]+)$/gm)];
  return new Map(
    masks.map(([, what = '', mask = '0']) => [what, mask === 'any' ? 2n ** 64n - 1n : BigInt(mask)] as const),
  );
}

/** @internal */
export function checkToken(token: unknown): BpfToken | undefined {
  if (token === undefined || token instanceof BpfToken) return token;
  throw new BpfUsageError('ERR_BPF_ARGUMENT', `token must be a BpfToken, got ${describe(token)}`);
}
