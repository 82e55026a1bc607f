import { describe, expect, it } from 'vitest';
import type { Crd, CrdSchema } from './crds.ts';
import { generateSchemas } from './schemas.ts';

const release = { module: 'example.com/api', version: 'v1.2.3', channel: 'standard' };

function crd(spec: CrdSchema): Crd {
  return {
    kind: 'Thing',
    group: 'example.com',
    scope: 'Namespaced',
    versions: ['v1'],
    schema: {
      type: 'object',
      properties: { metadata: { type: 'object' }, spec: { type: 'object', properties: { part: spec } } },
    },
    schemas: {},
    statusSubresource: false,
  };
}

const generate = (spec: CrdSchema): string => generateSchemas([crd(spec)], release, '');
const rule = (text: string, more: object = {}): CrdSchema => ({
  type: 'object',
  properties: { port: { type: 'integer' } },
  'x-kubernetes-validations': [{ rule: text, message: 'no', ...more }],
});

describe('the generator fails on what it does not understand', () => {
  it.each<[string, CrdSchema, string]>([
    ['a function', rule('url(self.port)'), 'rule url(self.port): unknown function url, at "url(self.port)"'],
    ['a field', rule('self.ports > 0'), 'rule self.ports > 0: no field ports in the schema'],
    ['a setting of a rule', rule('true', { optionalOldSelf: true }), 'keyword optionalOldSelf is not known'],
    [
      'a message of a rule',
      rule('true', { messageExpression: '"x"' }),
      'keyword messageExpression is not known',
    ],
    ['a keyword', { type: 'string', contentEncoding: 'base64' }, 'keyword contentEncoding is not known'],
    ['a format', { type: 'string', format: 'uuid' }, 'format uuid is not known'],
    ['a pattern', { type: 'string', pattern: '\\bx' }, 'got \\b in \\bx'],
    ['fields of any name', { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, 'is not known'],
    ['a rule in a branch', { type: 'object', oneOf: [rule('true')] }, 'rules within oneOf'],
  ])('%s', (_, spec, expected) => {
    expect(() => generate(spec)).toThrow(expected);
  });

  it('naming the release, the kind and the path', () => {
    expect(() => generate({ type: 'string', format: 'uuid' })).toThrow(
      'example.com/api v1.2.3, Thing.spec.part: format uuid is not known',
    );
  });
});

describe('the generated module', () => {
  it('has rules as functions, with what they are about', () => {
    const text = generate(rule('has(self.port) && self.port > 0'));
    expect(text).toContain('about: ["port"]');
    expect(text).toContain('test: (self: { "port"?: number }) =>');
  });

  it('has a form of rules for where required fields are missing, if that makes a difference', () => {
    const required = { ...rule('self.port > 0'), required: ['port'] };
    expect(generate(required)).toContain('carefulTest: (self: { "port"?: number }) => (cel.field(');
    expect(generate(rule('self.port > 0'))).not.toContain('carefulTest');
  });

  it('has what occurs twice once', () => {
    const text = generate({
      type: 'object',
      properties: { a: rule('self.port > 0'), b: rule('self.port > 0') },
    });
    expect(text.split('self.port > 0')).toHaveLength(2);
  });
});
