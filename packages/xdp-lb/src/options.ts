import { LoadBalancerError } from './errors.ts';

/** Sizes of the maps; they are allocated in full when the data plane is loaded. */
export interface Limits {
  /** Flows that conntrack remembers, 96 bytes each. Default 524,288. */
  readonly flows: number;
  /** Services. Default 16,384. */
  readonly services: number;
  /** Backends of all services together, draining ones included, less one. Default 65,536. */
  readonly backends: number;
  /** NAT ports over all backends, 64 bytes each. Default 1,048,576. */
  readonly natSlots: number;
  /** Slots of all Maglev tables, 4 bytes each. Default 4,194,304. */
  readonly maglevSlots: number;
  /** Flows of local mode, 112 bytes each. Default 65,536. */
  readonly localFlows: number;
}

/** Source ports for snat, in host order, both included. */
export interface PortRange {
  /** The lowest port, from 1. */
  readonly min: number;
  /** The highest port, up to 65535; at least 15 above the lowest. */
  readonly max: number;
}

/** How long a flow without packets keeps its NAT port, in seconds. */
export interface Timeouts {
  /** TCP before the first reply. */
  readonly halfOpen: number;
  /** TCP, established (RFC 5382, REQ-5: at least 2 h 4 min). */
  readonly established: number;
  /** TCP, one side has closed. */
  readonly fin: number;
  /** TCP, the backend closed first: its TIME_WAIT (RFC 9293, 3.4.2: 2 MSL). */
  readonly timeWait: number;
  /** TCP, after RST or the client closed first. */
  readonly closed: number;
  /** UDP before the first reply. */
  readonly udp: number;
  /** UDP after it (RFC 4787, REQ-5: at least 2 min). */
  readonly udpReplied: number;
}

/** Options of {@link LoadBalancer.open}. */
export interface LoadBalancerOptions {
  /** Where programs' links and maps are pinned; one for each instance. Default `/sys/fs/bpf/blixt`. */
  readonly pinDirectory?: string;
  /**
   * Source ports for snat; the largest power of two of them is used for each backend. It must not overlap the
   * kernel's own `net.ipv4.ip_local_port_range`. Default 16384 to 32767.
   */
  readonly portRange?: PortRange;
  /** Sizes of the maps; those that are not given are {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<Limits>;
  /** How long flows are kept; those that are not given are {@link DEFAULT_TIMEOUTS}. */
  readonly timeouts?: Partial<Timeouts>;
}

/** {@link LoadBalancerOptions.pinDirectory} where none is given. */
export const DEFAULT_PIN_DIRECTORY = '/sys/fs/bpf/blixt';

/** {@link LoadBalancerOptions.limits} where none are given. */
export const DEFAULT_LIMITS: Limits = {
  flows: 524_288,
  services: 16_384,
  backends: 65_536,
  natSlots: 1_048_576,
  maglevSlots: 4_194_304,
  localFlows: 65_536,
};

/** {@link LoadBalancerOptions.timeouts} where none are given. */
export const DEFAULT_TIMEOUTS: Timeouts = {
  halfOpen: 60,
  established: 7440,
  fin: 120,
  timeWait: 60,
  closed: 2,
  udp: 30,
  udpReplied: 180,
};

const DEFAULT_PORT_RANGE: PortRange = { min: 16_384, max: 32_767 };

/** What every field of {@link LoadBalancerOptions} is after defaults. */
export interface CheckedOptions {
  readonly pinDirectory: string;
  readonly portRange: PortRange;
  readonly limits: Limits;
  readonly timeouts: Timeouts;
}

function refuse(path: string, expected: string, value: unknown): never {
  throw new LoadBalancerError(
    'ERR_LB_OPTION',
    `${path}: expected ${expected}, got ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`,
  );
}

/** Whole numbers by name, those that are not given taken from the defaults. */
function checkNumbers<T extends object>(what: string, values: unknown, defaults: T, max: number): T {
  if (values === undefined) return defaults;
  if (typeof values !== 'object' || values === null) refuse(what, 'an object', values);
  for (const [name, value] of Object.entries(values)) {
    if (!(name in defaults)) refuse(`${what}.${name}`, `one of ${Object.keys(defaults).join(', ')}`, value);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max) {
      refuse(`${what}.${name}`, `a whole number from 1 to ${max}`, value);
    }
  }
  return { ...defaults, ...values };
}

/** @throws LoadBalancerError `ERR_LB_OPTION`, `ERR_LB_PORT_RANGE` */
export function checkOptions(options: LoadBalancerOptions): CheckedOptions {
  const { pinDirectory = DEFAULT_PIN_DIRECTORY, portRange = DEFAULT_PORT_RANGE } = options;
  const limits = checkNumbers('limits', options.limits, DEFAULT_LIMITS, 2 ** 28);
  const timeouts = checkNumbers('timeouts', options.timeouts, DEFAULT_TIMEOUTS, 86_400);
  if (typeof pinDirectory !== 'string' || !/^(\/[^/.]+)+$/.test(pinDirectory)) {
    refuse('pinDirectory', 'an absolute path without dots (bpffs allows none)', pinDirectory);
  }
  if (typeof portRange !== 'object' || portRange === null) {
    refuse('portRange', 'an object with min and max', portRange);
  }
  const { min, max } = portRange;
  if (![min, max].every((port) => Number.isInteger(port) && port >= 1 && port <= 65_535) || max - min < 15) {
    throw new LoadBalancerError(
      'ERR_LB_PORT_RANGE',
      `portRange: expected at least 16 ports between 1 and 65535, got ${min}-${max}`,
    );
  }
  return { pinDirectory, portRange, limits, timeouts };
}

/** The largest n with 2^n ports in the range. */
export function portRangeLog2(range: PortRange): number {
  return Math.floor(Math.log2(range.max - range.min + 1));
}
