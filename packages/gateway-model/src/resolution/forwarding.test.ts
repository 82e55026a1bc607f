import { describe, expect, it } from 'vitest';
import { backend, decide } from '../../test/world.ts';
import { backendRef, endpointSlice, gateway, listener, service, tcpRoute } from '../objects/builders.ts';

const web = backend('web', ['10.0.0.2', '10.0.0.1']);
const route = tcpRoute({ backendRefs: [backendRef('web', 80)] });

describe('services of a Gateway', () => {
  it('are every assigned address times every listener', () => {
    const subject = gateway({ listeners: [listener('TCP', 80), listener('UDP', 80)] });
    const { forwarding } = decide(subject, [route, web], {
      addresses: { assigned: ['192.0.2.1', '192.0.2.2'] },
    });
    expect(forwarding.gateway).toEqual({ namespace: 'default', name: 'gateway' });
    expect(
      forwarding.services.map(({ address, port, protocol, name }) => [address, port, protocol, name]),
    ).toEqual([
      ['192.0.2.1', 80, 'TCP', 'default/gateway/tcp-80'],
      ['192.0.2.2', 80, 'TCP', 'default/gateway/tcp-80'],
      ['192.0.2.1', 80, 'UDP', 'default/gateway/udp-80'],
      ['192.0.2.2', 80, 'UDP', 'default/gateway/udp-80'],
    ]);
  });

  it('have their backends in the order of address and port', () => {
    const decision = decide(gateway({ listeners: [listener('TCP', 80)] }), [route, web]);
    expect(decision.service(80).backends.map(({ address }) => address)).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  it('a listener without a route rejects everything', () => {
    expect(decide(gateway({ listeners: [listener('TCP', 80)] })).service(80)).toMatchObject({
      backends: [],
      rejectWeight: 1,
    });
  });

  it('without an address there is none', () => {
    const { forwarding } = decide(gateway({ listeners: [listener('TCP', 80)] }), [route, web], {
      addresses: { assigned: [] },
    });
    expect(forwarding.services).toEqual([]);
  });

  it('host names cannot be forwarded; addresses are canonical and each once', () => {
    const { forwarding } = decide(gateway({ listeners: [listener('TCP', 80)] }), [], {
      addresses: { assigned: ['lb.example', '2001:DB8:0::1', '2001:db8::1', '0x7f.1'] },
    });
    expect(forwarding.services.map(({ address }) => address)).toEqual(['2001:db8::1']);
  });

  it('HTTP listeners that share a port by host name are one service', () => {
    const subject = gateway({
      listeners: [
        listener('HTTP', 80, { name: 'a', hostname: 'a.test' }),
        listener('HTTP', 80, { name: 'b', hostname: 'b.test' }),
      ],
    });
    expect(decide(subject).forwarding.services.map(({ name }) => name)).toEqual(['default/gateway/a']);
  });
});

describe('dual stack: endpoints are of the family of the service’s address', () => {
  it('IPv4 in front of IPv4, IPv6 in front of IPv6', () => {
    const ports = [{ port: 8080 }];
    const decision = decide(
      gateway({ listeners: [listener('TCP', 80)] }),
      [
        route,
        service('web', [80]),
        endpointSlice({ service: 'web', endpoints: ['10.0.0.1'], ports }),
        endpointSlice({ service: 'web', endpoints: ['fd00::1', 'fd00::2'], ports, addressType: 'IPv6' }),
      ],
      { addresses: { assigned: ['192.0.2.1', '2001:db8::1'] } },
    );
    expect(decision.service(80, '192.0.2.1').backends.map(({ address }) => address)).toEqual(['10.0.0.1']);
    expect(decision.service(80, '2001:db8::1').backends.map(({ address }) => address)).toEqual([
      'fd00::1',
      'fd00::2',
    ]);
  });
});
