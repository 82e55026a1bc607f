import { describe, expect, it } from 'vitest';
import { backend, CONTROLLER, context, decide } from '../../test/world.ts';
import { backendRef, gateway, gatewayClass, listenerSet, parentRef, tcpRoute } from '../objects/builders.ts';
import type { Condition } from '../objects/objects.ts';
import { resolveGatewayClass } from './gateway-class.ts';
import { mergeStatus } from './merge-status.ts';

const judgedAt = (observedGeneration: number, type = 'Accepted'): Condition => ({
  type,
  status: 'True',
  observedGeneration,
  lastTransitionTime: '2026-01-01T00:00:00Z',
  reason: 'Accepted',
  message: '',
});
const cached = { generation: 2, resourceVersion: '7' };
const allowSame = { allowedListeners: { namespaces: { from: 'Same' } } } as const;

describe('an old copy of an object: conditions of ours were judged on a newer generation', () => {
  const entry = (conditions: Condition[]) => ({ name: 'tcp-80', attachedRoutes: 0, conditions });
  const first = (...statuses: ReturnType<typeof decide>['statuses']) =>
    statuses.map(({ stale, changed }) => ({ stale, changed }))[0];
  const oldCopy = { stale: true, changed: false };
  const fresh = { stale: false, changed: true };

  it.each([
    ['a condition', { conditions: [judgedAt(3)] }, oldCopy],
    ['a condition of a listener', { listeners: [entry([judgedAt(3, 'Programmed')])] }, oldCopy],
    [
      'conditions of its own generation and before',
      { conditions: [judgedAt(2), judgedAt(1, 'Programmed')] },
      fresh,
    ],
    ['a foreign condition', { conditions: [judgedAt(9, 'example.com/Audited')] }, fresh],
  ])('a Gateway with %s: %o', (_, status, expected) => {
    expect(first(...decide({ ...gateway({}, cached), status }).statuses)).toEqual(expected);
  });

  it('a ListenerSet', () => {
    const set = { ...listenerSet({}, cached), status: { conditions: [judgedAt(3)] } };
    const { statuses } = decide(gateway(allowSame), [set]);
    expect(statuses.map(({ stale }) => stale)).toEqual([false, true]);
  });

  it('a route, by our entries alone', () => {
    const of = (controllerName: string) => {
      const parents = [{ parentRef: parentRef(), controllerName, conditions: [judgedAt(3)] }];
      const route = { ...tcpRoute({ backendRefs: [backendRef('web', 80)] }, cached), status: { parents } };
      return decide(gateway(), [route, backend('web', ['10.0.0.1'])]).route();
    };
    expect(of(CONTROLLER)).toMatchObject(oldCopy);
    expect(of('example.com/other')).toMatchObject(fresh);
  });

  it('a GatewayClass', () => {
    const subject = { ...gatewayClass({}, cached), status: { conditions: [judgedAt(3)] } };
    expect(resolveGatewayClass(subject, context())).toMatchObject(oldCopy);
  });

  it('an object that no API server keeps has no copies: its generations may start anew', () => {
    const subject = { ...gateway({}, { generation: 1 }), status: { conditions: [judgedAt(3)] } };
    expect(first(...decide(subject).statuses)).toEqual(fresh);
  });

  it('what was decided on an old copy is merged into nothing', () => {
    const subject = { ...gateway({}, cached), status: { conditions: [judgedAt(3)] } };
    const [update] = decide(subject).statuses;
    expect(update && mergeStatus(update, gateway({}, cached))).toBeUndefined();
  });
});
