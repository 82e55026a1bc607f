import { describe, expect, it } from 'vitest';
import { CONTROLLER, context } from '../../test/world.ts';
import { ObjectIndex } from '../dependencies/object-index.ts';
import {
  backendRef,
  endpointSlice,
  gateway,
  gatewayClass,
  listener,
  service,
  tcpRoute,
} from '../objects/builders.ts';
import type { ModelObject } from '../objects/kinds.ts';
import { resolveGatewayClass } from '../status/gateway-class.ts';
import { parseObject } from '../validation/validate.ts';
import { listView } from './list-view.ts';
import { resolveGateway } from './resolve.ts';

const world = [
  gatewayClass(),
  gateway({ listeners: [listener('TCP', 80)] }),
  tcpRoute({ backendRefs: [backendRef('web', 80)] }),
  service('web', [80]),
  endpointSlice({ service: 'web', endpoints: ['10.0.0.1'], ports: [{ port: 80 }] }),
];

/** Decides everything, over a list and over an index. */
function decideAll(objects: readonly ModelObject[]): void {
  const index = new ObjectIndex({ controllerName: CONTROLLER });
  for (const object of objects) index.apply({ type: 'upsert', object });
  for (const object of objects) {
    if (object.kind === 'GatewayClass') resolveGatewayClass(object, context());
    if (object.kind !== 'Gateway') continue;
    for (const view of [index, listView(objects)]) resolveGateway(object, view, context()).explain();
  }
  for (const object of objects) index.apply({ type: 'delete', object });
}

describe('deciding does not throw on what parseObject gives', () => {
  it.each([
    5,
    null,
    [null],
    { conditions: 5 },
    { conditions: [null] },
    { listeners: 5 },
    { listeners: [null] },
    { parents: 5 },
    { parents: [null] },
    { parents: [{ controllerName: CONTROLLER }] },
    { addresses: [null] },
    { supportedFeatures: 5 },
  ])('with %j for a status, which is not validated as the server ignores it', (status) => {
    for (const kind of ['GatewayClass', 'Gateway', 'TCPRoute']) {
      const parsed = world.flatMap((object) => {
        const result = parseObject(object.kind === kind ? { ...object, status } : object);
        return result.ok ? [result.object] : [];
      });
      expect(parsed.length).toBeGreaterThanOrEqual(world.length - 1);
      expect(() => decideAll(parsed)).not.toThrow();
    }
  });

  it.each([
    ['Service', { spec: null }],
    ['Service', { spec: { ports: null } }],
    ['EndpointSlice', { endpoints: null }],
    ['EndpointSlice', { ports: null }],
    ['EndpointSlice', { ports: [{ name: null, port: null, protocol: null }] }],
    ['EndpointSlice', { endpoints: [{ addresses: ['10.0.0.1'], conditions: null }] }],
  ])('with null for what a %s need not have: %j', (kind, fields) => {
    const parsed = world.flatMap((object) => {
      const result = parseObject(object.kind === kind ? { ...object, ...fields } : object);
      return result.ok ? [result.object] : [];
    });
    expect(() => decideAll(parsed)).not.toThrow();
  });
});
