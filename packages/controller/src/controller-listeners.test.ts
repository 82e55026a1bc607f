import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type KeyPair, keyPair } from '../test/certificate.ts';
import { at, CLASS, condition, DirectoryWorld, gateway, service } from '../test/directory-world.ts';
import { eventually } from '../test/eventually.ts';

const allowing = (address: string): string =>
  `${at(address)}\n  allowedListeners: {namespaces: {from: Same}}`;

const listenerSet = (name: string, parent: string, port: number, rest = ''): string => `
---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: ${name}${rest}}
spec:
  parentRef: {name: ${parent}}
  listeners: [{name: more, protocol: TCP, port: ${port}}]
`;

const routeTo = (name: string, kind: string, parent: string, backend: string): string => `
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: ${name}}
spec:
  parentRefs: [{group: gateway.networking.k8s.io, kind: ${kind}, name: ${parent}}]
  rules: [{backendRefs: [{name: ${backend}, port: 80}]}]
`;

const SET = {
  'gateway.yaml': CLASS + gateway('g', allowing('192.0.2.1')),
  'set.yaml': listenerSet('set', 'g', 90),
  'routes.yaml': routeTo('r', 'ListenerSet', 'set', 'a') + service('a', '10.0.0.1'),
};
const servedBySet = { 'TCP 192.0.2.1:90': { '10.0.0.1:8080': 1 } };

describe('A ListenerSet', () => {
  it('adds its listeners to its Gateway, and has a status of its own', async () => {
    const world = new DirectoryWorld(SET);
    const { dataPlane, started } = await world.start();
    await started;
    expect(dataPlane.served()).toMatchObject(servedBySet);
    expect(world.status('ListenerSet_default_set.yaml')).toMatchObject({
      conditions: condition('Programmed', 'True', 'Programmed'),
      listeners: [{ name: 'more', attachedRoutes: 1, conditions: condition('Accepted', 'True', 'Accepted') }],
    });
    expect(world.status('Gateway_default_g.yaml')).toMatchObject({ attachedListenerSets: 1 });
    expect(world.status('TCPRoute_default_r.yaml').parents).toMatchObject([
      {
        parentRef: { kind: 'ListenerSet', name: 'set' },
        conditions: condition('Accepted', 'True', 'Accepted'),
      },
    ]);
  });

  it('that goes takes with it its listeners, its status, and its entries in the statuses of routes', async () => {
    const world = new DirectoryWorld(SET);
    const { dataPlane, started } = await world.start();
    await started;
    world.remove('set.yaml');
    await eventually(() => expect(dataPlane.served()).not.toHaveProperty('TCP 192.0.2.1:90'));
    await eventually(() => expect(world.status('TCPRoute_default_r.yaml')).toEqual({ parents: [] }));
    await eventually(() => expect(world.files()).not.toContain('ListenerSet_default_set.yaml'));
    expect(world.status('Gateway_default_g.yaml')).toMatchObject({ attachedListenerSets: 0 });
  });

  it('that moves to no Gateway of ours leaves no entry behind, and comes back with one', async () => {
    const world = new DirectoryWorld(SET);
    const { dataPlane, started } = await world.start();
    await started;
    world.write('set.yaml', listenerSet('set', 'elsewhere', 90));
    await eventually(() => expect(world.status('TCPRoute_default_r.yaml')).toEqual({ parents: [] }));
    expect(dataPlane.served()).not.toHaveProperty('TCP 192.0.2.1:90');
    world.write('set.yaml', listenerSet('set', 'g', 90));
    await eventually(() => expect(dataPlane.served()).toMatchObject(servedBySet));
    await eventually(() => expect(world.status('TCPRoute_default_r.yaml').parents).toHaveLength(1));
  });

  it('that went while nothing ran leaves no entry behind after the start', async () => {
    const world = new DirectoryWorld(SET);
    const first = await world.start();
    await first.started;
    await first.controller.stop();
    world.remove('set.yaml');
    const second = await world.start();
    await second.started;
    expect(world.status('TCPRoute_default_r.yaml')).toEqual({ parents: [] });
    expect(world.files()).not.toContain('ListenerSet_default_set.yaml');
  });

  it('of a Gateway that goes has no entries left, either', async () => {
    const world = new DirectoryWorld(SET);
    const { dataPlane, started } = await world.start();
    await started;
    world.write('gateway.yaml', CLASS);
    await eventually(() => expect(world.status('TCPRoute_default_r.yaml')).toEqual({ parents: [] }));
    expect(dataPlane.served()).toEqual({});
  });

  it('that is younger loses a port to an older one, and has it when that goes', async () => {
    const age = (day: number): string => `, creationTimestamp: 2026-01-0${day}T00:00:00Z`;
    const world = new DirectoryWorld({
      ...SET,
      'set.yaml': listenerSet('set', 'g', 90, age(2)),
      'older.yaml': listenerSet('older', 'g', 90, age(1)) + routeTo('s', 'ListenerSet', 'older', 'b'),
      'b.yaml': service('b', '10.0.0.2'),
    });
    const { dataPlane, started } = await world.start();
    await started;
    expect(dataPlane.served()).toMatchObject({ 'TCP 192.0.2.1:90': { '10.0.0.2:8080': 1 } });
    const young = world.status('ListenerSet_default_set.yaml');
    expect(young.conditions).toEqual(condition('Accepted', 'False', 'ListenersNotValid'));
    expect(young.listeners?.[0]?.conditions).toEqual(condition('Conflicted', 'True', 'ProtocolConflict'));
    world.remove('older.yaml');
    await eventually(() => expect(dataPlane.served()).toMatchObject(servedBySet));
    await eventually(() =>
      expect(world.status('ListenerSet_default_set.yaml').conditions).toEqual(
        condition('Accepted', 'True', 'Accepted'),
      ),
    );
  });

  it('whose port an older Gateway serves at the same address says so, and the others go on', async () => {
    const age = (day: number): string => `, creationTimestamp: 2026-01-0${day}T00:00:00Z`;
    const world = new DirectoryWorld({
      ...SET,
      'gateway.yaml':
        CLASS +
        gateway('g', allowing('192.0.2.1'), age(2)).replace('port: 80', 'port: 81') +
        gateway('old', at('192.0.2.1'), age(1)).replace('port: 80', 'port: 90'),
    });
    const { dataPlane, started, logger } = await world.start();
    await started;
    expect(dataPlane.served()).toMatchObject({ 'TCP 192.0.2.1:90': {} });
    expect(world.status('ListenerSet_default_set.yaml').listeners?.[0]?.conditions).toEqual(
      condition('Accepted', 'False', 'PortUnavailable'),
    );
    expect(world.status('Gateway_default_g.yaml').listeners?.[0]?.conditions).toEqual(
      condition('Programmed', 'True', 'Programmed'),
    );
    expect(logger.messages('warn')).toEqual([
      expect.stringMatching(
        /Listener more of ListenerSet default\/set is not served at .*: Gateway default\/old is older and has it/,
      ),
    ]);
  });

  it('of a Gateway that an older one leaves no listener is not served', async () => {
    const age = (day: number): string => `, creationTimestamp: 2026-01-0${day}T00:00:00Z`;
    const world = new DirectoryWorld({
      ...SET,
      'gateway.yaml': CLASS + gateway('g', allowing('192.0.2.1'), age(2)),
      'old.yaml': gateway('old', at('192.0.2.1'), age(1)),
    });
    const { dataPlane, started } = await world.start();
    await started;
    expect(world.status('Gateway_default_g.yaml').conditions).toEqual(
      condition('Accepted', 'False', 'ListenersNotValid'),
    );
    expect(world.status('ListenerSet_default_set.yaml').conditions).toEqual(
      condition('Accepted', 'False', 'ParentNotAccepted'),
    );
    expect(dataPlane.served()).not.toHaveProperty('TCP 192.0.2.1:90');
    world.remove('old.yaml');
    await eventually(() => expect(dataPlane.served()).toMatchObject(servedBySet));
  });
});

