/** The cases that a rule is checked in: every hook, both families, both protocols; and what they have in common. */
import type { Backend, Service } from '../../src/service.ts';
import { type Frame, TCP } from './frame.ts';
import { backendsAt, type DataPlane, HOOKS, type Hook, TCX_COMPLETE } from './harness.ts';
import { FAMILIES, type Family, MAC } from './network.ts';

export interface Case {
  readonly name: string;
  readonly hook: Hook;
  readonly family: Family;
  readonly protocol: 'TCP' | 'UDP';
}

export function casesOf(hooks: readonly Hook[], protocols: readonly ('TCP' | 'UDP')[]): Case[] {
  return hooks.flatMap((hook) =>
    FAMILIES.flatMap((family) =>
      protocols.map((protocol) => ({
        name: `${hook.name}, ${family.name}, ${protocol}`,
        hook,
        family,
        protocol,
      })),
    ),
  );
}

export const CASES = casesOf(HOOKS, ['TCP', 'UDP']);
/** The same, and tcx behind a card that has summed the frame: for what is forwarded. */
export const FORWARDING_CASES = [...CASES, ...casesOf([TCX_COMPLETE], ['TCP', 'UDP'])];
export const TCP_CASES = casesOf(HOOKS, ['TCP']);
export const UDP_CASES = casesOf(HOOKS, ['UDP']);

/** A service on port 80 whose backends listen on 8080; by default the family's first one. */
export function serviceOf(
  { family, protocol }: Pick<Case, 'family' | 'protocol'>,
  more: Partial<Service> & { readonly backends?: readonly Backend[] } = {},
): Service {
  return { address: family.service, port: 80, protocol, backends: backendsAt([family.backends[0]]), ...more };
}

/** What a client sends: by default the SYN or the datagram that begins a flow. */
export function fromClient(
  { family, protocol }: Pick<Case, 'family' | 'protocol'>,
  more: Partial<Frame> = {},
): Frame {
  return {
    dstMac: MAC.front,
    srcMac: MAC.router,
    src: family.client,
    dst: family.service,
    protocol,
    sport: 40_000,
    dport: 80,
    seq: 1000,
    payload: protocol === 'UDP' ? Buffer.from('ping') : Buffer.alloc(0),
    ...more,
  };
}

/** The same client's packet when it has left for a backend by full NAT. */
export function atBackend({ family }: Pick<Case, 'family'>, frame: Frame, natPort: number, at = 0): Frame {
  return {
    ...frame,
    srcMac: MAC.back,
    dstMac: MAC.backends[at] ?? '',
    src: family.back,
    dst: family.backends[at] ?? '',
    sport: natPort,
    dport: 8080,
    ttl: (frame.ttl ?? 64) - 1,
  };
}

/** What the backend answers to that. */
export function fromBackend(
  { family, protocol }: Pick<Case, 'family' | 'protocol'>,
  natPort: number,
  more: Partial<Frame> = {},
): Frame {
  return {
    dstMac: MAC.back,
    srcMac: MAC.backends[0],
    src: family.backends[0],
    dst: family.back,
    protocol,
    sport: 8080,
    dport: natPort,
    flags: TCP.SYN | TCP.ACK,
    seq: 9000,
    ack: 1001,
    payload: protocol === 'UDP' ? Buffer.from('pong') : Buffer.alloc(0),
    ...more,
  };
}

/** The backend's answer when it has left for the client. */
export function atClient(frame: Frame, request: Frame): Frame {
  return {
    ...frame,
    srcMac: MAC.front,
    dstMac: MAC.router,
    src: request.dst,
    dst: request.src,
    sport: request.dport,
    dport: request.sport,
    ttl: (frame.ttl ?? 64) - 1,
  };
}

/** tcx lets the kernel's neighbour code write the MAC addresses the first time, and at each renewal. */
export function byNeighbourCode(hook: Hook, expected: Frame, came: Frame): Frame {
  return hook.isXdp ? expected : { ...expected, srcMac: came.srcMac, dstMac: came.dstMac };
}

/** On a new service, begins a flow and has it answered, so that both directions have their next hops. */
export function beginFlow(lb: DataPlane, c: Case): { request: Frame; natPort: number } {
  lb.reset(serviceOf(c));
  const request = fromClient(c);
  lb.run(c.hook, request);
  const natPort = lb.natPort(request);
  lb.run(c.hook, fromBackend(c, natPort), lb.network.back);
  return { request, natPort };
}
