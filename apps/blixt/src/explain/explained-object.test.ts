import { loadManifestFile } from '@blixt/controller';
import { describe, expect, it } from 'vitest';
import { explainedObjects, nameOf } from './explained-object.ts';
import { type ResolveOptions, resolveObjects } from './resolve-objects.ts';

const api = 'apiVersion: gateway.networking.k8s.io/v1';
const gateway = (name: string, listeners: string, rest = ''): string =>
  `${api}\nkind: Gateway\nmetadata: {name: ${name}}\nspec: {gatewayClassName: blixt, ${rest}listeners: [${listeners}]}\n`;
const tcp = '{name: web, protocol: TCP, port: 80}';
const edge = gateway('edge', tcp);
const route = (name: string, parents: string, backends: string, created = ''): string =>
  `${api}\nkind: TCPRoute\nmetadata: {name: ${name}${created && `, creationTimestamp: "${created}"`}}\nspec:\n  parentRefs: [${parents}]\n  rules: [{backendRefs: [${backends}]}]\n`;
const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n';
const slice =
  'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a-1, labels: {kubernetes.io/service-name: a}}\naddressType: IPv4\nendpoints: [{addresses: [10.0.0.1]}]\nports: [{port: 8080}]\n';
const backend = '{name: a, port: 80}';
const served = [service, slice];

const options: ResolveOptions = {
  controllerName: 'gateway.networking.k8s.io/blixt',
  pool: ['192.0.2.0/24'],
  assumeClass: true,
  now: '2026-11-22T15:00:00Z',
};

function resolve(documents: readonly string[], changed: Partial<ResolveOptions> = {}) {
  const { objects, problems } = loadManifestFile('a.yaml', documents.join('---\n'));
  expect(problems).toEqual([]);
  return resolveObjects(
    [...objects.values()].map(({ object }) => object),
    { ...options, ...changed },
  );
}

/** `outcome: text` of the answer about an object. */
function answer(name: string, documents: readonly string[], changed: Partial<ResolveOptions> = {}): string {
  const objects = explainedObjects(resolve(documents, changed).explanations);
  const found = objects.find(({ subject }) => nameOf(subject) === name);
  return found ? `${found.answer.outcome}: ${found.answer.text}` : 'nothing';
}

describe('the answer about a route', () => {
  const web = (documents: readonly string[]): string => answer('TCPRoute default/web', documents);

  it('that has a listener is that it gets its traffic', () => {
    expect(web([edge, route('web', '{name: edge}', backend), ...served])).toBe(
      'ok: gets traffic: It takes all traffic of listener web.',
    );
  });

  it('names the older route that has the traffic', () => {
    const older = route('other', '{name: edge}', backend, '2020-01-01T00:00:00Z');
    expect(web([edge, older, route('web', '{name: edge}', backend), ...served])).toBe(
      'refused: gets no traffic: TCPRoute default/other is older and takes all traffic of listener web.',
    );
  });

  it('says which share is rejected, and why', () => {
    const backends = `{name: a, port: 80, weight: 3}, {name: gone, port: 80}`;
    expect(web([edge, route('web', '{name: edge}', backends), ...served])).toBe(
      'partly: gets traffic: It takes all traffic of listener web. But: 25 % of new flows (spec.rules[0].backendRefs[1]) are rejected: Service default/gone was not found.',
    );
  });

  it('is no when everything is rejected', () => {
    expect(web([edge, route('web', '{name: edge}', backend), service])).toMatch(
      /^refused: has all of its traffic rejected: 100 % of new flows .* no IPv4 endpoint/,
    );
    expect(web([edge, route('web', '{name: edge}', '{name: a, port: 80, weight: 0}'), ...served])).toMatch(
      /^refused: has all of its traffic rejected: All weights are 0/,
    );
  });

  it('names the Gateway that has no address', () => {
    expect(
      answer('TCPRoute default/web', [edge, route('web', '{name: edge}', backend), ...served], { pool: [] }),
    ).toMatch(/^pending: gets no traffic: .*address pool/);
  });

  it('says why its listener is not served', () => {
    const https = gateway(
      'edge',
      '{name: web, protocol: HTTPS, port: 443, tls: {certificateRefs: [{name: cert}]}}',
    );
    const http = route('web', '{name: edge}', backend).replace('TCPRoute', 'HTTPRoute');
    expect(answer('HTTPRoute default/web', [https, http, ...served])).toMatch(
      /^refused: gets no traffic: .*listener web is not .*spec\.listeners\[0\]: .*Secret default\/cert was not found/,
    );
  });

  it('says that an HTTPRoute is served at layer 4, or why it is not and what to do', () => {
    const http = gateway('edge', '{name: web, protocol: HTTP, port: 80}');
    const plain = route('web', '{name: edge}', backend).replace('TCPRoute', 'HTTPRoute');
    expect(answer('HTTPRoute default/web', [http, plain, ...served])).toBe(
      'ok: gets traffic: Served at layer 4: each connection goes to one backend. It takes all traffic of listener web.',
    );
    const picky = plain.replace('spec:', 'spec:\n  hostnames: [a.test]');
    expect(answer('HTTPRoute default/web', [http, picky, ...served])).toMatch(
      /^refused: gets no traffic: Not served: .* needs layer 7: it selects host names\..* use a TCP listener and a TCPRoute/,
    );
    expect(answer('Gateway default/edge', [http, picky, ...served])).toMatch(
      /^partly: is served, but not every listener: spec\.listeners\[0\]: Connections are refused: .* needs layer 7/,
    );
  });

  it('tells of parents that are not there', () => {
    expect(web([edge, route('web', '{name: edge}, {name: none}', backend), ...served])).toBe(
      'partly: gets traffic: It takes all traffic of listener web. But: Gateway default/none is not among the files.',
    );
    expect(web([route('web', '{name: none, kind: ListenerSet}', backend)])).toBe(
      'refused: gets no traffic: ListenerSet default/none is not among the files.',
    );
    expect(web([route('web', '{name: a, kind: Service, group: ""}', backend), service])).toBe(
      'refused: gets no traffic: Service a is no Gateway or ListenerSet: nothing is decided here.',
    );
  });
});

