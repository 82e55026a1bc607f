/** How new flows are shared among backends. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BackendRef,
  backendRef,
  endpointSlice,
  type ForwardingService,
  gateway,
  gatewayClass,
  listener,
  listView,
  type ModelObject,
  resolveGateway,
  service,
  tcpRoute,
} from '../src/index.ts';
import { dualStack, SimulatedCluster } from './simulated-cluster.ts';
import { aWorld } from './worlds.ts';

describe('the services that are forwarded, whatever the objects are', () => {
  it("shares are fractions that sum to one; (address, port) is there once, in order, and of the service's family", () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        const services = new SimulatedCluster(objects)
          .decideAll()
          .flatMap(({ forwarding }) => forwarding.services);
        for (const { address: at, backends, rejectWeight } of services) {
          const total = backends.reduce((sum, { weight }) => sum + weight, rejectWeight);
          expect(total).toBeGreaterThan(0);
          const shares = [...backends.map(({ weight }) => weight / total), rejectWeight / total];
          expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
          expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
          const keys = backends.map(({ address, port }) => `${address} ${String(port).padStart(5, '0')}`);
          expect(keys).toEqual([...new Set(keys)].sort());
          expect(backends.every(({ draining, weight }) => !draining || weight === 0)).toBe(true);
          expect(backends.every(({ address }) => address.includes(':') === at.includes(':'))).toBe(true);
        }
      }),
    );
  });

  it('one (address, port, protocol) is one service', () => {
    fc.assert(
      fc.property(aWorld, (objects) => {
        for (const { forwarding } of new SimulatedCluster(objects).decideAll()) {
          const keys = forwarding.services.map(
            ({ address, port, protocol }) => `${protocol} ${address} ${port}`,
          );
          expect(keys).toHaveLength(new Set(keys).size);
        }
      }),
      { numRuns: 50 },
    );
  });
});

/** What becomes of the Service of a backendRef. */
type Fate = 'ready' | 'no endpoints' | 'only IPv6' | 'missing' | 'no grant' | 'no such port' | 'ExternalName';

interface Planned {
  readonly weight: number;
  readonly fate: Fate;
  readonly endpoints: number;
}

const aPlan: fc.Arbitrary<Planned[]> = fc.array(
  fc.record({
    weight: fc.oneof(fc.integer({ min: 0, max: 10 }), fc.constantFrom(1_000_000, 999_999)),
    fate: fc.constantFrom<Fate[]>(
      'ready',
      'ready',
      'ready',
      'no endpoints',
      'only IPv6',
      'missing',
      'no grant',
      'no such port',
      'ExternalName',
    ),
    endpoints: fc.integer({ min: 1, max: 4 }),
  }),
  { minLength: 1, maxLength: 16 },
);

const port = { port: 80, protocol: 'TCP' } as const;

/** The backendRefs of a plan and their objects; the second number of an address tells which it belongs to. */
function objectsOf(plan: readonly Planned[]): { refs: BackendRef[]; objects: ModelObject[] } {
  const objects = plan.flatMap(({ fate, endpoints }, index): ModelObject[] => {
    if (fate === 'missing') return [];
    const name = `s${index}`;
    const namespace = fate === 'no grant' ? 'bank' : 'default';
    const hosts = Array.from({ length: fate === 'no endpoints' ? 0 : endpoints }, (_, host) => host + 1);
    const isIPv6 = fate === 'only IPv6';
    return [
      service(name, [port], { namespace }, fate === 'ExternalName' ? { type: 'ExternalName' } : {}),
      endpointSlice(
        {
          service: name,
          addressType: isIPv6 ? 'IPv6' : 'IPv4',
          endpoints: hosts.map((host) => (isIPv6 ? `fd00:${index}::${host}` : `10.${index}.0.${host}`)),
          ports: [{ port: 80 }],
        },
        { namespace },
      ),
    ];
  });
  const refs = plan.map(({ weight, fate }, index) =>
    backendRef(`s${index}`, fate === 'no such port' ? 81 : 80, {
      weight,
      ...(fate === 'no grant' && { namespace: 'bank' }),
    }),
  );
  return { refs, objects };
}

const weightOf = (found: ForwardingService, index: number): number =>
  found.backends
    .filter(({ address }) => address.startsWith(`10.${index}.`))
    .reduce((sum, { weight }) => sum + weight, 0);

const isServed = ({ fate }: Planned): boolean => fate === 'ready';

describe("a route's backendRefs", () => {
  const servicesOf = (plan: readonly Planned[]): ForwardingService => {
    const { refs, objects } = objectsOf(plan);
    const subject = gateway({ listeners: [listener('TCP', 80)] });
    const all = [gatewayClass(), subject, tcpRoute({ backendRefs: refs }), ...objects];
    const { services } = resolveGateway(subject, listView(all), dualStack()).forwarding;
    const found = services.find(({ address }) => !address.includes(':'));
    if (!found) throw new Error('expected the IPv4 service');
    return found;
  };

  it('share by weight, however many endpoints they have; what cannot be served of it is rejected', () => {
    fc.assert(
      fc.property(aPlan, (plan) => {
        const found = servicesOf(plan);
        const total = plan.reduce((sum, { weight }) => sum + weight, 0);
        if (total === 0) {
          expect(found.rejectWeight).toBe(1);
          expect(found.backends.every(({ weight }) => weight === 0)).toBe(true);
          return;
        }
        const scale = found.backends.reduce((sum, { weight }) => sum + weight, found.rejectWeight);
        for (const [index, planned] of plan.entries())
          expect(weightOf(found, index) / scale).toBeCloseTo(
            isServed(planned) ? planned.weight / total : 0,
            9,
          );
        const lost = plan
          .filter((planned) => !isServed(planned))
          .reduce((sum, { weight }) => sum + weight, 0);
        expect(found.rejectWeight / scale).toBeCloseTo(lost / total, 9);
      }),
      { numRuns: 300 },
    );
  });

  it('the endpoints of one share evenly', () => {
    fc.assert(
      fc.property(aPlan, (plan) => {
        const found = servicesOf(plan);
        for (const [index, { endpoints, weight }] of plan.entries()) {
          const weights = found.backends
            .filter(({ address }) => address.startsWith(`10.${index}.`))
            .map((entry) => entry.weight);
          for (const share of weights) expect(share).toBeCloseTo(weight / endpoints, 6);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('one more endpoint for one of them takes nothing from the others', () => {
    fc.assert(
      fc.property(aPlan, fc.nat(), (plan, choice) => {
        const chosen = choice % plan.length;
        const more = plan.map((planned, index) =>
          index === chosen ? { ...planned, endpoints: planned.endpoints + 1 } : planned,
        );
        const [before, after] = [servicesOf(plan), servicesOf(more)];
        for (const index of plan.keys())
          expect(weightOf(after, index)).toBeCloseTo(weightOf(before, index), 6);
        expect(after.rejectWeight).toBe(before.rejectWeight);
      }),
      { numRuns: 100 },
    );
  });
});
