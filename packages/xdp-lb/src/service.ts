import { isIP } from 'node:net';
import { LoadBalancerError } from './errors.ts';
import { plainAddress } from './plain-address.ts';

/** How a backend is reached; see the package's README. */
export type ForwardingMode = 'snat' | 'local';

/** One (address, port) that takes a share of a service's new flows. */
export interface Backend {
  /** IPv4 or IPv6, of the same family as its service. */
  readonly address: string;
  /** Host order, 1..65535. */
  readonly port: number;
  /** Relative share of new flows; not negative, not necessarily whole. 0: none. */
  readonly weight: number;
  /** Keeps its flows and gets no new ones, whatever its weight. */
  readonly draining?: boolean;
  /**
   * `snat` (default): full NAT, works wherever the backend is. `local`: destination NAT only, the backend
   * sees the client's address; its replies must leave through an interface that is attached.
   */
  readonly mode?: ForwardingMode;
}

/** One (address, port, protocol) that is balanced. */
export interface Service {
  /** IPv4 or IPv6. */
  readonly address: string;
  /** Host order, 1..65535. */
  readonly port: number;
  /** The transport; the same port of TCP and of UDP are two services. */
  readonly protocol: 'TCP' | 'UDP';
  /** Those that share its new flows; none: every flow is rejected. */
  readonly backends: readonly Backend[];
  /** Share of new flows that is rejected (TCP: RST, UDP: drop), on the scale of the weights. Default 0. */
  readonly rejectWeight?: number;
}

/** What tells services apart. */
export type ServiceKey = Pick<Service, 'address' | 'port' | 'protocol'>;

/** A change of what is balanced. No service is in both lists, nor twice in one. */
export interface ServiceChange {
  /** Services that are new or different. */
  readonly set?: readonly Service[];
  /** Services that are wanted no more; those that are not there count as removed already. */
  readonly remove?: readonly ServiceKey[];
  /**
   * How many backends further changes are about to bring, where this is a part of a large one: NAT ports are divided
   * among them as well. Default 0.
   */
  readonly more?: number;
}

/** IP protocol numbers (IANA), as the data plane's keys have them. */
export const PROTOCOL_NUMBERS = { TCP: 6, UDP: 17 } as const;

/** The name of an IP protocol number that the data plane's keys have. */
export function protocolName(number: number): Service['protocol'] {
  return number === PROTOCOL_NUMBERS.TCP ? 'TCP' : 'UDP';
}

/** Where a backend is, and the same as text. */
export interface EndpointKey {
  /** {@link endpointText} of the two. */
  readonly key: string;
  readonly address: string;
  readonly port: number;
}

/** A service whose fields are checked, defaulted and in canonical form. */
export interface CheckedService {
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly rejectWeight: number;
  readonly backends: readonly CheckedBackend[];
}

/** @see CheckedService */
export interface CheckedBackend extends EndpointKey {
  /** 0 while draining. */
  readonly weight: number;
  readonly draining: boolean;
  readonly mode: ForwardingMode;
}

/** `10.0.0.1:80` or `[fd00::1]:80`. */
export function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What tells services apart: `TCP 10.0.0.1:80`. */
export function serviceKeyText(protocol: 'TCP' | 'UDP', address: string, port: number): string {
  return `${protocol} ${endpointText(address, port)}`;
}

function refuse(path: string, expected: string, value: unknown): never {
  throw new LoadBalancerError(
    'ERR_LB_SERVICE',
    `${path}: expected ${expected}, got ${JSON.stringify(value)}`,
  );
}

/** Callers in JavaScript may give anything. */
function checkObject(path: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) refuse(path, 'an object', value);
}

function checkList(path: string, value: unknown): void {
  if (!Array.isArray(value)) refuse(path, 'an array', value);
}

function checkAddress(path: string, value: unknown): string {
  return plainAddress(value) ?? refuse(path, 'an IPv4 or IPv6 address without a zone', value);
}

function checkPort(path: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 65535) {
    refuse(path, 'a port number from 1 to 65535', value);
  }
  return value;
}

function checkWeight(path: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    refuse(path, 'a finite weight of 0 or more', value);
  }
  return value;
}

/** @throws LoadBalancerError `ERR_LB_SERVICE` */
export function checkCount(path: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    refuse(path, 'a whole number of 0 or more', value);
}

function checkBackend(path: string, backend: Backend, family: number): CheckedBackend {
  checkObject(path, backend);
  const address = checkAddress(`${path}.address`, backend.address);
  if (isIP(address) !== family)
    refuse(`${path}.address`, `an IPv${family} address, as its service has`, backend.address);
  const port = checkPort(`${path}.port`, backend.port);
  const weight = checkWeight(`${path}.weight`, backend.weight);
  const { mode = 'snat', draining = false } = backend;
  if (mode !== 'snat' && mode !== 'local') refuse(`${path}.mode`, "'snat' or 'local'", mode);
  if (typeof draining !== 'boolean') refuse(`${path}.draining`, 'true or false', draining);
  return { key: endpointText(address, port), address, port, weight: draining ? 0 : weight, draining, mode };
}

function checkProtocol(path: string, value: unknown): 'TCP' | 'UDP' {
  if (value !== 'TCP' && value !== 'UDP') refuse(path, "'TCP' or 'UDP'", value);
  return value;
}

/** Notes a key that must not be known yet. */
function checkNew(path: string, key: string, seen: Set<string>): void {
  if (seen.has(key)) refuse(path, 'each (address, port, protocol) once', key);
  seen.add(key);
}

function checkKey(path: string, service: ServiceKey): ServiceKey & { readonly key: string } {
  checkObject(path, service);
  const address = checkAddress(`${path}.address`, service.address);
  const port = checkPort(`${path}.port`, service.port);
  const protocol = checkProtocol(`${path}.protocol`, service.protocol);
  return { key: serviceKeyText(protocol, address, port), address, port, protocol };
}

/**
 * Checks what tells services apart, before any of them is removed.
 *
 * @param taken - keys that must not be among them
 * @returns their keys
 * @throws LoadBalancerError `ERR_LB_SERVICE`, naming the field
 */
export function checkKeys(services: readonly ServiceKey[], taken: ReadonlySet<string>): string[] {
  checkList('remove', services);
  const seen = new Set(taken);
  return services.map((service, index) => {
    const path = `remove[${index}]`;
    const { key } = checkKey(path, service);
    checkNew(path, key, seen);
    return key;
  });
}

/**
 * Checks a whole list of services, before anything of it is applied.
 *
 * @param list - what it is called in messages
 * @throws LoadBalancerError `ERR_LB_SERVICE`, naming the field
 */
export function checkServices(list: string, services: readonly Service[]): CheckedService[] {
  checkList(list, services);
  const seen = new Set<string>();
  return services.map((service, index) => {
    const path = `${list}[${index}]`;
    const { key, address, port, protocol } = checkKey(path, service);
    checkNew(path, key, seen);
    checkList(`${path}.backends`, service.backends);
    const family = isIP(address);
    const backends = service.backends.map((backend, at) =>
      checkBackend(`${path}.backends[${at}]`, backend, family),
    );
    const keys = new Set(backends.map((backend) => backend.key));
    if (keys.size !== backends.length) refuse(`${path}.backends`, 'each (address, port) once', [...keys]);
    // In a fixed order, so that nodes that were told the same in another order have the same table.
    const ordered = backends.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const { rejectWeight: rejectPart = 0 } = service;
    const rejectWeight = checkWeight(`${path}.rejectWeight`, rejectPart);
    return { key, address, port, protocol, rejectWeight, backends: ordered };
  });
}
