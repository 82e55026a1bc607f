import { describe, expect, it } from 'vitest';
import { lint } from './lint.ts';
import type { References } from './reference-warnings.ts';

const api = 'apiVersion: gateway.networking.k8s.io/v1';
const gateway = (listeners: string, rest = ''): string =>
  `${api}\nkind: Gateway\nmetadata: {name: edge}\nspec: {gatewayClassName: any, ${rest}listeners: [${listeners}]}\n`;
const tcp = '{name: web, protocol: TCP, port: 80}';
const route = (
  name: string,
  parent: string,
  backend = '{name: a, port: 80}',
  namespace = 'default',
): string =>
  `${api}\nkind: TCPRoute\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec:\n  parentRefs: [${parent}]\n  rules: [{backendRefs: [${backend}]}]\n`;
const service = (name: string, namespace = 'default', port = 80): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {ports: [{port: ${port}}]}\n`;
const grant = (namespace: string): string =>
  `${api}\nkind: ReferenceGrant\nmetadata: {name: g, namespace: ${namespace}}\nspec: {from: [{group: gateway.networking.k8s.io, kind: TCPRoute, namespace: default}], to: [{group: '', kind: Service}]}\n`;
const listenerSet = (listeners: string): string =>
  `${api}\nkind: ListenerSet\nmetadata: {name: more}\nspec: {parentRef: {name: edge}, listeners: [${listeners}]}\n`;

/** `rule object path: message` of every warning; there must be no errors. */
function warnings(documents: readonly string[], references: References = 'known'): string[] {
  const report = lint([{ file: 'a.yaml', text: documents.join('---\n') }], { references });
  expect(report.errors, JSON.stringify(report.findings)).toBe(0);
  return report.findings.map(({ rule, object, path, message }) => `${rule} ${object} ${path}: ${message}`);
}

describe('a reference between objects of the files', () => {
  it('is right when it leads to what is there', () => {
    expect(warnings([gateway(tcp), route('r', '{name: edge, sectionName: web}'), service('a')])).toEqual([]);
  });

  it('to a listener that the Gateway does not have is a warning', () => {
    expect(warnings([gateway(tcp), route('r', '{name: edge, sectionName: wb}')])).toEqual([
      'route-section-name TCPRoute default/r spec.parentRefs[0].sectionName: The Gateway has no listener named wb',
    ]);
    expect(warnings([gateway(tcp), route('r', '{name: edge, port: 81}')])).toEqual([
      'route-section-name TCPRoute default/r spec.parentRefs[0].port: The Gateway has no listener on port 81',
    ]);
  });

  it('to a listener that takes no such routes is a warning', () => {
    const http = '{name: web, protocol: HTTP, port: 80}';
    expect(warnings([gateway(http), route('r', '{name: edge}')])).toEqual([
      expect.stringMatching(/^route-kind TCPRoute default\/r spec\.parentRefs\[0\]: /),
    ]);
    const all = `{name: web, protocol: TCP, port: 80, allowedRoutes: {namespaces: {from: All}}}`;
    const far = route('r', '{name: edge, namespace: default}', undefined, 'far');
    expect(warnings([gateway(tcp), far])).toEqual([
      expect.stringMatching(/^route-namespace TCPRoute far\/r spec\.parentRefs\[0\]: /),
    ]);
    expect(warnings([gateway(all), far])).toEqual([]);
  });

  it('to a port that the Service does not have is a warning, which says what it has', () => {
    const text = [gateway(tcp), route('r', '{name: edge}', '{name: a, port: 81}'), service('a')].join(
      '---\n',
    );
    expect(lint([{ file: 'a.yaml', text }]).findings).toMatchObject([
      {
        severity: 'warning',
        rule: 'backend-port',
        path: 'spec.rules[0].backendRefs[0].port',
        suggestion: 'the Service has 80/TCP',
        span: { line: 11, column: 42, endColumn: 44 },
        related: [{ object: 'Service default/a', span: { line: 15 } }],
      },
    ]);
  });

  it('is judged for a route whose Gateway is not in the files', () => {
    expect(warnings([route('r', '{name: elsewhere}', '{name: a, port: 81}'), service('a')])).toEqual([
      expect.stringMatching(/^backend-port TCPRoute default\/r spec\.rules\[0\]\.backendRefs\[0\]\.port: /),
    ]);
  });

  it('into another namespace without a grant is a warning', () => {
    const far = route('r', '{name: edge}', '{name: a, namespace: far, port: 80}');
    expect(warnings([gateway(tcp), far, service('a', 'far')])).toEqual([
      expect.stringMatching(
        /^backend-grant TCPRoute default\/r spec\.rules\[0\]\.backendRefs\[0\]\.namespace: /,
      ),
    ]);
    expect(warnings([gateway(tcp), far, service('a', 'far'), grant('far')])).toEqual([]);
  });

  it('that another route has as well is a warning, as only one gets traffic', () => {
    expect(warnings([gateway(tcp), route('r', '{name: edge}'), route('s', '{name: edge}')])).toEqual([
      'route-precedence TCPRoute default/s spec.parentRefs[0]: attaches to the same listener as TCPRoute default/r: the older of them takes all traffic',
    ]);
  });

  it('of a ListenerSet that the Gateway does not allow is a warning', () => {
    const more = listenerSet('{name: x, protocol: TCP, port: 81}');
    expect(warnings([gateway(tcp), more])).toEqual([
      expect.stringMatching(/^listener-set-allowed ListenerSet default\/more spec\.parentRef: /),
    ]);
    const allowing = gateway(tcp, 'allowedListeners: {namespaces: {from: Same}}, ');
    expect(warnings([allowing, more])).toEqual([]);
    expect(warnings([allowing, listenerSet('{name: x, protocol: TCP, port: 80}')])).toEqual([
      expect.stringMatching(
        /^listener-merge-precedence ListenerSet default\/more spec\.listeners\[0\]\.port: /,
      ),
    ]);
  });
});

describe('an object that is declared twice', () => {
  it('is not judged by its references, nor are those to it', () => {
    const text = [gateway(tcp), gateway(tcp), route('r', '{name: edge, sectionName: x}')].join('---\n');
    expect(lint([{ file: 'a.yaml', text }]).findings).toMatchObject([{ rule: 'duplicate-object' }]);
  });
});

describe('an object that is wrong', () => {
  it('is not called missing: its errors are what there is to say', () => {
    const documents = [
      gateway(tcp),
      listenerSet('{name: more, protocol: TCP, port: 70000}'),
      service('a').replace('port: 80', 'port: 70000'),
      `${api}\nkind: GatewayClass\nmetadata: {name: any}\nspec: {controllerName: nobody}\n`,
      route('r', '{name: edge}, {kind: ListenerSet, name: more}'),
    ];
    const { findings } = lint([{ file: 'a.yaml', text: documents.join('---\n') }], { references: 'all' });
    expect(findings.map(({ severity, object }) => `${severity}: ${object}`)).toEqual([
      'error: ListenerSet default/more',
      'error: Service default/a',
      'error: GatewayClass any',
    ]);
  });
});

describe('listeners of one Gateway', () => {
  it('that cannot be told apart are a warning', () => {
    expect(warnings([gateway(`${tcp}, {name: x, protocol: HTTP, port: 80}`)])).toEqual([
      expect.stringMatching(/^listener-distinct-protocol Gateway default\/edge spec\.listeners\[0\]\.port: /),
      expect.stringMatching(/^listener-distinct-protocol Gateway default\/edge spec\.listeners\[1\]\.port: /),
    ]);
  });

  it('that allow a kind which their protocol never takes are a warning', () => {
    const kinds = (kind: string): string =>
      gateway(`{name: x, protocol: HTTP, port: 80, allowedRoutes: {kinds: [{kind: ${kind}}]}}`);
    expect(warnings([kinds('UDPRoute')])).toEqual([
      expect.stringMatching(
        /^listener-route-kinds Gateway default\/edge spec\.listeners\[0\]\.allowedRoutes\.kinds: /,
      ),
    ]);
    expect(warnings([kinds('GRPCRoute')])).toEqual([]);
  });
});

describe('what the files do not tell', () => {
  it.each([
    ['a Service that is not there', [gateway(tcp), route('r', '{name: edge}')]],
    ['a Gateway that is not there', [route('r', '{name: edge}')]],
    ['a class that is not there', [gateway(tcp)]],
    [
      'labels of a Namespace that is not there',
      [
        gateway(
          '{name: web, protocol: TCP, port: 80, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}}',
        ),
        route('r', '{name: edge, namespace: default}', undefined, 'far'),
      ],
    ],
    [
      'a Secret that is not there',
      [gateway('{name: web, protocol: HTTPS, port: 443, tls: {certificateRefs: [{name: cert}]}}')],
    ],
    [
      'a grant for a route of a service mesh',
      [
        route(
          'r',
          '{kind: Service, group: "", name: a, namespace: far}',
          '{name: a, namespace: far, port: 80}',
        ),
        service('a', 'far'),
      ],
    ],
    ['what a controller supports', [gateway('{name: x, protocol: example.com/QUIC, port: 1}')]],
    [
      'a protocol of routes of layer 7',
      [gateway('{name: x, protocol: TLS, port: 443, tls: {mode: Passthrough}}')],
    ],
    [
      'parameters of a controller',
      [gateway(tcp, 'infrastructure: {parametersRef: {group: example.com, kind: X, name: x}}, ')],
    ],
  ])('is no warning: %s', (_name, documents) => {
    expect(warnings(documents)).toEqual([]);
  });

  it('is one when the files are all there is', () => {
    const documents = [gateway(tcp), route('r', '{name: edge}, {name: none}')];
    expect(warnings(documents, 'all')).toEqual([
      'missing-object Gateway default/edge spec.gatewayClassName: GatewayClass any is not among the files',
      'missing-object TCPRoute default/r spec.parentRefs[1].name: Gateway default/none is not among the files',
      'backend-exists TCPRoute default/r spec.rules[0].backendRefs[0].name: Service default/a was not found',
    ]);
  });

  it('is judged by nobody when no references are', () => {
    expect(warnings([gateway(tcp), route('r', '{name: edge, sectionName: x}')], 'none')).toEqual([]);
  });

  it('is known when the Namespace is there', () => {
    const selector = 'allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}';
    const documents = [
      gateway(`{name: web, protocol: TCP, port: 80, ${selector}}`),
      route('r', '{name: edge, namespace: default}', undefined, 'far'),
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: far}\n',
    ];
    expect(warnings(documents)).toEqual([expect.stringMatching(/^route-namespace TCPRoute far\/r /)]);
    const byName = documents.map((it) => it.replace('{a: b}', '{kubernetes.io/metadata.name: far}'));
    expect(warnings(byName)).toEqual([]);
  });
});
