import { describe, expect, it } from 'vitest';
import { loadManifestFile } from './manifest-file.ts';

const messages = (text: string): string[] =>
  loadManifestFile('f.yaml', text).problems.map((it) => it.message);
const keys = (text: string): string[] => [...loadManifestFile('f.yaml', text).objects.keys()];

const service = (name: string, rest = ''): string =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n${rest}spec:\n  ports:\n    - port: 80\n`;

describe('a manifest file', () => {
  it('holds several documents; empty ones do not count', () => {
    expect(keys(`---\n---\n${service('a')}---\n# nothing\n---\n${service('b')}...\n`)).toEqual([
      'Service/default/a',
      'Service/default/b',
    ]);
  });

  it('may be JSON', () => {
    const text = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a', namespace: 'x' },
      spec: { ports: [{ port: 80 }] },
    });
    expect(keys(text)).toEqual(['Service/x/a']);
  });

  it('may be a List, also in a List', () => {
    const text = `
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Namespace, metadata: {name: a}}
  - apiVersion: v1
    kind: NamespaceList
    items:
      - {apiVersion: v1, kind: Namespace, metadata: {name: b}}`;
    expect(keys(text)).toEqual(['Namespace//a', 'Namespace//b']);
  });

  it('has objects with the defaults of the API', () => {
    const { objects } = loadManifestFile(
      'f.yaml',
      `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: g}
spec:
  gatewayClassName: blixt
  addresses: [{value: 192.0.2.1}]
  listeners: [{name: a, protocol: TCP, port: 80}]`,
    );
    expect(objects.get('Gateway/default/g')?.object).toMatchObject({
      metadata: { namespace: 'default' },
      spec: {
        addresses: [{ type: 'IPAddress', value: '192.0.2.1' }],
        listeners: [{ allowedRoutes: { namespaces: { from: 'Same' } } }],
      },
    });
  });

  it('has no status, whatever it says: it is not where statuses come from', () => {
    const { objects } = loadManifestFile('f.yaml', `${service('a')}status: {loadBalancer: {}}\n`);
    expect(objects.get('Service/default/a')?.object).not.toHaveProperty('status');
    const gateway = loadManifestFile(
      'f.yaml',
      'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec: {gatewayClassName: c, listeners: [{name: a, protocol: TCP, port: 80}]}\n',
    );
    expect(gateway.objects.get('Gateway/default/g')?.object).not.toHaveProperty('status');
  });

  it('may have kinds that are not used; each is told once', () => {
    const pod = '---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n';
    const { ignored, problems } = loadManifestFile('f.yaml', `${service('a')}${pod}${pod}`);
    expect(problems).toEqual([]);
    expect(ignored).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        position: { file: 'f.yaml', line: 9, column: 1, endLine: 9, endColumn: 15 },
        count: 2,
      },
    ]);
  });

  it.each([
    ['v1', 'Secret', 'type: Opaque'],
    [
      'gateway.networking.k8s.io/v1',
      'ListenerSet',
      'spec: {parentRef: {name: g}, listeners: [{name: a, port: 80, protocol: TCP}]}',
    ],
    ['gateway.networking.k8s.io/v1', 'GRPCRoute', 'spec: {parentRefs: [{name: g}]}'],
    ['gateway.networking.k8s.io/v1', 'HTTPRoute', 'spec: {parentRefs: [{name: g}]}'],
    [
      'gateway.networking.k8s.io/v1',
      'TLSRoute',
      'spec: {parentRefs: [{name: g}], hostnames: [a.example], rules: [{backendRefs: [{name: s, port: 443}]}]}',
    ],
    [
      'gateway.networking.k8s.io/v1',
      'BackendTLSPolicy',
      'spec: {targetRefs: [{group: "", kind: Service, name: s}], validation: {hostname: a.example, wellKnownCACertificates: System}}',
    ],
    [
      'gateway.networking.k8s.io/v1beta1',
      'ReferenceGrant',
      'spec: {from: [{group: gateway.networking.k8s.io, kind: TCPRoute, namespace: a}], to: [{group: "", kind: Service}]}',
    ],
  ])('has objects of %s %s', (apiVersion, kind, rest) => {
    const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n${rest}\n`;
    expect([messages(text), keys(text)]).toEqual([[], [`${kind}/default/a`]]);
  });

  it('does not take a kind of another group for ours', () => {
    const { ignored, objects } = loadManifestFile(
      'f.yaml',
      'apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec: {}\n',
    );
    expect([ignored.length, objects.size]).toEqual([1, 0]);
  });
});

describe('a problem in a manifest file', () => {
  it('says where the YAML is wrong', () => {
    expect(messages('a: b\n  c: d\n')).toEqual([
      expect.stringMatching(/^f\.yaml:\d:\d+: not valid YAML: .*; correct the syntax at this place$/),
    ]);
  });

  it('says the line and column of the field, its path, and what was expected', () => {
    const text = `${service('a')}---
apiVersion: v1
kind: Service
metadata:
  name: b
spec:
  ports:
    - name: web
      port: 80
    - name: dns
      port: 70000
`;
    expect(messages(text)).toEqual([
      'f.yaml:18:13: Service default/b: spec.ports[1].port: expected an integer from 1 to 65535, got 70000',
    ]);
  });

  it('points at the name of the field that lacks another', () => {
    const [problem] = loadManifestFile(
      'f.yaml',
      'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata:\n  name: g\nspec:\n  listeners:\n    - name: a\n      protocol: TCP\n',
    ).problems;
    expect(problem?.position).toMatchObject({ line: 5, column: 1, endColumn: 5 });
    expect(problem?.code).toBe('ERR_MANIFEST_INVALID');
  });

  it('counts lines inside of a List', () => {
    const text =
      'kind: List\napiVersion: v1\nitems:\n- kind: Service\n  apiVersion: v1\n  metadata:\n    name: 7\n  spec: {}\n';
    const [problem] = loadManifestFile('f.yaml', text).problems;
    expect(problem).toMatchObject({ path: 'metadata.name', position: { line: 7, column: 11 } });
  });

  it.each([
    ['just text', 'expected a Kubernetes object (a mapping), got string "just text"'],
    ['[]', 'expected a Kubernetes object (a mapping), got a list of 0'],
    ['apiVersion: v1', 'kind: expected the name of a kind, got nothing'],
    ['kind: Service', 'apiVersion: expected an API version, got nothing'],
    ['kind: 3', 'kind: expected the name of a kind, got number 3'],
    ['kind: List\napiVersion: v1\nitems: 3', 'items: expected a list of objects, got number 3'],
    [
      'kind: List\napiVersion: v1\nitems: [3]',
      'items[0]: expected a Kubernetes object (a mapping), got number 3',
    ],
  ])('in %j is %j', (text, message) => {
    expect(messages(text)).toEqual([expect.stringContaining(message)]);
  });

  it('names both places of an object that is declared twice', () => {
    expect(messages(`${service('a')}---\n${service('a')}`)).toEqual([
      'f.yaml:9:1: Service default/a: is declared already at f.yaml:1:1; remove one of the two',
    ]);
  });

  it('is none when two objects look the same whose names the server makes up', () => {
    const text = 'apiVersion: v1\nkind: Namespace\nmetadata: {generateName: a-}\n';
    expect(messages(`${text}---\n${text}`)).toEqual([]);
  });

  it.each([
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
        .split('')
        .map((c, i) => `${c}: &${c} [${`*${'abcdefghij'[i]},`.repeat(9)}]`)
        .join('\n')}`,
    ],
    ['an unknown alias', 'a: *nowhere'],
    ['a duplicate key', 'kind: A\nkind: B'],
    ['a control character', '\u0000'],
    ['an unknown tag', 'kind: !!js/function "x"\napiVersion: v1'],
    ['deep nesting', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
    ['a key that is no text', '? [a, b]\n: c\nkind: List\napiVersion: v1\nitems: []'],
    ['a merge key that is no mapping', '<<: 3\nkind: Service\napiVersion: v1'],
    ['an anchor in itself', 'kind: Service\napiVersion: v1\nmetadata: &m {name: a, labels: *m}\nspec: {}'],
    ['a prototype', '__proto__: {kind: Service}\nkind: Service\napiVersion: v1\nmetadata: {name: a}'],
  ])('%s does no harm', (_name, text) => {
    const { objects } = loadManifestFile('f.yaml', text);
    expect(objects.size).toBe(0);
  });
});

