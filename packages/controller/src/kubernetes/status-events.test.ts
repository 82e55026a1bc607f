import {
  type Condition,
  gateway,
  type HTTPRoute,
  httpRoute,
  parentRef,
  SERVED_CONDITION,
  type StatusOwner,
} from '@blixt/gateway-model';
import { describe, expect, it } from 'vitest';
import { statusEvents } from './status-events.ts';

const OURS = 'example.com/ours';
const condition = (
  type: string,
  status: Condition['status'],
  reason: string,
  message = 'Why.',
): Condition => ({
  type,
  status,
  reason,
  message,
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const route = (controllerName: string, ...conditions: Condition[]): HTTPRoute => ({
  ...httpRoute({}),
  status: { parents: [{ parentRef: parentRef('edge', { sectionName: 'web' }), controllerName, conditions }] },
});
const events = (before: StatusOwner, after: StatusOwner): string[] =>
  statusEvents(before, after, OURS).map(({ type, reason, note }) => `${type} ${reason}: ${note}`);

describe('Events about a status that was written', () => {
  it('tell conditions that became False, or are so for another reason, and not those that stay', () => {
    const missing = condition('ResolvedRefs', 'False', 'BackendNotFound');
    expect(events(httpRoute({}), route(OURS, missing))).toEqual([
      'Warning BackendNotFound: Gateway edge (web): ResolvedRefs is False: Why.',
    ]);
    expect(events(route(OURS, missing), route(OURS, { ...missing, message: 'Still.' }))).toEqual([]);
    expect(
      events(route(OURS, missing), route(OURS, condition('ResolvedRefs', 'False', 'RefNotPermitted'))),
    ).toHaveLength(1);
  });

  it('tell that an HTTPRoute is not served, unless another condition says why', () => {
    const served = (reason: string): string[] =>
      events(httpRoute({}), route(OURS, condition(SERVED_CONDITION, 'False', reason)));
    expect(served('NeedsLayer7')).toEqual(['Warning NeedsLayer7: Gateway edge (web): Served is False: Why.']);
    for (const reason of ['NotAccepted', 'ParentNotAccepted', 'ParentNotProgrammed', 'ListenerNotValid'])
      expect(served(reason)).toEqual([]);
  });

  it('tell that a Gateway is in force', () => {
    const status = { conditions: [condition('Programmed', 'True', 'Programmed')] };
    expect(events(gateway(), { ...gateway(), status })).toEqual([
      'Normal Programmed: Programmed is True: Why.',
    ]);
  });

  it('tell nothing of what others write', () => {
    expect(events(httpRoute({}), route('example.com/other', condition('Accepted', 'False', 'No')))).toEqual(
      [],
    );
    expect(events(httpRoute({}), route(OURS, condition('example.com/Own', 'False', 'No')))).toEqual([]);
  });
});
