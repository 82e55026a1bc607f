/**
 * For rules that chance seldom meets: values of the rule's node that break it, and values that just do not. What a
 * message says is one rule, wherever it stands.
 */

interface RuleCase {
  readonly breaks: readonly unknown[];
  readonly holds: readonly unknown[];
}

const target = { group: '', kind: 'Service', name: 'a' };
const parentRefs: readonly [string, RuleCase][] = [
  [
    'sectionName must be specified when parentRefs includes 2 or more references to the same parent',
    {
      breaks: [
        [{ name: 'a' }, { name: 'a', sectionName: 'x' }],
        [
          { name: 'a', namespace: 'b', sectionName: 'x' },
          { name: 'a', namespace: 'b' },
        ],
      ],
      holds: [
        [
          { name: 'a', sectionName: 'y' },
          { name: 'a', sectionName: 'x' },
        ],
        [{ name: 'a', namespace: 'b', sectionName: 'x' }, { name: 'a' }],
        [{ name: 'a', kind: 'Service', group: '', sectionName: 'x' }, { name: 'a' }],
      ],
    },
  ],
  [
    'sectionName must be unique when parentRefs includes 2 or more references to the same parent',
    {
      breaks: [
        [{ name: 'a' }, { name: 'a' }],
        [
          { name: 'a', sectionName: 'x' },
          { name: 'a', sectionName: 'x' },
        ],
        [{ name: 'a' }, { name: 'a', kind: 'Gateway', group: 'gateway.networking.k8s.io' }],
      ],
      holds: [
        [{ name: 'a' }, { name: 'b' }],
        [{ name: 'a' }, { name: 'a', namespace: 'default' }],
      ],
    },
  ],
];

const targetRefs: readonly [string, RuleCase][] = [
  [
    'sectionName must be specified when targetRefs includes 2 or more references to the same target',
    {
      breaks: [[target, { ...target, sectionName: 'x' }]],
      holds: [[target, { ...target, name: 'b', sectionName: 'x' }]],
    },
  ],
  [
    'sectionName must be unique when targetRefs includes 2 or more references to the same target',
    {
      breaks: [
        [target, target],
        [
          { ...target, sectionName: 'x' },
          { ...target, sectionName: 'x' },
        ],
      ],
      holds: [
        [
          { ...target, sectionName: 'y' },
          { ...target, sectionName: 'x' },
        ],
      ],
    },
  ],
];

const addresses: readonly [string, RuleCase][] = [
  [
    'IPAddress values must be unique',
    {
      breaks: [[{ value: '192.0.2.1' }, { type: 'IPAddress', value: '192.0.2.1' }]],
      holds: [
        [{ value: '192.0.2.1' }, { value: '192.0.2.2' }],
        [{ type: 'IPAddress' }, { type: 'IPAddress' }],
        [{ value: '192.0.2.1' }, { type: 'example.com/a', value: '192.0.2.1' }],
      ],
    },
  ],
  [
    'Hostname values must be unique',
    {
      breaks: [
        [
          { type: 'Hostname', value: 'a.example.com' },
          { type: 'Hostname', value: 'a.example.com' },
        ],
      ],
      holds: [
        [
          { type: 'Hostname', value: 'a.example.com' },
          { type: 'Hostname', value: 'b.example.com' },
        ],
      ],
    },
  ],
  [
    'Hostname value must be empty or contain only valid characters (matching ^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)',
    {
      breaks: ['a_b', '*.*.a', 'A', 'a..b', 'a\n'].map((value) => ({ type: 'Hostname', value })),
      holds: ['a', '*.a', '1.2'].map((value) => ({ type: 'Hostname', value })),
    },
  ],
];

const perPort = (port: number): unknown => ({
  port,
  tls: { validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'a' }] } },
});

const gateways: readonly [string, RuleCase][] = [
  [
    'Port for TLS configuration must be unique within the Gateway',
    { breaks: [[perPort(443), perPort(443)]], holds: [[perPort(443), perPort(8443)]] },
  ],
];

const listener = (fields: object): object => ({ name: 'a', port: 80, protocol: 'HTTP', ...fields });
const tls = { certificateRefs: [{ name: 'a' }] };

