import { Lab, type Namespace } from '@blixt/lab';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tcp, udp } from '../test/support/example-services.ts';
import { enter, open, SMALL_LIMITS } from '../test/support/instance.ts';
import type { BackendStats, LoadBalancer, Service, ServiceChange, ServiceKey, Stats } from './index.ts';

const ROOMY = { ...SMALL_LIMITS, services: 1024, backends: 16_384, natSlots: 2 ** 20, maglevSlots: 2 ** 22 };

let lab: Lab;
let node: Namespace;

beforeAll(() => {
  lab = new Lab();
  node = lab.namespace('node');
  node.setSysctls({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });
  lab.connect(
    { namespace: node, interfaceName: 'eth1' },
    { namespace: lab.namespace('host'), interfaceName: 'eth1' },
  );
  node.addAddress('eth1', '10.0.0.1/24');
  node.addAddress('eth1', 'fd00::1/64');
  enter(node);
});

afterAll(() => lab.dispose());

const keyOf = ({ address, port, protocol }: ServiceKey): ServiceKey => ({ address, port, protocol });
const textOf = ({ address, port, protocol }: ServiceKey): string => `${protocol} ${address} ${port}`;

/** What the maps hold, backends in the order of their addresses. */
function loadedBy(lb: LoadBalancer): Stats {
  const { services: loaded, drops } = lb.stats();
  const order = ({ address, port }: BackendStats): string => `${address} ${port}`;
  return {
    services: loaded.map(({ backends, ...service }) => ({
      ...service,
      backends: backends.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)),
    })),
    drops,
  };
}

/** Few addresses and ports, so that services meet again, share backends, and change. */
const addresses = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1');
const keys: fc.Arbitrary<ServiceKey> = fc.record({
  address: addresses,
  port: fc.constantFrom(80, 443),
  protocol: fc.constantFrom('TCP', 'UDP'),
});
const backendsFor = (address: string): fc.Arbitrary<Service['backends']> =>
  fc.uniqueArray(
    fc.record(
      {
        address: address.includes(':')
          ? fc.constantFrom('fd00::2', 'fd00::3')
          : fc.constantFrom('10.0.0.2', '10.0.0.3', '10.0.0.4', '203.0.113.9'),
        port: fc.constantFrom(80, 8080),
        weight: fc.integer({ min: 0, max: 5 }),
        draining: fc.boolean(),
        mode: fc.constantFrom('snat', 'local'),
      },
      { requiredKeys: ['address', 'port', 'weight'] },
    ),
    { maxLength: 5, selector: ({ address: text, port }) => `${text} ${port}` },
  );
const services = keys.chain((key) =>
  fc
    .record({ backends: backendsFor(key.address), rejectWeight: fc.constantFrom(0, 0, 1, 7) })
    .map((rest): Service => ({ ...key, ...rest })),
);
const changes: fc.Arbitrary<ServiceChange> = fc
  .record({
    set: fc.uniqueArray(services, { maxLength: 4, selector: textOf }),
    remove: fc.uniqueArray(keys, { maxLength: 4, selector: textOf }),
  })
  .map(({ set, remove }) => {
    const taken = new Set(set.map(textOf));
    return { set, remove: remove.filter((key) => !taken.has(textOf(key))) };
  });

describe('change', () => {
  it('leads to what apply of all services leads to, also where the next process takes over', () => {
    const whole = open(`${lab.pinDirectory}/whole`, { limits: ROOMY });
    let changed = open(`${lab.pinDirectory}/changed`, { limits: ROOMY });
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 8 }), fc.nat(), (steps, cut) => {
        const wanted = new Map<string, Service>();
        changed.apply([]);
        for (const [at, { set = [], remove = [] }] of steps.entries()) {
          if (at === cut % steps.length) {
            changed.close();
            changed = open(`${lab.pinDirectory}/changed`);
          }
          const before = new Set(wanted.keys());
          for (const key of remove) wanted.delete(textOf(key));
          for (const service of set) wanted.set(textOf(service), service);
          const result = changed.change({ set, remove });
          expect(result.added).toBe(set.filter((service) => !before.has(textOf(service))).length);
          expect(result.removed).toBe(remove.filter((key) => before.has(textOf(key))).length);
          expect(result.added + result.changed + result.unchanged).toBe(set.length);
          whole.apply([...wanted.values()]);
          expect(loadedBy(changed)).toEqual(loadedBy(whole));
          expect(changed.warnings()).toEqual(whole.warnings());
        }
        // What is loaded piece by piece is, as a whole, nothing to change.
        const nothing = { added: 0, changed: 0, removed: 0, unchanged: wanted.size };
        expect(changed.apply([...wanted.values()])).toEqual(nothing);
      }),
      { numRuns: 30, endOnFailure: true },
    );
    changed.detach();
    whole.detach();
  });
});

