import { describe, expect, it } from 'vitest';
import { endpointSlice, service } from '../objects/builders.ts';
import type { Endpoint, EndpointSlice, ServicePort } from '../objects/objects.ts';
import type { AddressFamily } from './addresses.ts';
import { endpointsOf } from './endpoints.ts';
import { listView } from './list-view.ts';

const port: ServicePort = { port: 80, protocol: 'TCP' };
const find = (slices: EndpointSlice[], servicePort = port, family: AddressFamily = 'IPv4') => {
  const { active, draining } = endpointsOf(
    service('web', [servicePort]),
    servicePort,
    family,
    listView(slices),
  );
  const text = ({ address, port: number }: { address: string; port: number }) => `${address} ${number}`;
  return { active: active.map(text), draining: draining.map(text) };
};
const slice = (
  endpoints: (string | Endpoint)[],
  fields: Partial<Parameters<typeof endpointSlice>[0]> = {},
  name = 'slice',
) => endpointSlice({ service: 'web', endpoints, ports: [{ port: 8080 }], ...fields }, { name });
const endpoint = (address: string, conditions: NonNullable<Endpoint['conditions']>): Endpoint => ({
  addresses: [address],
  conditions,
});

describe('ports of EndpointSlices are found by the name of the Service’s port', () => {
  const named: ServicePort = { name: 'http', port: 80, protocol: 'TCP', targetPort: 'web' };

  it('the number may differ from slice to slice', () => {
    const slices = [
      slice(
        ['10.0.0.1'],
        {
          ports: [
            { name: 'http', port: 8080 },
            { name: 'admin', port: 9090 },
          ],
        },
        's1',
      ),
      slice(['10.0.0.2'], { ports: [{ name: 'http', port: 8181 }] }, 's2'),
    ];
    expect(find(slices, named).active).toEqual(['10.0.0.1 8080', '10.0.0.2 8181']);
  });

  it('no name is the empty name', () => {
    expect(find([slice(['10.0.0.1'], { ports: [{ name: '', port: 8080 }] })]).active).toEqual([
      '10.0.0.1 8080',
    ]);
    expect(find([slice(['10.0.0.1'], { ports: [{ name: 'http', port: 8080 }] })]).active).toEqual([]);
  });

  it('the transport protocol counts as well', () => {
    const ports: EndpointSlice['ports'] = [
      { port: 53, protocol: 'UDP' },
      { port: 5353, protocol: 'TCP' },
    ];
    expect(find([slice(['10.0.0.1'], { ports: ports ?? [] })]).active).toEqual(['10.0.0.1 5353']);
    expect(find([slice(['10.0.0.1'], { ports: ports ?? [] })], { port: 53, protocol: 'UDP' }).active).toEqual(
      ['10.0.0.1 53'],
    );
  });

  it('a port without a number, and lists that are null, have no endpoints', () => {
    expect(find([slice(['10.0.0.1'], { ports: [{ port: null }] })]).active).toEqual([]);
    expect(find([{ ...slice([]), endpoints: null, ports: null }]).active).toEqual([]);
  });
});

describe('readiness', () => {
  it('ready endpoints are active; unknown means ready', () => {
    const slices = [
      slice(['10.0.0.1', endpoint('10.0.0.2', { ready: null }), endpoint('10.0.0.3', { ready: true })]),
    ];
    expect(find(slices).active).toEqual(['10.0.0.1 8080', '10.0.0.2 8080', '10.0.0.3 8080']);
  });

  it('terminating endpoints drain while others are ready', () => {
    const slices = [
      slice(['10.0.0.1', endpoint('10.0.0.2', { ready: false, serving: true, terminating: true })]),
    ];
    expect(find(slices)).toEqual({ active: ['10.0.0.1 8080'], draining: ['10.0.0.2 8080'] });
  });

  it('when none is ready, those that terminate but still serve take new flows', () => {
    const slices = [
      slice([
        endpoint('10.0.0.1', { ready: false, serving: true, terminating: true }),
        endpoint('10.0.0.2', { ready: false, serving: false, terminating: true }),
        endpoint('10.0.0.3', { ready: false }),
      ]),
    ];
    expect(find(slices)).toEqual({ active: ['10.0.0.1 8080'], draining: ['10.0.0.2 8080', '10.0.0.3 8080'] });
  });

  it('an endpoint that has become unready keeps its flows, like one that terminates', () => {
    const slices = [slice(['10.0.0.1', endpoint('10.0.0.2', { ready: false, serving: false })])];
    expect(find(slices)).toEqual({ active: ['10.0.0.1 8080'], draining: ['10.0.0.2 8080'] });
  });
});

describe('slices are merged', () => {
  it('an endpoint in two slices is one, in its better state', () => {
    const down = slice([endpoint('10.0.0.1', { ready: false })], {}, 's1');
    const up = slice(['10.0.0.1'], {}, 's2');
    expect(find([down, up])).toEqual({ active: ['10.0.0.1 8080'], draining: [] });
    expect(find([up, down])).toEqual({ active: ['10.0.0.1 8080'], draining: [] });
  });

  it('only slices of the family asked for count, in canonical form', () => {
    const slices = [
      slice(['10.0.0.1'], {}, 's1'),
      slice(['FD00:0:0::0001'], { addressType: 'IPv6' }, 's2'),
      slice(['web.example'], { addressType: 'FQDN' }, 's3'),
    ];
    expect(find(slices, port, 'IPv4').active).toEqual(['10.0.0.1 8080']);
    expect(find(slices, port, 'IPv6').active).toEqual(['fd00::1 8080']);
  });

  it('addresses that are none are passed over', () => {
    expect(find([slice(['not-an-address', 'fd00::1', '10.0.0.1'])]).active).toEqual(['10.0.0.1 8080']);
  });

  it('slices of other Services and namespaces do not count', () => {
    const other = endpointSlice({ service: 'other', endpoints: ['10.0.0.1'], ports: [{ port: 8080 }] });
    const elsewhere = endpointSlice(
      { service: 'web', endpoints: ['10.0.0.2'], ports: [{ port: 8080 }] },
      { namespace: 'elsewhere' },
    );
    expect(find([other, elsewhere]).active).toEqual([]);
  });
});