const listeners: readonly [string, RuleCase][] = [
  [
    "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
    {
      breaks: ['HTTP', 'TCP', 'UDP'].map((protocol) => [listener({ protocol, tls })]),
      holds: [[listener({ protocol: 'HTTPS', tls })], [listener({ protocol: 'example.com/a', tls })]],
    },
  ],
  [
    'tls mode must be Terminate for protocol HTTPS',
    {
      breaks: [[listener({ protocol: 'HTTPS', tls: { mode: 'Passthrough' } })]],
      holds: [
        [listener({ protocol: 'HTTPS' })],
        [listener({ protocol: 'HTTPS', tls: { ...tls, mode: 'Terminate' } })],
      ],
    },
  ],
  [
    'tls mode must be set for protocol TLS',
    {
      breaks: [[listener({ protocol: 'TLS' })]],
      holds: [
        [listener({ protocol: 'TLS', tls: { mode: 'Passthrough' } })],
        [listener({ protocol: 'TLS', tls })],
      ],
    },
  ],
  [
    "hostname must not be specified for protocols ['TCP', 'UDP']",
    {
      breaks: ['TCP', 'UDP'].map((protocol) => [listener({ protocol, hostname: 'a.example.com' })]),
      holds: [[listener({ hostname: 'a.example.com' })], [listener({ protocol: 'TCP' })]],
    },
  ],
  [
    'Combination of port, protocol and hostname must be unique for each listener',
    {
      breaks: [
        [listener({}), listener({ name: 'b' })],
        [listener({ hostname: 'a.b' }), listener({ name: 'b', hostname: 'a.b' })],
      ],
      holds: [
        [listener({}), listener({ name: 'b', hostname: 'a.b' })],
        [listener({}), listener({ name: 'b', port: 81 })],
        [listener({ protocol: 'TCP' }), listener({ name: 'b', protocol: 'UDP' })],
      ],
    },
  ],
];

const names: readonly [string, RuleCase][] = [
  [
    'Listener name must be unique within the Gateway',
    {
      breaks: [[listener({}), listener({ port: 81 })]],
      holds: [[listener({}), listener({ name: 'b', port: 81 })]],
    },
  ],
];

const hostnames: readonly [string, RuleCase][] = [
  [
    'Hostnames cannot contain an IP',
    { breaks: [['192.0.2.1'], ['a', '2001:db8::1']], holds: [['192.0.2.1.example.com'], ['1.2.3']] },
  ],
  [
    'Hostnames must be valid based on RFC-1123',
    { breaks: [['a_b'], ['a..b'], ['A.example.com'], ['a.']], holds: [['a-b.example.com']] },
  ],
  [
    'Wildcards on hostnames must be the first label, and the rest of hostname must be valid based on RFC-1123',
    { breaks: [['*'], ['a.*.b'], ['*a.b'], ['*.*.b'], ['*.a_b']], holds: [['*.a.b']] },
  ],
];

const matches = (count: number, index: number): unknown => ({
  matches: Array.from({ length: count }, (_, value) => ({
    headers: [{ name: 'n', value: `${index}-${value}` }],
  })),
});

const rules: readonly [string, RuleCase][] = [
  [
    'While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128',
    {
      breaks: [[matches(64, 0), matches(64, 1), matches(1, 2)]],
      holds: [[matches(64, 0), matches(64, 1)]],
    },
  ],
  [
    'Rule name must be unique within the route',
    {
      breaks: [[{ name: 'a' }, { name: 'a' }]],
      holds: [
        [{ name: 'a' }, { name: 'b' }],
        [{}, {}],
      ],
    },
  ],
];

const fractions: readonly [string, RuleCase][] = [
  [
    'numerator must be less than or equal to denominator',
    {
      breaks: [{ numerator: 101 }, { numerator: 3, denominator: 2 }],
      holds: [{ numerator: 100 }, { numerator: 2, denominator: 2 }, { numerator: 0, denominator: 1 }],
    },
  ],
];

const timeouts: readonly [string, RuleCase][] = [
  [
    'backendRequest timeout cannot be longer than request timeout',
    {
      breaks: [
        { request: '1s', backendRequest: '1001ms' },
        { request: '1m', backendRequest: '1h' },
      ],
      holds: [
        { request: '1s', backendRequest: '1000ms' },
        { request: '0s', backendRequest: '1h' },
        { backendRequest: '1h' },
      ],
    },
  ],
];