describe('YAML as Kubernetes reads it', () => {
  const value = (text: string): unknown => {
    const namespace = `apiVersion: v1\nkind: Namespace\nmetadata: {name: a, generation: ${text}}\n`;
    const { objects, problems } = loadManifestFile('f.yaml', namespace);
    return problems[0]?.reason ?? objects.get('Namespace//a')?.object.metadata.generation;
  };

  it.each([
    ['010', 8],
    ['0o10', 8],
    ['0x10', 16],
    ['0b101', 5],
    ['1_000', 1000],
    ['12', 12],
  ])('takes %s for the number %i', (text, number) => {
    expect(value(text)).toBe(number);
  });

  it.each(['yes', 'no', 'on', 'Off', 'y', 'N', 'true'])('takes %s for a boolean', (text) => {
    expect(value(text)).toMatch(/got (true|false)$/);
  });

  it('says that text must be written in quotes where YAML takes it for something else', () => {
    const text = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels:\n    debug: on\n';
    expect(messages(text)).toEqual([
      expect.stringMatching(
        /^f\.yaml:6:12: Namespace a: metadata\.labels\.debug: .*; YAML reads on as a boolean: write it in quotes, "on"$/,
      ),
    ]);
  });
});

describe('an object that means to be of Gateway API', () => {
  const strict = (text: string): (string | undefined)[] =>
    loadManifestFile('f.yaml', text, { strictKinds: true }).problems.map(
      ({ rule, position }) => `${rule} at ${position.line}:${position.column}`,
    );
  const object = (apiVersion: string, kind: string): string =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`;

  it.each([
    ['gateway.networking.k8s.io/v1', 'TcpRoute', 'unknown-kind at 2:7'],
    ['v1', 'TCPRoute', 'unknown-version at 1:13'],
    ['networking.k8s.io/v1', 'Gateway', 'unknown-version at 1:13'],
    ['gateway.network.k8s.io/v1', 'Gateway', 'unknown-version at 1:13'],
    ['blixt.dev/v1alpha1', 'BlixtParameter', 'unknown-kind at 2:7'],
  ])(
    'and has apiVersion %s, kind %s is wrong when kinds are strict, else ignored',
    (version, kind, problem) => {
      expect(strict(object(version, kind))).toEqual([problem]);
      expect(messages(object(version, kind))).toEqual([]);
    },
  );

  it.each([
    ['networking.istio.io/v1', 'Gateway'],
    ['gateway.networking.x-k8s.io/v1alpha1', 'XListenerSet'],
    ['apps/v1', 'Deployment'],
  ])('is not one of apiVersion %s, kind %s', (version, kind) => {
    expect(strict(object(version, kind))).toEqual([]);
  });
});
