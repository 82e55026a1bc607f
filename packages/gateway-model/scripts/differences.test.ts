import { describe, expect, it } from 'vitest';
import type { ModuleConstants } from './constants.ts';
import type { Crd, CrdSchema } from './crds.ts';
import { type ApiChange, compareApis } from './differences.ts';
import { formatChanges } from './differences-text.ts';

const noConstants: ModuleConstants = { groups: [], keys: [] };

const crd = (schema: CrdSchema, fields: Partial<Crd> = {}): Crd => ({
  kind: 'Gateway',
  group: 'gateway.networking.k8s.io',
  scope: 'Namespaced',
  versions: ['v1'],
  statusSubresource: true,
  schema,
  schemas: {},
  ...fields,
});

const compareCrds = (before: readonly Crd[], after: readonly Crd[]): ApiChange[] =>
  compareApis(
    { version: 'v1.0.0', crds: before, constants: noConstants },
    { version: 'v1.1.0', crds: after, constants: noConstants },
  );

/** Changes of a schema whose only field is `field`. */
const compareField = (before: CrdSchema, after: CrdSchema): Omit<ApiChange, 'subject'>[] =>
  compareCrds(
    [crd({ type: 'object', properties: { field: before } })],
    [crd({ type: 'object', properties: { field: after } })],
  ).map(({ subject: _subject, ...change }) => change);

describe('kinds', () => {
  it('that are new or gone are told with their versions', () => {
    const route = crd({}, { kind: 'TCPRoute', versions: ['v1', 'v1beta1'] });
    expect(compareCrds([crd({})], [route])).toEqual([
      { subject: 'TCPRoute', path: '', aspect: 'kind', change: 'added', after: ['v1', 'v1beta1'] },
      { subject: 'Gateway', path: '', aspect: 'kind', change: 'removed', before: ['v1'] },
    ]);
  });

  it('may serve a version more or less', () => {
    const before = crd({}, { versions: ['v1', 'v1alpha2'] });
    expect(compareCrds([before], [crd({}, { versions: ['v1', 'v1beta1'] })])).toEqual([
      { subject: 'Gateway', path: '', aspect: 'served version', change: 'removed', before: 'v1alpha2' },
      { subject: 'Gateway', path: '', aspect: 'served version', change: 'added', after: 'v1beta1' },
    ]);
  });

  it('that are the same have no changes, whatever their documentation says', () => {
    const schema = (description: string): CrdSchema => ({
      type: 'object',
      description,
      properties: { list: { type: 'array', items: { type: 'string', description } } },
    });
    expect(compareCrds([crd(schema('before'))], [crd(schema('after'))])).toEqual([]);
  });
});

describe('fields', () => {
  it('that are new or gone are told once, not with all that is below them', () => {
    const tree: CrdSchema = { type: 'object', properties: { below: { type: 'string' } } };
    const before = crd({ type: 'object', required: ['old'], properties: { old: { type: 'string' } } });
    const after = crd({
      type: 'object',
      properties: { young: tree, list: { type: 'array', items: tree } },
    });
    expect(compareCrds([before], [after])).toEqual([
      expect.objectContaining({ path: 'old', change: 'removed', before: { type: 'string', required: true } }),
      expect.objectContaining({ path: 'young', change: 'added', after: { type: 'object', required: false } }),
      expect.objectContaining({
        path: 'list',
        change: 'added',
        after: { type: 'array of object', required: false },
      }),
    ]);
  });

  it.each<[string, CrdSchema, CrdSchema, Partial<ApiChange>]>([
    ['type', { type: 'string' }, { type: 'integer' }, { aspect: 'type', before: 'string', after: 'integer' }],
    ['default', { default: 80 }, { default: 443 }, { aspect: 'default', before: 80, after: 443 }],
    ['a default more', {}, { default: { from: 'Same' } }, { change: 'added', after: { from: 'Same' } }],
    ['values', { enum: ['a'] }, { enum: ['a', 'b'] }, { aspect: 'enum', before: ['a'], after: ['a', 'b'] }],
    ['a limit less', { maxItems: 8 }, {}, { aspect: 'maxItems', change: 'removed', before: 8 }],
    ['limit', { maxLength: 63 }, { maxLength: 253 }, { aspect: 'maxLength', before: 63, after: 253 }],
    ['pattern', { pattern: '^a$' }, { pattern: '^b$' }, { aspect: 'pattern', before: '^a$', after: '^b$' }],
    [
      'list key',
      { 'x-kubernetes-list-map-keys': ['name'] },
      { 'x-kubernetes-list-map-keys': ['name', 'port'] },
      { aspect: 'x-kubernetes-list-map-keys' },
    ],
  ])('may change in %s', (_title, before, after, expected) => {
    expect(compareField(before, after)).toEqual([
      expect.objectContaining({ path: 'field', change: 'changed', ...expected }),
    ]);
  });

  it('may come to be required, or no longer so', () => {
    const schema = (required: string[]): Crd =>
      crd({ type: 'object', required, properties: { a: { type: 'string' }, b: { type: 'string' } } });
    expect(compareCrds([schema(['a'])], [schema(['b'])])).toEqual([
      expect.objectContaining({ path: 'a', aspect: 'required', before: true, after: false }),
      expect.objectContaining({ path: 'b', aspect: 'required', before: false, after: true }),
    ]);
  });

  it('are found in lists and maps', () => {
    const nested = (maxLength: number): CrdSchema => ({
      type: 'array',
      items: { type: 'object', additionalProperties: { type: 'string', maxLength } },
    });
    expect(compareField(nested(1), nested(2))).toEqual([
      { path: 'field[]{}', aspect: 'maxLength', change: 'changed', before: 1, after: 2 },
    ]);
  });
});

