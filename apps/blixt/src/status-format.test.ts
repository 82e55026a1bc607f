import type { StatusRecord } from '@blixt/controller';
import { SERVED_CONDITION } from '@blixt/gateway-model';
import { describe, expect, it } from 'vitest';
import { formatStatus } from './status-format.ts';
import { summarize } from './status-model.ts';

const condition = (type: string, status: string, reason: string, message = '') => ({
  type,
  status,
  reason,
  message,
});

const record = (kind: string, name: string, status: object): StatusRecord => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind,
  metadata: { namespace: 'default', name },
  status,
});

const listenerSet = record('ListenerSet', 'more', {
  conditions: [
    condition('Accepted', 'True', 'Accepted'),
    condition('Programmed', 'False', 'ParentNotProgrammed', 'The Gateway is not programmed.'),
  ],
  listeners: [
    {
      name: 'extra',
      attachedRoutes: 2,
      conditions: [
        condition('Accepted', 'True', 'Accepted'),
        condition('Programmed', 'False', 'Pending'),
        condition('ResolvedRefs', 'True', 'ResolvedRefs'),
      ],
    },
  ],
});

describe('blixt status', () => {
  it('lists ListenerSets and their listeners', () => {
    const status = summarize('/sys/fs/bpf/none', undefined, [listenerSet]);
    expect(status.listenerSets).toMatchObject([
      { namespace: 'default', name: 'more', listeners: [{ name: 'extra', attachedRoutes: 2 }] },
    ]);
    const text = formatStatus(status);
    expect(text).toMatch(
      /^LISTENERSETS\n.*\ndefault\/more +True +False \(ParentNotProgrammed\) +The Gateway is not programmed\.$/m,
    );
    expect(text).toMatch(/^default\/more\/extra +2 +True +False \(Pending\) +True/m);
  });

  it('says of HTTPRoutes whether they are served, and what to do', () => {
    const parent = (name: string, ...conditions: object[]) => ({ parentRef: { name }, conditions });
    const accepted = [
      condition('Accepted', 'True', 'Accepted'),
      condition('ResolvedRefs', 'True', 'ResolvedRefs'),
    ];
    const web = record('HTTPRoute', 'web', {
      parents: [
        parent('a', ...accepted, condition(SERVED_CONDITION, 'True', 'Served')),
        parent('b', ...accepted, condition(SERVED_CONDITION, 'False', 'TerminatesTLS', 'Use a TCPRoute.')),
      ],
    });
    const tcp = record('TCPRoute', 'tcp', { parents: [parent('a', ...accepted)] });
    const text = formatStatus(summarize('/sys/fs/bpf/none', undefined, [web, tcp]));
    expect(text).toMatch(/^HTTPRoute default\/web +default\/a +True +True +True *$/m);
    expect(text).toMatch(
      /^HTTPRoute default\/web +default\/b +True +True +False \(TerminatesTLS\) +Use a TCPRoute\.$/m,
    );
    expect(text).toMatch(/^TCPRoute default\/tcp +default\/a +True +True +- *$/m);
  });
});
