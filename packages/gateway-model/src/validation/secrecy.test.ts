import { describe, expect, it } from 'vitest';
import { validate } from './validate.ts';

const KEY = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ\n-----END PRIVATE KEY-----\n';

const secret = (fields: object): unknown => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'cert', namespace: 'default' },
  type: 'kubernetes.io/tls',
  ...fields,
});

describe('errors of a Secret tell of what type a value is, and not the value', () => {
  it.each<[string, object, string]>([
    ['text in the place of the fields', { data: KEY }, 'data: expected an object with fields, got a text'],
    [
      'a list in the place of a text',
      { data: { 'tls.key': [KEY] } },
      'data["tls.key"]: expected a text, got a list',
    ],
    [
      'fields in the place of a text',
      { stringData: { 'tls.key': { a: KEY } } },
      'stringData["tls.key"]: expected a text, got an object',
    ],
    [
      'a list in the place of the fields',
      { stringData: [KEY] },
      'stringData: expected an object with fields, got a list',
    ],
    [
      'a number in the place of a text',
      { data: { 'tls.key': 12345678 } },
      'data["tls.key"]: expected a text, got a number',
    ],
  ])('%s', (_name, fields, expected) => {
    const errors = validate(secret(fields));
    expect(errors.map(({ message }) => message)).toEqual([expected]);
    expect(JSON.stringify(errors)).not.toMatch(/MC4C|12345678/);
  });

  it('an annotation that holds the object', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': [KEY] };
    const errors = validate(secret({ metadata: { name: 'cert', namespace: 'default', annotations } }));
    expect(errors).toHaveLength(1);
    expect(JSON.stringify(errors)).not.toContain('MC4C');
  });

  it('but names and labels are shown', () => {
    const [error] = validate(secret({ metadata: { name: 'Not A Name', namespace: 'default' } }));
    expect(error?.message).toContain('"Not A Name"');
    expect(error?.value).toBe('Not A Name');
  });

  it('and values of other kinds are', () => {
    const [error] = validate({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a', namespace: 'b' },
      spec: 'text',
    });
    expect(error?.message).toContain('"text"');
  });
});
