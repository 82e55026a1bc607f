import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Backend, checkServices, endpointText, type Service, serviceKeyText } from './service.ts';

const backend: Backend = { address: '10.0.0.1', port: 8080, weight: 1 };
const service: Service = { address: '192.0.2.1', port: 80, protocol: 'TCP', backends: [backend] };

/** Calls with whatever a caller in JavaScript may give. */
function check(value: unknown): ReturnType<typeof checkServices> {
  return checkServices('services', value as readonly Service[]);
}

function refusal(path: string): unknown {
  return expect.objectContaining({
    name: 'LoadBalancerError',
    code: 'ERR_LB_SERVICE',
    message: expect.stringContaining(`${path}: expected `),
  });
}

const NO_ADDRESS = [
  undefined,
  null,
  5,
  '',
  'localhost',
  '10.0.0',
  '10.0.0.256',
  '10.0.0.1/32',
  'fe80::1%eth0',
];
const NO_PORT = [undefined, null, '80', 0, -1, 65_536, 80.5, Number.NaN];
const NO_WEIGHT = [undefined, null, '1', -1, Number.NaN, Number.POSITIVE_INFINITY];

describe('a service is refused, naming the field,', () => {
  it.each(NO_ADDRESS)('when its address is %j', (address) => {
    expect(() => check([service, { ...service, address, backends: [] }])).toThrow(
      refusal('services[1].address'),
    );
  });

  it.each(NO_PORT)('when its port is %j', (port) => {
    expect(() => check([{ ...service, port }])).toThrow(refusal('services[0].port'));
  });

  it.each([undefined, null, 'tcp', 'SCTP', 6])('when its protocol is %j', (protocol) => {
    expect(() => check([{ ...service, protocol }])).toThrow(refusal('services[0].protocol'));
  });

  it.each([null, '1', -1, Number.NaN])('when its rejectWeight is %j', (rejectWeight) => {
    expect(() => check([{ ...service, rejectWeight }])).toThrow(refusal('services[0].rejectWeight'));
  });

  it.each([undefined, null, 'x', {}])('when its backends are %j', (backends) => {
    expect(() => check([{ ...service, backends }])).toThrow(refusal('services[0].backends'));
  });

  it.each([undefined, null, 5, 'x'])('when it is %j', (value) => {
    expect(() => check([value])).toThrow(refusal('services[0]'));
  });

  it.each([undefined, null, 5, 'x', {}])('when there is no list but %j', (value) => {
    expect(() => check(value)).toThrow(refusal('services'));
  });

  it('when it is there twice, in whatever spelling', () => {
    const one = { ...service, address: '2001:db8::1', backends: [] };
    const same = { ...one, address: '2001:DB8:0:0::0001' };
    expect(() => check([one, same])).toThrow(refusal('services[1]'));
  });
});

describe('a backend is refused, naming the field,', () => {
  const withBackend = (change: object) => [{ ...service, backends: [backend, { ...backend, ...change }] }];

  it.each(NO_ADDRESS)('when its address is %j', (address) => {
    expect(() => check(withBackend({ address }))).toThrow(refusal('services[0].backends[1].address'));
  });

  it('when its address is of the other family', () => {
    expect(() => check(withBackend({ address: 'fd00::1' }))).toThrow(
      expect.objectContaining({ message: expect.stringContaining('an IPv4 address, as its service has') }),
    );
  });

  it.each(NO_PORT)('when its port is %j', (port) => {
    expect(() => check(withBackend({ port }))).toThrow(refusal('services[0].backends[1].port'));
  });

  it.each(NO_WEIGHT)('when its weight is %j', (weight) => {
    expect(() => check(withBackend({ weight }))).toThrow(refusal('services[0].backends[1].weight'));
  });

  it.each([null, 'dsr', 1])('when its mode is %j', (mode) => {
    expect(() => check(withBackend({ mode }))).toThrow(refusal('services[0].backends[1].mode'));
  });

  it.each([null, 'yes', 1])('when draining is %j', (draining) => {
    expect(() => check(withBackend({ draining }))).toThrow(refusal('services[0].backends[1].draining'));
  });

  it.each([null, 5, 'x'])('when it is %j', (value) => {
    expect(() => check([{ ...service, backends: [value] }])).toThrow(refusal('services[0].backends[0]'));
  });

  it('when it is there twice', () => {
    expect(() => check(withBackend({}))).toThrow(refusal('services[0].backends'));
  });
});

describe('a checked service', () => {
  it('has defaults and one spelling', () => {
    const [checked] = checkServices('services', [
      {
        address: '2001:DB8:0::1',
        port: 53,
        protocol: 'UDP',
        backends: [
          { address: 'FD00::0:2', port: 53, weight: 2, draining: true, mode: 'local' },
          { address: 'fd00::1', port: 53, weight: 0.5 },
        ],
      },
    ]);
    expect(checked).toEqual({
      key: 'UDP [2001:db8::1]:53',
      address: '2001:db8::1',
      port: 53,
      protocol: 'UDP',
      rejectWeight: 0,
      backends: [
        { key: '[fd00::1]:53', address: 'fd00::1', port: 53, weight: 0.5, draining: false, mode: 'snat' },
        { key: '[fd00::2]:53', address: 'fd00::2', port: 53, weight: 0, draining: true, mode: 'local' },
      ],
    });
  });

  it('takes an IPv4 address for what it is when it comes mapped into IPv6', () => {
    const [checked] = checkServices('services', [{ ...service, address: '::ffff:192.0.2.1' }]);
    expect(checked?.address).toBe('192.0.2.1');
  });

  it('has its backends in the same order, however they were given', () => {
    const ports = fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { maxLength: 20 });
    fc.assert(
      fc.property(ports, fc.infiniteStream(fc.nat()), (list, random) => {
        const backends = list.map((port): Backend => ({ address: '10.0.0.1', port, weight: 1 }));
        const keyed = backends.map((value) => ({ value, rank: random.next().value ?? 0 }));
        const shuffled = keyed.toSorted((a, b) => a.rank - b.rank).map(({ value }) => value);
        expect(checkServices('services', [{ ...service, backends: shuffled }])).toEqual(
          checkServices('services', [{ ...service, backends }]),
        );
      }),
    );
  });

  it('may be one of several on the same address and port, by protocol', () => {
    const both = checkServices('services', [service, { ...service, protocol: 'UDP' }]);
    expect(both.map(({ key }) => key)).toEqual(['TCP 192.0.2.1:80', 'UDP 192.0.2.1:80']);
  });
});

it('an endpoint is written as in a URL (RFC 3986, section 3.2.2)', () => {
  expect(endpointText('10.0.0.1', 80)).toBe('10.0.0.1:80');
  expect(endpointText('fd00::1', 80)).toBe('[fd00::1]:80');
  expect(serviceKeyText('UDP', 'fd00::1', 53)).toBe('UDP [fd00::1]:53');
});
