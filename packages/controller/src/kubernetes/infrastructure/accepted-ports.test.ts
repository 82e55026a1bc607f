import {
  type Gateway,
  gateway,
  gatewayClass,
  type ListenerSet,
  listener,
  listenerSet,
  listView,
  resolveGateway,
} from '@blixt/gateway-model';
import { describe, expect, it } from 'vitest';
import { acceptedPorts } from './accepted-ports.ts';

/** The ports, as the model's own decisions about the objects say them: `80/TCP`. */
function portsOf(subject: Gateway, ...listenerSets: ListenerSet[]): string[] {
  const { statuses } = resolveGateway(subject, listView([gatewayClass(), subject, ...listenerSets]), {
    controllerName: gatewayClass().spec.controllerName,
    now: '2026-01-01T00:00:00Z',
    addresses: { assigned: [] },
  });
  return acceptedPorts({ gateway: subject, listenerSets, statuses }).map(
    ({ name, port, protocol }) => `${name} ${port}/${protocol}`,
  );
}

describe('ports that a Gateway listens on', () => {
  it('are those of its accepted listeners, in order', () => {
    const listeners = [
      listener('UDP', 53),
      listener('HTTP', 80, { name: 'web', hostname: 'a.example' }),
      listener('TCP', 53),
      listener('INVALID', 81),
    ];
    expect(portsOf(gateway({ listeners }))).toEqual(['tcp-53 53/TCP', 'udp-53 53/UDP', 'tcp-80 80/TCP']);
  });

  it('that several listeners share are one', () => {
    const listeners = ['a.example', 'b.example'].map((hostname) =>
      listener('HTTP', 80, { name: hostname, hostname }),
    );
    expect(portsOf(gateway({ listeners }))).toEqual(['tcp-80 80/TCP']);
  });

  it('are also those of its ListenerSets, if it allows them', () => {
    const set = listenerSet({ parentRef: { name: 'edge' }, listeners: [listener('TCP', 81)] });
    const listeners = [listener('TCP', 80)];
    const allowedListeners = { namespaces: { from: 'Same' } } as const;
    expect(portsOf(gateway({ listeners, allowedListeners }, { name: 'edge' }), set)).toEqual([
      'tcp-80 80/TCP',
      'tcp-81 81/TCP',
    ]);
    expect(portsOf(gateway({ listeners }, { name: 'edge' }), set)).toEqual(['tcp-80 80/TCP']);
  });

  it('are none when the Gateway is not accepted', () => {
    const addresses = [{ type: 'example.com/x', value: 'y' }];
    expect(portsOf(gateway({ listeners: [listener('TCP', 80)], addresses }))).toEqual([]);
  });
});
