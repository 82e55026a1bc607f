import type { StatusRecord } from '@blixt/controller';
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
});