const prefixMatch = { path: { type: 'PathPrefix', value: '/a' } };
const exactMatch = { path: { type: 'Exact', value: '/a' } };
const replacePrefix = { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/b' } };
const redirect = { type: 'RequestRedirect', requestRedirect: replacePrefix };
const rewrite = { type: 'URLRewrite', urlRewrite: replacePrefix };
const withPrefix = (message: string, filter: object, inBackend: boolean): [string, RuleCase] => {
  const place = inBackend
    ? { backendRefs: [{ name: 'a', port: 80, filters: [filter] }] }
    : { filters: [filter] };
  return [
    message,
    {
      breaks: [
        { ...place, matches: [exactMatch] },
        { ...place, matches: [prefixMatch, prefixMatch] },
        { ...place, matches: [{ method: 'GET', path: { type: 'RegularExpression', value: '/a' } }] },
      ],
      holds: [{ ...place, matches: [prefixMatch] }, { ...place }],
    },
  ];
};

const prefixes: readonly [string, RuleCase][] = [
  withPrefix(
    'When using RequestRedirect filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified',
    redirect,
    false,
  ),
  withPrefix(
    'When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified',
    rewrite,
    false,
  ),
  withPrefix(
    'Within backendRefs, when using RequestRedirect filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified',
    redirect,
    true,
  ),
  withPrefix(
    'Within backendRefs, When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified',
    rewrite,
    true,
  ),
];

const header = { set: [{ name: 'a', value: 'b' }] };
const filters: Readonly<Record<string, object>> = {
  RequestHeaderModifier: { type: 'RequestHeaderModifier', requestHeaderModifier: header },
  ResponseHeaderModifier: { type: 'ResponseHeaderModifier', responseHeaderModifier: header },
  RequestRedirect: { type: 'RequestRedirect', requestRedirect: { port: 80 } },
  URLRewrite: { type: 'URLRewrite', urlRewrite: { hostname: 'a.example.com' } },
  CORS: { type: 'CORS', cors: { allowMethods: ['GET'] } },
};
const mirror = { type: 'RequestMirror', requestMirror: { backendRef: { name: 'a', port: 80 } } };

const repeated = Object.entries(filters).map(([type, filter]): [string, RuleCase] => [
  `${type} filter cannot be repeated`,
  { breaks: [[filter, mirror, filter]], holds: [[filter, mirror, mirror]] },
]);
const both: readonly [string, RuleCase][] = [
  [
    'May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both',
    { breaks: [[filters.RequestRedirect, filters.URLRewrite]], holds: [[filters.RequestRedirect, mirror]] },
  ],
];

const stars = ['AllowHeaders', 'AllowMethods', 'AllowOrigins'].map((field): [string, RuleCase] => {
  const one = field === 'AllowOrigins' ? 'https://a.example.com' : 'GET';
  const suffix = field === 'AllowOrigins' ? 'origins' : 'methods';
  return [
    `${field} cannot contain '*' alongside other ${suffix}`,
    {
      breaks: [
        ['*', one],
        [one, '*'],
      ],
      holds: [['*'], [one]],
    },
  ];
});

const pathRule = (
  message: string,
  breaks: readonly string[],
  holds: readonly string[],
): [string, RuleCase] => [
  `${message} when type one of ['Exact', 'PathPrefix']`,
  {
    breaks: [
      ...breaks.flatMap((value) => ['Exact', 'PathPrefix'].map((type) => ({ type, value }))),
      ...breaks.map((value) => ({ value })),
    ],
    holds: [
      ...holds.flatMap((value) => ['Exact', 'PathPrefix'].map((type) => ({ type, value }))),
      ...breaks.map((value) => ({ type: 'RegularExpression', value })),
    ],
  },
];

const paths: readonly [string, RuleCase][] = [
  [
    "type must be one of ['Exact', 'PathPrefix', 'RegularExpression']",
    {
      breaks: [
        { type: 'exact', value: '/a' },
        { type: 'Regex', value: '/a' },
      ],
      holds: ['Exact', 'PathPrefix', 'RegularExpression'].map((type) => ({ type, value: '/a' })),
    },
  ],
  pathRule("value must be an absolute path and start with '/'", ['a', 'a/'], ['/a']),
  pathRule("must not contain '//'", ['//', '/a//b'], ['/a/b/']),
  pathRule("must not contain '/./'", ['/./', '/a/./b'], ['/a.b/', '/.a/']),
  pathRule("must not contain '/../'", ['/../', '/a/../b'], ['/..a/b', '/.../']),
  pathRule("must not contain '%2f'", ['/%2f', '/a%2fb'], ['/%2e']),
  pathRule("must not contain '%2F'", ['/%2F', '/a%2Fb'], ['/%2E']),
  pathRule("must not contain '#'", ['/#', '/a#b'], ['/%23']),
  pathRule("must not end with '/..'", ['/..', '/a/..'], ['/a..', '/a/..b']),
  pathRule("must not end with '/.'", ['/.', '/a/.'], ['/a.', '/a/.b']),
];

const cases: ReadonlyMap<string, RuleCase> = new Map([
  ...parentRefs,
  ...targetRefs,
  ...addresses,
  ...gateways,
  ...listeners,
  ...names,
  ...hostnames,
  ...rules,
  ...fractions,
  ...timeouts,
  ...prefixes,
  ...repeated,
  ...both,
  ...stars,
  ...paths,
]);

/** Values for the node of a rule with this message; none for the rules that chance meets often. */
export const ruleCases = (message: string): readonly unknown[] => {
  const found = cases.get(message);
  return found === undefined ? [] : [...found.breaks, ...found.holds];
};

/** The messages that there are values for: each must be that of a rule. */
export const ruleCaseMessages: readonly string[] = [...cases.keys()];
