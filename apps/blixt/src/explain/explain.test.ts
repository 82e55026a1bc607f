import { describe, expect, it } from 'vitest';
import { blixt, blixtWith, EXAMPLES } from '../../test/command.ts';
import { folder } from '../../test/folder.ts';

const api = 'apiVersion: gateway.networking.k8s.io/v1';
const gateway = `${api}
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: blixt
  listeners:
    - {name: web, protocol: TCP, port: 80}
`;
const gatewayClass = `${api}
kind: GatewayClass
metadata: {name: blixt}
spec: {controllerName: gateway.networking.k8s.io/blixt}
`;
const route = `${api}
kind: TCPRoute
metadata: {name: web}
spec:
  parentRefs: [{name: edge, sectionName: tls}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
`;
const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n';
const all = [gatewayClass, gateway, route, service].join('---\n');

/** Runs `explain` on one file, in its folder. */
const explain = (text: string, ...args: string[]) =>
  blixtWith({ cwd: folder({ 'a.yaml': text }) }, 'explain', '-f', 'a.yaml', ...args);

describe('blixt explain', () => {
  it('answers why a route gets no traffic in its first line, and tells every decision with its rule', () => {
    const { code, stdout } = explain(all, 'tcproute/web');
    expect([code, stdout]).toMatchInlineSnapshot(`
      [
        0,
        "TCPRoute default/web gets no traffic: The Gateway has no listener named tls.
        rule route-section-name: sectionName and port of a parentRef select listeners by name and by port; both must match if both are set. When none is left, Accepted is False with reason NoMatchingParent. (https://pkg.go.dev/sigs.k8s.io/gateway-api@v1.7.0/apis/v1#ParentReference)
        spec.parentRefs[0]
          ✓ Candidates are listeners of Gateway default/edge: 0 of 1. [route-direct-parent]
              because of Gateway default/edge
          ✗ Accepted=False (NoMatchingParent) The Gateway has no listener named tls. [route-section-name]
              because of Gateway default/edge spec.listeners
          ✓ ResolvedRefs=True (ResolvedRefs) All references are resolved. [backend-resolved]
        spec.rules[0].backendRefs[0]
          ✓ Resolves to Service default/web, port 80/TCP. [backend-port]
              because of Service default/web

      Assumed
        Gateways that ask for no address get one of 192.0.2.0/24, as an example.

      Rules
        route-direct-parent (standard: GEP-1713)
          A route attaches to listeners of the object that its parentRef names, and of no other: never from a Gateway to its ListenerSets, or back.
        route-section-name (standard: https://pkg.go.dev/sigs.k8s.io/gateway-api@v1.7.0/apis/v1#ParentReference)
          sectionName and port of a parentRef select listeners by name and by port; both must match if both are set. When none is left, Accepted is False with reason NoMatchingParent.
        backend-resolved (standard: https://pkg.go.dev/sigs.k8s.io/gateway-api@v1.7.0/apis/v1#RouteConditionType)
          ResolvedRefs of a route is True when every backendRef resolves, whatever its weight and however many endpoints there are.
        backend-port (recommendation: GEP-2644, GEP-2645)
          The port of a backendRef is a port number of the Service, of the transport protocol of the route (BackendNotFound).
      ",
      ]
    `);
  });

  it('explains every object that is decided about, unless some are named', () => {
    const { code, stdout } = blixt('explain', '-f', EXAMPLES);
    expect(code).toBe(0);
    expect(stdout.match(/^[A-Z]\w+Class \S+ .*|^[A-Z]\w+ \w+\/\w+ .*/gm)).toEqual([
      'GatewayClass blixt is accepted.',
      'Gateway default/example is served. IPAddress 10.77.100.1 is bound for the Gateway. IPAddress fd77:100::1 is bound for the Gateway.',
      'UDPRoute default/dns gets traffic: It takes all traffic of listener dns.',
      'TCPRoute default/web gets traffic: It takes all traffic of listener web.',
    ]);
  });

  it('shows how traffic is shared, in percent', () => {
    const { stdout } = blixt('explain', '-f', EXAMPLES, 'TCPRoute/default/web');
    expect(stdout).toContain('  traffic of Gateway default/example spec.listeners[0]\n');
    expect(stdout).toMatch(
      /30 % of new flows \(spec\.rules\[0\]\.backendRefs\[1\]\) go to 1 ready IPv4 endpoint/,
    );
  });

  it('reads standard input', () => {
    const { code, stdout } = blixtWith({ input: all }, 'explain', '-f', '-', 'gtw/edge');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Gateway default\/edge is served, but not every listener: /m);
  });

  it('says what rests on an object that nothing is decided about', () => {
    const { stdout } = explain(all.replace('sectionName: tls', 'sectionName: web'), 'svc/web');
    expect(stdout).toMatch(/^Service default\/web is what these decisions rest on:$/m);
    expect(stdout).toContain('  TCPRoute default/web spec.rules[0].backendRefs[0]\n');
  });

  it('says which decisions the labels of a Namespace make', () => {
    const selecting = gateway.replace(
      'protocol: TCP,',
      'protocol: TCP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: a}}}},',
    );
    const shop = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}\n';
    const inShop = route.replace('name: web}', 'name: web, namespace: shop}');
    const from = inShop.replace('{name: edge, sectionName: tls}', '{name: edge, namespace: default}');
    const { code, stdout } = explain([gatewayClass, selecting, shop, from].join('---\n'), 'ns/shop');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Namespace shop is what these decisions rest on:\n {2}TCPRoute shop\/web spec/);
  });

  it('exits with 2 for folders without YAML', () => {
    expect(blixtWith({ cwd: folder({ 'a.txt': gateway }) }, 'explain', '-f', '.')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'blixt: .: found no file named *.yaml, *.yml or *.json; give files, or folders with such files. [ERR_INPUT]\n',
    });
  });

  it('finds an object by its name where only one namespace has it', () => {
    const far = all.replaceAll('{name: web}', '{name: web, namespace: far}');
    expect(explain(far, 'tcproutes/web').stdout).toMatch(/^TCPRoute far\/web gets no traffic: /m);
  });

  it('takes Gateways for ours whose class is not in the files, and says so', () => {
    const text = [gateway, route, service].join('---\n');
    expect(explain(text, 'gateway/edge').stdout).toMatch(
      /^Gateway default\/edge is served, [\s\S]*\nAssumed\n {2}GatewayClass blixt is not among the files: /,
    );
    expect(explain(text, 'gateway/edge', '--no-assume-class').stdout).toMatch(
      /^Gateway default\/edge is not served: The Gateway is not touched: there is no GatewayClass blixt\.$/m,
    );
  });

  it('explains for any controller', () => {
    const { stdout } = explain(all, 'tcproute/web', '--controller-name', 'example.com/other');
    expect(stdout).toMatch(
      /^TCPRoute default\/web gets no traffic: Gateway default\/edge is not managed: GatewayClass blixt is of gateway\.networking\.k8s\.io\/blixt, or is not accepted\.$/m,
    );
  });

  it('gives Gateways the addresses that are said', () => {
    const { stdout } = explain(all, 'gateway/edge', '--address', '198.51.100.7');
    expect(stdout).toContain('IPAddress 198.51.100.7 is bound for the Gateway.');
  });

  it("goes by the parameters of the Gateway's class", () => {
    const ref = 'parametersRef: {group: blixt.dev, kind: BlixtParameters, name: blixt}';
    const withRef = all.replace(/spec: \{controllerName: (\S+)\}/, `spec: {controllerName: $1, ${ref}}`);
    expect(explain(withRef, 'gatewayclass/blixt').stdout).toContain('there is no BlixtParameters blixt');
    const spec = 'spec: {addresses: {pool: {ranges: [203.0.113.8]}}}';
    const parameters = `---\napiVersion: blixt.dev/v1alpha1\nkind: BlixtParameters\nmetadata: {name: blixt}\n${spec}\n`;
    const { stdout } = explain(withRef + parameters, 'gateway/edge');
    expect(stdout).toContain('IPAddress 203.0.113.8 is bound for the Gateway.');
    expect(stdout).not.toContain('Assumed');
  });

  it('prints JSON', () => {
    const { code, stdout } = explain(all, 'tcproute/web', '-o', 'json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      version: 1,
      notes: [expect.stringContaining('192.0.2.0/24')],
      objects: [
        {
          kind: 'TCPRoute',
          namespace: 'default',
          name: 'web',
          outcome: 'refused',
          answer: 'gets no traffic: The Gateway has no listener named tls.',
          elsewhere: [],
        },
      ],
    });
    expect(report.objects[0].decisions).toContainEqual({
      subject: { kind: 'TCPRoute', namespace: 'default', name: 'web' },
      path: 'spec.parentRefs[0]',
      decision: 'The Gateway has no listener named tls.',
      outcome: 'refused',
      condition: { type: 'Accepted', status: 'False', reason: 'NoMatchingParent' },
      rule: 'route-section-name',
      because: [{ kind: 'Gateway', namespace: 'default', name: 'edge', path: 'spec.listeners' }],
    });
    expect(report.rules).toContainEqual(expect.objectContaining({ id: 'route-section-name' }));
  });

  it('explains what is right beside what is wrong, and exits with 1', () => {
    const wrong = gateway.replace('name: edge', 'name: bad').replace('80', '80000');
    const { code, stdout, stderr } = explain(`${all}---\n${wrong}`, 'gateway/edge');
    expect([code, stdout]).toEqual([1, expect.stringContaining('Gateway default/edge is served')]);
    expect(stderr).toMatch(
      /^blixt: left out: a\.yaml:32:40: Gateway default\/bad: .*\[ERR_MANIFEST_INVALID\]\n$/,
    );
  });

  it.each([
    ['an object that is not there', ['tcproute/none'], 1, 'ERR_NOT_FOUND'],
    ['no kind', ['a.yaml'], 2, 'ERR_OPTION'],
    ['an unknown kind', ['pod/web'], 2, 'ERR_OPTION'],
    ['too many parts', ['gateway/a/b/c'], 2, 'ERR_OPTION'],
    ['an address that is none', ['--address', 'here'], 2, 'ERR_OPTION'],
    ['a path that is missing', ['-f', 'nowhere'], 2, 'ERR_INPUT'],
  ])('tells of %s', (_name, args, code, error) => {
    const outcome = explain(all, ...args);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toMatch(new RegExp(`^blixt: [^\\n]+ \\[${error}\\]\\n$`));
  });
});

describe('blixt explain --rules', () => {
  it('lists every rule with its source', () => {
    const { code, stdout } = blixt('explain', '--rules');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}route-precedence \(conformance: .*\)\n {4}Of the routes /m);
  });

  it('says what one is', () => {
    const { code, stdout } = blixt('explain', '--rule', 'route-precedence');
    expect([code, stdout.split('\n').length]).toEqual([0, 3]);
    expect(JSON.parse(blixt('explain', '--rule', 'weight-zero', '-o', 'json').stdout)).toMatchObject([
      { id: 'weight-zero', level: 'standard' },
    ]);
    expect(blixt('explain', '--rule', 'none')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[ERR_OPTION]'),
    });
  });
});