describe('CEL rules', () => {
  const rules = (...list: object[]): CrdSchema => ({ type: 'string', 'x-kubernetes-validations': list });
  const rule = (expression: string, message: string): object => ({ rule: expression, message });

  it('may be new or gone', () => {
    expect(
      compareField(rules(rule('a', 'A'), rule('b', 'B')), rules(rule('b', 'B'), rule('c', 'C'))),
    ).toEqual([
      { path: 'field', aspect: 'rule', change: 'added', after: rule('c', 'C') },
      { path: 'field', aspect: 'rule', change: 'removed', before: rule('a', 'A') },
    ]);
  });

  it.each([
    ['expression', rule('a', 'A'), rule('b', 'A')],
    ['message', rule('a', 'A'), rule('a', 'B')],
  ])('may have another %s', (_title, before, after) => {
    expect(compareField(rules(before), rules(after))).toEqual([
      { path: 'field', aspect: 'rule', change: 'changed', before, after },
    ]);
  });

  it('may stand in another order', () => {
    expect(
      compareField(rules(rule('a', 'A'), rule('b', 'B')), rules(rule('b', 'B'), rule('a', 'A'))),
    ).toEqual([]);
  });
});

describe('named values', () => {
  const snapshot = (...values: [value: string, doc?: string][]) => ({
    version: 'v1.0.0',
    crds: [],
    constants: {
      groups: [
        {
          name: 'RouteConditionReason',
          doc: '',
          constants: values.map(([value, doc = '']) => ({ name: `RouteReason${value}`, value, doc })),
        },
      ],
      keys: [],
    },
  });

  it('may be new, gone or deprecated', () => {
    const changes = compareApis(
      snapshot(['Gone'], ['Kept'], ['Old']),
      snapshot(['Kept'], ['Old', 'Of no use.\n\nDeprecated: use Kept.'], ['Young']),
    );
    expect(formatChanges('v1.0.0', 'v1.1.0', changes)).toBe(
      [
        'Gateway API v1.0.0 -> v1.1.0: 3 changes (+ added, - removed, ~ changed)',
        '',
        'RouteConditionReason',
        '  - Gone',
        '  ~ Old -> Old (deprecated)',
        '  + Young',
        '',
      ].join('\n'),
    );
  });
});

describe('the text for people', () => {
  const text = (before: CrdSchema, after: CrdSchema): string =>
    formatChanges('v1.0.0', 'v1.1.0', compareCrds([crd(before)], [crd(after)]));

  it('says so when nothing changed', () => {
    expect(text({}, {})).toBe('Gateway API v1.0.0 -> v1.1.0: no changes\n');
  });

  it('shows what is new and what is gone in a list of values', () => {
    expect(text({ enum: ['a', 'b'] }, { enum: ['b', 'c'] })).toContain('\n  ~ enum +c -a\n');
  });

  it('puts long texts below each other', () => {
    const [from, to] = ['a'.repeat(40), 'b'.repeat(40)];
    expect(text({ pattern: from }, { pattern: to })).toContain(
      `\n  ~ pattern\n      from ${from}\n      to   ${to}\n`,
    );
  });

  it('shows a rule whose expression changed with both', () => {
    const rules = (rule: string): CrdSchema => ({ 'x-kubernetes-validations': [{ rule, message: 'No.' }] });
    expect(text(rules('a'), rules('b'))).toContain('\n  ~ rule "No."\n      was a\n      b\n');
  });

  it('says which fields are required', () => {
    const schema = (required: string[]): CrdSchema => ({ required, properties: { a: { type: 'string' } } });
    expect(text(schema([]), schema(['a']))).toContain('\n  ~ a: is required\n');
    expect(text({}, schema(['a']))).toContain('\n  + a: string, required\n');
  });
});