describe('change', () => {
  let lb: LoadBalancer;

  beforeAll(() => {
    lb = open(`${lab.pinDirectory}/one`);
  });

  afterAll(() => lb.detach());

  it('leaves other services alone', () => {
    lb.apply([tcp, udp]);
    expect(lb.change({ set: [{ ...tcp, backends: [] }] })).toEqual({
      added: 0,
      changed: 1,
      removed: 0,
      unchanged: 0,
    });
    expect(lb.stats().services.map(({ rejectShare }) => rejectShare)).toEqual([1, 0]);
    expect(lb.change({ remove: [keyOf(tcp)] })).toMatchObject({ removed: 1, unchanged: 0 });
    expect(lb.stats().services.map(({ port }) => port)).toEqual([53]);
  });

  it('says what is loaded, also by an earlier process', () => {
    lb.apply([tcp, udp]);
    expect(lb.loaded().map(textOf).sort()).toEqual([tcp, udp].map(textOf).sort());
    lb.close();
    lb = open(`${lab.pinDirectory}/one`);
    expect(lb.loaded().map(textOf).sort()).toEqual([tcp, udp].map(textOf).sort());
  });

  it('divides NAT ports among backends that are yet to come', () => {
    const directory = `${lab.pinDirectory}/parts`;
    const parts = open(directory, { limits: { ...ROOMY, natSlots: 2 ** 16 } });
    const services = Array.from({ length: 800 }, (_, port): Service => {
      const address = `10.0.${port >> 8}.${port & 255}`;
      return { ...tcp, port: port + 1, backends: [{ address, port: 80, weight: 1 }] };
    });
    for (const [at, service] of services.entries())
      parts.change({ set: [service], more: services.length - at - 1 });
    expect(parts.loaded()).toHaveLength(800);
    parts.detach();
  });

  it('does nothing about nothing, and about services that are not there', () => {
    lb.apply([udp]);
    expect(lb.change({})).toEqual({ added: 0, changed: 0, removed: 0, unchanged: 0 });
    expect(lb.change({ set: [udp], remove: [keyOf(tcp)] })).toEqual({
      added: 0,
      changed: 0,
      removed: 0,
      unchanged: 1,
    });
  });

  it.each([
    ['a field is wrong', { set: [tcp, { ...udp, port: 0 }] }, 'set[1].port: expected a port number'],
    ['a key is wrong', { remove: [{ ...keyOf(tcp), protocol: 'SCTP' }] }, 'remove[0].protocol: expected'],
    ['a service is set twice', { set: [tcp, tcp] }, 'set[1]: expected each (address, port, protocol) once'],
    ['a service is set and removed', { set: [tcp], remove: [keyOf(tcp)] }, 'remove[0]: expected each'],
    ['there is no list', { remove: 5 }, 'remove: expected an array, got 5'],
    ['a number is wrong', { set: [], more: -1 }, 'more: expected a whole number of 0 or more, got -1'],
  ])('changes nothing at all when %s', (_case, change, message) => {
    lb.apply([tcp, udp]);
    const before = lb.stats();
    expect(() => lb.change(change as ServiceChange)).toThrow(
      expect.objectContaining({ code: 'ERR_LB_SERVICE', message: expect.stringContaining(message) }),
    );
    expect(lb.stats()).toEqual(before);
  });

  it('says which service does not fit, and changes all others', () => {
    const large = (port: number): Service => ({
      ...tcp,
      port,
      backends: Array.from({ length: 20 }, (_, at) => ({
        address: `10.0.${port}.${at}`,
        port: 80,
        weight: 1,
      })),
    });
    lb.apply([udp]);
    expect(() => lb.change({ set: [large(1), large(2), tcp], remove: [keyOf(udp)] })).toThrow(
      expect.objectContaining({
        code: 'ERR_LB_CAPACITY',
        message: expect.stringMatching(/TCP 192\.0\.2\.1:2: .*limits\.backends/),
      }),
    );
    expect(lb.stats().services.map(({ port }) => port)).toEqual([1, 80]);
  });
});
