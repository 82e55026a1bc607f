/** Changes to what every kind has: apiVersion, kind and metadata. */
import fc from 'fast-check';
import type { Choose } from './choose.ts';
import { fieldsOf, isObject, type JsonObject } from './json.ts';

const names = [
  ...[
    'a',
    'a.b',
    'a-b',
    '0',
    'a'.repeat(63),
    'a'.repeat(253),
    'a'.repeat(254),
    `${'a'.repeat(63)}.${'b'.repeat(64)}`,
  ],
  ...['', 'A', 'a_b', '-a', 'a-', 'a..b', '.a', 'a.', 'a b', 'é', 'a/b', '%', 'a\n', '..'],
];
const keys = [
  ...[
    'app',
    'example.com/app',
    'A_b.c-d',
    'a'.repeat(63),
    'a'.repeat(64),
    `${'a'.repeat(253)}/b`,
    `${'a.'.repeat(126)}a/b`,
  ],
  ...[
    `${'a.'.repeat(127)}a/b`,
    '',
    '/',
    'a/',
    '/a',
    'a/b/c',
    'EXAMPLE.com/a',
    'a b',
    '-a',
    'a-',
    'é',
    'example_com/a',
  ],
  ...['app.kubernetes.io/name', 'a.-b/c', '_a', 'a_'],
];
const labelValues = ['', 'a', 'A_b.c-d', 'a'.repeat(63), 'a'.repeat(64), ' ', '-a', 'a-', 'a/b', 'é', '1'];
const wrong: readonly unknown[] = [null, 1, true, 'x', '', [], {}, 1.5, [null], ['x'], { a: null }, { a: 1 }];
const finalizers = [
  ...[
    'example.com/a',
    'a',
    'orphan',
    'foregroundDeletion',
    'kubernetes',
    '',
    'a/b/c',
    'Example.com/a',
    'example.com/',
  ],
  ...['example.com/A_b', 'example.com/-a', 'é/a', `example.com/${'a'.repeat(64)}`],
];

const owner = (choose: Choose): JsonObject => {
  const reference: JsonObject = {
    apiVersion: choose.pick(['v1', 'apps/v1', '', 'a/b/c', '/v1', 'v1/', 'a/']),
    kind: choose.pick(['Pod', 'Deployment', '', 'Event', 'a b']),
    name: choose.pick(['a', '', 'A', 'a/b']),
    uid: choose.pick(['d9607e19-f88f-11e6-a518-42010a800195', 'x', '']),
  };
  if (choose.chance(0.4)) reference.controller = choose.pick<unknown>([true, true, false, null, 'x']);
  if (choose.chance(0.2)) reference.blockOwnerDeletion = choose.pick<unknown>([true, false, null, 1]);
  if (choose.chance(0.15)) delete reference[choose.pick(['apiVersion', 'kind', 'name', 'uid'])];
  if (choose.chance(0.1)) reference.unknown = 'x';
  return reference;
};

const list = <T>(choose: Choose, make: () => T): T[] =>
  Array.from({ length: choose.pick([0, 1, 1, 2, 3]) }, make);

const map = (choose: Choose, value: () => unknown): JsonObject =>
  Object.fromEntries(list(choose, () => [choose.pick(keys), value()]));

type MetadataMutation = (metadata: JsonObject, choose: Choose) => string;

const mutations: readonly MetadataMutation[] = [
  (metadata, choose) => {
    metadata.name = choose.chance(0.8)
      ? choose.pick(names)
      : choose.draw(fc.string({ maxLength: 6, unit: 'grapheme-ascii' }));
    return 'name';
  },
  (metadata, choose) => {
    metadata.name = choose.pick(wrong);
    return 'name of a wrong type';
  },
  (metadata, choose) => {
    if (choose.chance(0.8)) delete metadata.name;
    metadata.generateName = choose.chance(0.8)
      ? choose.pick([...names, 'a-', 'a'.repeat(248)])
      : choose.pick(wrong);
    return 'generateName';
  },
  (metadata) => {
    delete metadata.name;
    return 'no name';
  },
  (metadata, choose) => {
    metadata.labels = map(choose, () => choose.pick(labelValues));
    return 'labels';
  },
  (metadata, choose) => {
    metadata.annotations = map(choose, () => choose.pick([...labelValues, 'any text\n', 'x'.repeat(1_000)]));
    return 'annotations';
  },
  (metadata, choose) => {
    metadata.annotations = { big: 'x'.repeat(choose.pick([262_000, 262_141, 262_142, 262_144, 262_145])) };
    return 'large annotations';
  },
  (metadata, choose) => {
    const field = choose.pick(['labels', 'annotations', 'finalizers', 'ownerReferences', 'managedFields']);
    metadata[field] = choose.pick(wrong);
    return `${field} of a wrong type`;
  },
  (metadata, choose) => {
    const field = choose.pick(['labels', 'annotations']);
    metadata[field] = { a: choose.pick(wrong) };
    return `${field} with a value of a wrong type`;
  },
  (metadata, choose) => {
    metadata.finalizers = list(choose, () => choose.pick(finalizers));
    return 'finalizers';
  },
  (metadata, choose) => {
    metadata.ownerReferences = list(choose, () => owner(choose));
    return 'ownerReferences';
  },
  (metadata, choose) => {
    metadata[choose.pick(['unknown', 'nameSpace', 'Labels', 'clusterName', 'initializers', ''])] = 'x';
    return 'an unknown field';
  },
  (metadata, choose) => {
    const times = [
      '2026-01-02T03:04:05Z',
      '2026-01-02',
      'x',
      '',
      null,
      1,
      '2026-01-02T03:04:05+02:00',
      '2026-01-02T03:04:05.123Z',
    ];
    metadata[choose.pick(['creationTimestamp', 'deletionTimestamp'])] = choose.pick<unknown>(times);
    return 'a time';
  },
  (metadata, choose) => {
    metadata[choose.pick(['generation', 'deletionGracePeriodSeconds'])] = choose.pick<unknown>([
      0,
      1,
      -1,
      'x',
      1.5,
      null,
    ]);
    return 'a number';
  },
  (metadata, choose) => {
    metadata[choose.pick(['uid', 'selfLink'])] = choose.pick<unknown>([
      '',
      'x',
      'd9607e19-f88f-11e6-a518-42010a800195',
      1,
      null,
    ]);
    return 'a text that the server sets';
  },
  (metadata, choose) => {
    metadata.namespace = choose.pick<unknown>([1, true, [], {}, null]);
    return 'a namespace of a wrong type';
  },
];

/** Changes apiVersion, kind or metadata in place. Returns what was done, for people. */
export function mutateMetadata(object: JsonObject, choose: Choose): string {
  if (choose.chance(0.06)) {
    const field = choose.pick(['apiVersion', 'kind', 'metadata', 'spec', 'extra']);
    if (choose.chance(0.4)) delete object[field];
    else object[field] = choose.pick<unknown>([...wrong, 'gateway.networking.k8s.io/v9', 'Gatway', 'v1']);
    return `${field} of the object`;
  }
  if (!isObject(object.metadata)) object.metadata = fieldsOf(object, 'metadata');
  return `metadata: ${choose.pick(mutations)(fieldsOf(object, 'metadata'), choose)}`;
}
