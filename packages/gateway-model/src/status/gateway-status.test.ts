import { describe, expect, it } from 'vitest';
import { backend, context, Decision, decide, LATER, NOW, summary } from '../../test/world.ts';
import type { Gateway, GatewaySpec } from '../generated/types.ts';
import { backendRef, gateway, gatewayClass, listener, tcpRoute } from '../objects/builders.ts';
import type { Condition } from '../objects/objects.ts';
import { listView } from '../resolution/list-view.ts';
import { resolveGateway } from '../resolution/resolve.ts';
import type { ResolveContext } from '../resolution/view.ts';

const tcp = listener('TCP', 80);
const invalid = listener('INVALID', 1111);
const conditionsOf = (spec: Partial<GatewaySpec>, overrides: Partial<ResolveContext> = {}) =>
  summary(decide(gateway({ listeners: [tcp], ...spec }), [], overrides).gateway.conditions);

describe('Gateway: Accepted', () => {
  it.each<[string, Partial<GatewaySpec>, string]>([
    ['all listeners are valid', {}, 'True/Accepted'],
    ['some are', { listeners: [tcp, invalid] }, 'True/ListenersNotValid'],
    ['none is', { listeners: [invalid] }, 'False/ListenersNotValid'],
    [
      'an address of an unsupported type',
      { addresses: [{ type: 'example.com/x', value: 'y' }] },
      'False/UnsupportedAddress',
    ],
    [
      'a host name as address',
      { addresses: [{ type: 'Hostname', value: 'a.test' }] },
      'False/UnsupportedAddress',
    ],
    ['an address without a type is an IPAddress', { addresses: [{ value: '192.0.2.1' }] }, 'True/Accepted'],
    [
      'parameters that nobody knows',
      { infrastructure: { parametersRef: { group: 'example.com', kind: 'Thing', name: 'x' } } },
      'False/InvalidParameters',
    ],
    ['labels for the infrastructure', { infrastructure: { labels: { a: 'b' } } }, 'True/Accepted'],
  ])('%s: %s', (_, spec, expected) => {
    expect(conditionsOf(spec).Accepted).toBe(expected);
  });

  it('a Gateway that is not accepted is not programmed, has no address, and nothing is forwarded', () => {
    const decision = decide(
      gateway({ listeners: [tcp], addresses: [{ type: 'example.com/x', value: 'y' }] }),
    );
    expect(summary(decision.gateway.conditions).Programmed).toBe('False/Invalid');
    expect(summary(decision.listener('tcp-80').conditions)).toMatchObject({
      Accepted: 'True/Accepted',
      Programmed: 'False/Invalid',
    });
    expect(decision.gateway.addresses).toEqual([]);
    expect(decision.forwarding.services).toEqual([]);
  });

  it('parameters that somebody vouches for are accepted', () => {
    const infrastructure = { parametersRef: { group: 'example.com', kind: 'Thing', name: 'x' } };
    expect(conditionsOf({ infrastructure }, { gatewayParameters: { ok: true } }).Accepted).toBe(
      'True/Accepted',
    );
  });
});

describe('Gateway: Programmed', () => {
  it.each<[string, Partial<ResolveContext>, string, string]>([
    ['the data plane has loaded the rules', {}, 'True/Programmed', 'True/Programmed'],
    ['no address yet', { addresses: { assigned: [] } }, 'False/AddressNotAssigned', 'False/Pending'],
    [
      'not every address yet',
      { addresses: { assigned: ['192.0.2.1'], pending: 'the pool is empty' } },
      'False/AddressNotAssigned',
      'True/Programmed',
    ],
    [
      'an address cannot be used',
      {
        addresses: {
          assigned: ['192.0.2.1'],
          unusable: [{ value: '10.9.9.9', reason: 'outside of the pool' }],
        },
      },
      'False/AddressNotUsable',
      'True/Programmed',
    ],
    [
      'the data plane refuses',
      { programmed: { ok: false, reason: 'NoResources', message: 'maps are full' } },
      'False/NoResources',
      'False/Pending',
    ],
  ])('%s', (_, overrides, ofGateway, ofListener) => {
    const decision = decide(gateway({ listeners: [tcp] }), [], overrides);
    expect(summary(decision.gateway.conditions)).toEqual({
      Accepted: 'True/Accepted',
      Programmed: ofGateway,
    });
    expect(summary(decision.listener('tcp-80').conditions).Programmed).toBe(ofListener);
  });

  it('is Pending until the data plane says so', () => {
    const { programmed: _, ...silent } = context();
    const subject = gateway({ listeners: [tcp] });
    const { statuses } = resolveGateway(subject, listView([gatewayClass(), subject]), silent);
    expect(
      summary(new Decision({ gateway: subject.metadata, services: [] }, statuses).gateway.conditions)
        .Programmed,
    ).toBe('False/Pending');
  });
});