describe('the answer about a Gateway', () => {
  it('names its addresses', () => {
    expect(answer('Gateway default/edge', [edge, route('web', '{name: edge}', backend), ...served])).toBe(
      'ok: is served. IPAddress 192.0.2.1 is bound for the Gateway.',
    );
  });

  it('names the listeners that are not served', () => {
    const two = gateway('edge', `${tcp}, {name: x, protocol: example.com/X, port: 81}`);
    expect(answer('Gateway default/edge', [two])).toMatch(
      /^partly: is served, but not every listener: spec\.listeners\[1\]: protocol: expected one of /,
    );
  });

  it('names the older Gateway that has its port', () => {
    const addresses = 'addresses: [{value: 192.0.2.9}], ';
    const documents = [gateway('edge', tcp, addresses), gateway('late', tcp, addresses)];
    expect(answer('Gateway default/late', documents)).toBe(
      'refused: is not served: No listener is valid. spec.listeners[0]: Gateway default/edge is older and has port 80/TCP of 192.0.2.9.',
    );
    expect(answer('Gateway default/edge', documents)).toMatch(/^partly: .*no route attaches/i);
  });

  it('says that a class is of another controller', () => {
    const other = `${api}\nkind: GatewayClass\nmetadata: {name: blixt}\nspec: {controllerName: example.com/x}\n`;
    expect(answer('Gateway default/edge', [edge, other])).toMatch(
      /^refused: is not served: .*another controller/,
    );
    expect(answer('GatewayClass blixt', [edge, other])).toMatch(/^refused: is left alone: /);
  });
});

describe('resolving a set of objects', () => {
  it('gives no Gateway an address that another asks for', () => {
    const asking = gateway('zone', tcp, 'addresses: [{value: 192.0.2.1}], ');
    const { forwarding } = resolve([edge, asking]);
    expect(forwarding.flatMap(({ services }) => services.map(({ address }) => address)).sort()).toEqual([
      '192.0.2.1',
      '192.0.2.2',
    ]);
  });

  it('knows the names of namespaces that nobody declares', () => {
    const selector = 'selector: {matchLabels: {kubernetes.io/metadata.name: default}}';
    const selecting = gateway(
      'edge',
      `{name: web, protocol: TCP, port: 80, allowedRoutes: {namespaces: {from: Selector, ${selector}}}}`,
    );
    expect(
      answer('TCPRoute default/web', [selecting, route('web', '{name: edge}', backend), ...served]),
    ).toMatch(/^ok: /);
  });

  it('notes what it assumes', () => {
    const { notes } = resolve([
      edge,
      route('a', '{name: edge}', backend),
      route('b', '{name: edge}', backend),
    ]);
    expect(notes).toEqual([
      expect.stringContaining('GatewayClass blixt is not among the files'),
      expect.stringContaining('192.0.2.0/24'),
      expect.stringContaining('creationTimestamp'),
    ]);
  });
});