const secret = (
  name: string,
  { certificate, key }: Pick<KeyPair, 'certificate' | 'key'>,
  rest = '',
): string => `
---
apiVersion: v1
kind: Secret
metadata: {name: ${name}${rest}}
type: kubernetes.io/tls
stringData:
  tls.crt: ${JSON.stringify(certificate)}
  tls.key: ${JSON.stringify(key)}
`;

const encoded = (name: string, { certificate, key }: KeyPair): string => `
---
apiVersion: v1
kind: Secret
metadata: {name: ${name}}
type: kubernetes.io/tls
data:
  tls.crt: ${Buffer.from(certificate).toString('base64')}
  tls.key: ${Buffer.from(key).toString('base64')}
`;

const httpsGateway = (certificateRef: string): string => `
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: g}
spec:
  gatewayClassName: blixt
  addresses: [{value: 192.0.2.1}]
  listeners:
    - {name: https, protocol: HTTPS, port: 443, tls: {certificateRefs: [${certificateRef}]}}
`;

describe('An HTTPS listener', () => {
  const listenerOf = (world: DirectoryWorld) =>
    world.status('Gateway_default_g.yaml').listeners?.[0]?.conditions;
  const resolved = condition('ResolvedRefs', 'True', 'ResolvedRefs');
  const invalid = condition('ResolvedRefs', 'False', 'InvalidCertificateRef');

  it('takes the key pair of a Secret, in plain text or in base64', async () => {
    const pair = keyPair();
    for (const file of [secret('cert', pair), encoded('cert', pair)]) {
      const world = new DirectoryWorld({ 'a.yaml': CLASS + httpsGateway('{name: cert}') + file });
      const { started } = await world.start();
      await started;
      expect(listenerOf(world)).toEqual(resolved);
      expect(listenerOf(world)).toEqual(condition('Programmed', 'True', 'Programmed'));
    }
  });

  it('follows its Secret: missing, there, with the key of another certificate, and right again', async () => {
    const [pair, other] = [keyPair(), keyPair()];
    const world = new DirectoryWorld({ 'a.yaml': CLASS + httpsGateway('{name: cert}') });
    const { started } = await world.start();
    await started;
    expect(listenerOf(world)).toEqual(invalid);
    world.write('secret.yaml', secret('cert', pair));
    await eventually(() => expect(listenerOf(world)).toEqual(resolved));
    world.write('secret.yaml', secret('cert', { certificate: pair.certificate, key: other.key }));
    await eventually(() => expect(listenerOf(world)).toEqual(invalid));
    expect(listenerOf(world)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ message: expect.stringContaining('their public keys differ') }),
      ]),
    );
    world.write('secret.yaml', secret('cert', pair));
    await eventually(() => expect(listenerOf(world)).toEqual(resolved));
  });

  it('may use a certificate that has expired', async () => {
    const pair = keyPair('ed25519', new Date('2021-01-01T00:00:00Z'));
    const world = new DirectoryWorld({
      'a.yaml': CLASS + httpsGateway('{name: cert}') + secret('cert', pair),
    });
    const { started } = await world.start();
    await started;
    expect(listenerOf(world)).toEqual(resolved);
  });

  it('reaches a Secret in another namespace as long as a ReferenceGrant says so', async () => {
    const world = new DirectoryWorld({
      'a.yaml':
        CLASS +
        httpsGateway('{name: cert, namespace: vault}') +
        secret('cert', keyPair(), ', namespace: vault'),
    });
    const { started } = await world.start();
    await started;
    const refused = condition('ResolvedRefs', 'False', 'RefNotPermitted');
    expect(listenerOf(world)).toEqual(refused);
    world.write(
      'grant.yaml',
      `
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: grant, namespace: vault}
spec:
  from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: default}]
  to: [{group: "", kind: Secret, name: cert}]
`,
    );
    await eventually(() => expect(listenerOf(world)).toEqual(resolved));
    world.remove('grant.yaml');
    await eventually(() => expect(listenerOf(world)).toEqual(refused));
  });

  it('never shows the private key: not in logs, not in statuses, whatever is wrong with it', async () => {
    const [pair, other] = [keyPair('rsa'), keyPair('rsa')];
    const spoilt = other.key.replace('PRIVATE KEY', 'PRIVATE KEI');
    const world = new DirectoryWorld({
      'a.yaml': CLASS + httpsGateway('{name: cert}') + secret('cert', pair),
    });
    const { started, logger } = await world.start();
    await started;
    world.write('a.yaml', CLASS + httpsGateway('{name: cert}') + secret('cert', { ...pair, key: other.key }));
    await eventually(() => expect(listenerOf(world)).toEqual(invalid));
    world.write('a.yaml', CLASS + httpsGateway('{name: cert}') + secret('cert', { ...pair, key: spoilt }));
    await eventually(() => expect(listenerOf(world)).toEqual(invalid));
    world.write('a.yaml', `${CLASS}${httpsGateway('{name: cert}')}${secret('cert', pair)}  extra: [`);
    await eventually(() => expect(logger.messages('error').length).toBeGreaterThan(0));
    world.write(
      'a.yaml',
      CLASS + httpsGateway('{name: cert}') + secret('cert', pair).replace('tls.key:', 'tls.key: 7 #'),
    );
    await eventually(() => expect(logger.messages('error').length).toBeGreaterThan(1));
    const misplaced = `${CLASS}${httpsGateway('{name: cert}')}
---
apiVersion: v1
kind: Secret
metadata: {name: cert}
data: ${JSON.stringify(pair.key)}
`;
    world.write('a.yaml', misplaced);
    await eventually(() => expect(logger.messages('error').join()).toContain('got a text'));
    const shown = [
      JSON.stringify(logger.lines),
      ...readdirSync(world.statusDirectory).map((name) =>
        readFileSync(join(world.statusDirectory, name), 'utf8'),
      ),
    ].join('\n');
    const lines = [pair, other].flatMap(({ key }) => key.split('\n').slice(1, -2));
    expect(lines.length).toBeGreaterThan(40);
    for (const line of lines) expect(shown).not.toContain(line);
  });
});