describe('Gateway: addresses', () => {
  it('lists what is assigned, with its type, in canonical form; unusable values are not there', () => {
    const decision = decide(gateway({ listeners: [tcp] }), [], {
      addresses: {
        assigned: ['192.0.2.1', '2001:DB8::0', 'lb.example'],
        unusable: [{ value: '10.9.9.9', reason: 'outside of the pool' }],
      },
    });
    expect(decision.gateway.addresses).toEqual([
      { type: 'IPAddress', value: '192.0.2.1' },
      { type: 'IPAddress', value: '2001:db8::' },
      { type: 'Hostname', value: 'lb.example' },
    ]);
  });
});

describe('Gateway: listeners', () => {
  it('are exactly those of the spec', () => {
    const before = decide(gateway({ listeners: [tcp, listener('TCP', 81)] })).gateway;
    const now: Gateway = { ...gateway({ listeners: [listener('TCP', 82), tcp] }), status: before };
    expect(decide(now).gateway.listeners?.map(({ name }) => name)).toEqual(['tcp-82', 'tcp-80']);
  });
});

describe('what others wrote stays', () => {
  const foreign: Condition = {
    type: 'example.com/Audited',
    status: 'True',
    observedGeneration: 1,
    lastTransitionTime: NOW,
    reason: 'Audited',
    message: '',
  };

  it('foreign conditions of the Gateway and of each listener are kept, ours reach the new generation', () => {
    const { conditions = [], listeners = [], ...rest } = decide(gateway({ listeners: [tcp] })).gateway;
    const status = {
      ...rest,
      conditions: [foreign, ...conditions],
      listeners: listeners.map((entry) => ({ ...entry, conditions: [...entry.conditions, foreign] })),
    };
    const edited: Gateway = { ...gateway({ listeners: [tcp] }, { generation: 2 }), status };
    const decision = decide(edited, [], { now: LATER });
    expect(decision.gateway.conditions?.[0]).toBe(foreign);
    expect(decision.listener('tcp-80').conditions.at(-1)).toBe(foreign);
    const own = [...(decision.gateway.conditions ?? []), ...decision.listener('tcp-80').conditions].filter(
      ({ type }) => type !== foreign.type,
    );
    expect(own).toHaveLength(6);
    expect(own.every(({ observedGeneration }) => observedGeneration === 2)).toBe(true);
    expect(own.every(({ lastTransitionTime }) => lastTransitionTime === NOW)).toBe(true);
  });

  it('the defaults that the API server writes are replaced', () => {
    const pending = (type: string): Condition => ({
      type,
      status: 'Unknown',
      reason: 'Pending',
      message: 'Waiting for controller',
      lastTransitionTime: '1970-01-01T00:00:00Z',
    });
    const fresh: Gateway = {
      ...gateway({ listeners: [tcp] }),
      status: { conditions: [pending('Accepted'), pending('Programmed')] },
    };
    const { conditions } = decide(fresh).gateway;
    expect(conditions).toHaveLength(2);
    expect(
      conditions?.every(
        ({ observedGeneration, lastTransitionTime }) =>
          observedGeneration === 1 && lastTransitionTime === NOW,
      ),
    ).toBe(true);
  });
});

describe('whether a status needs writing', () => {
  it('yes at first, no when its own output comes back, yes after a change', () => {
    const objects = [tcpRoute({ backendRefs: [backendRef('web', 80)] }), ...backend('web', ['10.0.0.1'])];
    const first = decide(gateway({ listeners: [tcp] }), objects);
    expect(first.statuses.map(({ changed }) => changed)).toEqual([true, true]);
    const second = decide({ ...gateway({ listeners: [tcp] }), status: first.gateway }, objects, {
      now: LATER,
    });
    expect(second.statuses.map(({ changed }) => changed)).toEqual([false, true]);
    const third = decide(
      { ...gateway({ listeners: [tcp] }, { generation: 2 }), status: first.gateway },
      objects,
    );
    expect(third.statuses[0]?.changed).toBe(true);
  });
});
