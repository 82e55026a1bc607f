import { describe, expect, it } from 'vitest';
import { CONTROLLER, context, decide, LATER, summary } from '../../test/world.ts';
import { gateway, gatewayClass, listener } from '../objects/builders.ts';
import { listView } from '../resolution/list-view.ts';
import { resolveGateway } from '../resolution/resolve.ts';
import { gatewayClassFinalizers, resolveGatewayClass } from './gateway-class.ts';

const statusOf = (...args: Parameters<typeof resolveGatewayClass>) => {
  const update = resolveGatewayClass(...args);
  if (!update) throw new Error('expected a status');
  return update;
};

describe('GatewayClass', () => {
  it('is accepted when it names our controller', () => {
    const update = statusOf(gatewayClass({}, { generation: 4 }), context());
    expect(summary(update.status.conditions)).toEqual({
      Accepted: 'True/Accepted',
      SupportedVersion: 'True/SupportedVersion',
    });
    expect(update).toMatchObject({
      kind: 'GatewayClass',
      name: 'blixt',
      observedGeneration: 4,
      changed: true,
    });
    expect(update.status.conditions?.every(({ observedGeneration }) => observedGeneration === 4)).toBe(true);
  });

  it('is left alone when it names another', () => {
    expect(
      resolveGatewayClass(gatewayClass({ controllerName: 'example.com/other' }), context()),
    ).toBeUndefined();
  });

  it('lists its features in ascending order', () => {
    const { status } = statusOf(
      gatewayClass(),
      context({ supportedFeatures: ['UDPRoute', 'Gateway', 'TCPRoute'] }),
    );
    expect(status.supportedFeatures).toEqual([
      { name: 'Gateway' },
      { name: 'TCPRoute' },
      { name: 'UDPRoute' },
    ]);
  });

  it('refuses parameters that nobody vouches for, and accepts those that somebody does', () => {
    const withParameters = gatewayClass({
      parametersRef: { group: 'example.com', kind: 'Thing', name: 'x' },
    });
    const accepted = (given: Parameters<typeof context>[0]) =>
      summary(statusOf(withParameters, context(given)).status.conditions).Accepted;
    expect(accepted({})).toBe('False/InvalidParameters');
    expect(accepted({ parameters: { ok: false, message: 'not found' } })).toBe('False/InvalidParameters');
    expect(accepted({ parameters: { ok: true } })).toBe('True/Accepted');
  });

  it.each([
    [['v1.7.0', 'v1.7.0'], 'True/SupportedVersion'],
    [['v1.6.3'], 'True/SupportedVersion'],
    [['v1.7.0', 'v1.2.0'], 'False/UnsupportedVersion'],
    [['v1.7.0', undefined], 'False/UnsupportedVersion'],
    [['v11.7.0'], 'False/UnsupportedVersion'],
  ])(
    'CRDs of bundle version %j: SupportedVersion is %s, and the class stays accepted',
    (bundleVersions, expected) => {
      const { status } = statusOf(gatewayClass(), context({ bundleVersions }));
      expect(summary(status.conditions)).toEqual({ Accepted: 'True/Accepted', SupportedVersion: expected });
    },
  );

  it('needs no write when nothing changed', () => {
    const { status } = statusOf(gatewayClass(), context());
    const again = statusOf({ ...gatewayClass(), status }, context({ now: LATER }));
    expect(again.changed).toBe(false);
    expect(again.status).toEqual(status);
  });
});

describe('a Gateway is managed only if its class is there, ours and accepted', () => {
  const subject = gateway({ listeners: [listener('TCP', 80)] });
  const view = (...classes: ReturnType<typeof gatewayClass>[]) => listView([...classes, subject]);

  it.each([
    ['missing', view()],
    ["another controller's", view(gatewayClass({ controllerName: 'example.com/other' }))],
    [
      'not accepted',
      view(gatewayClass({ parametersRef: { group: 'example.com', kind: 'Thing', name: 'x' } })),
    ],
  ])('the class is %s: no status, no forwarding', (_, objects) => {
    expect(resolveGateway(subject, objects, context())).toMatchObject({
      forwarding: { gateway: { namespace: 'default', name: 'gateway' }, services: [] },
      statuses: [],
    });
  });

  it('the class is ours: both', () => {
    const decision = decide(subject);
    expect(decision.forwarding.services).toHaveLength(1);
    expect(decision.statuses[0]).toMatchObject({ kind: 'Gateway', controllerName: CONTROLLER });
  });
});

describe('the finalizer of a GatewayClass', () => {
  const ours = 'gateway-exists-finalizer.gateway.networking.k8s.io';
  const finalizersOf = (finalizers: readonly string[] | undefined, inUse: boolean, fields = {}) =>
    gatewayClassFinalizers(
      gatewayClass({}, { ...(finalizers && { finalizers }), ...fields }),
      inUse,
      context(),
    );

  it.each<[string, string[] | undefined, boolean, string[] | undefined]>([
    ['a Gateway uses it: added', undefined, true, [ours]],
    ['a Gateway uses it: added behind those of others', ['a.test/f'], true, ['a.test/f', ours]],
    ['a Gateway uses it, and it is there', [ours], true, undefined],
    ['no Gateway uses it any more: removed, and no other', [ours, 'a.test/f'], false, ['a.test/f']],
    ['no Gateway uses it, and it is not there', ['a.test/f'], false, undefined],
  ])('%s', (_, finalizers, inUse, expected) => {
    expect(finalizersOf(finalizers, inUse)).toEqual(expected);
  });

  it('is not added to a class that is being deleted', () => {
    expect(finalizersOf([], true, { deletionTimestamp: '2026-01-01T00:00:00Z' })).toBeUndefined();
  });

  it('of another controller’s class is not ours to decide', () => {
    const other = gatewayClass({ controllerName: 'example.com/other' }, { finalizers: [ours] });
    expect(gatewayClassFinalizers(other, false, context())).toBeUndefined();
  });
});
