import { describe, expect, it } from 'vitest';
import { formatPath, type PathSegment, parsePath } from './field-path.ts';
import { type FieldPart, findField } from './manifest-position.ts';
import { parseYaml } from './manifest-yaml.ts';

/** The text that a path leads to. */
function find(text: string, path: string, part: FieldPart = 'value'): string {
  const [document] = parseYaml(text).documents;
  if (document === undefined) return '';
  const { start, end } = findField(document, parsePath(path), part);
  return text.slice(start, end);
}

const listeners = `spec:
  listeners:
    - name: web
      port: 80
    - { name: dns, port: 53 }
`;

describe('the place of a value', () => {
  it('is the scalar', () => {
    expect(find(listeners, 'spec.listeners[0].port')).toBe('80');
    expect(find(listeners, 'spec.listeners[1].name')).toBe('dns');
  });

  it('is the whole of a collection in brackets, and the name of one that has many lines', () => {
    expect(find(listeners, 'spec.listeners[1]')).toBe('{ name: dns, port: 53 }');
    expect(find(listeners, 'spec.listeners')).toBe('listeners');
  });

  it('is the first field of an item that has many lines', () => {
    expect(find(listeners, 'spec.listeners[0]')).toBe('name: web');
  });

  it('is the name of the nearest ancestor of a field that is not there', () => {
    expect(find(listeners, 'spec.listeners[1].tls.mode')).toBe('{ name: dns, port: 53 }');
    expect(find(listeners, 'spec.addresses[0].value')).toBe('spec');
  });

  it('is the first field of the object when nothing of the path is there', () => {
    expect(find('kind: Gateway\nspec: {}\n', 'metadata.name')).toBe('kind: Gateway');
  });

  it('of a key that is no plain word is found as well', () => {
    const text = 'labels:\n  "a.b/c": x\n  1: y\n';
    expect(find(text, 'labels["a.b/c"]')).toBe('x');
    expect(find(text, 'labels["1"]')).toBe('y');
  });

  it('is the last of two with one name, as for the value', () => {
    expect(find('a: 1\na: 2\n', 'a')).toBe('2');
  });
});

describe('the place of a name', () => {
  it('is the key', () => {
    expect(find(listeners, 'spec.listeners[0].port', 'key')).toBe('port');
  });

  it('of what lacks a field is the key that it is in, or the first field of the item', () => {
    expect(find(listeners, 'spec.gatewayClassName', 'parent')).toBe('spec');
    expect(find(listeners, 'spec.listeners[0].protocol', 'parent')).toBe('name: web');
    expect(find('kind: Gateway\nspec: {}\n', 'apiVersion', 'parent')).toBe('kind: Gateway');
  });
});

describe('aliases and merge keys', () => {
  const text = `base: &base
  port: 80
more: &more {protocol: TCP}
one: *base
two:
  <<: *base
  name: web
three:
  <<: [*more, *base]
`;

  it('lead to where the text stands', () => {
    expect(find(text, 'one.port')).toBe('80');
    expect(find(text, 'two.port', 'key')).toBe('port');
    expect(find(text, 'three.protocol')).toBe('TCP');
    expect(find(text, 'three.port')).toBe('80');
  });

  it('are themselves what is pointed at when the whole is meant', () => {
    expect(find(text, 'one')).toBe('*base');
    expect(find(text, 'two.hostname', 'parent')).toBe('two');
  });

  it('that merge themselves come to an end', () => {
    expect(find('a: &a\n  <<: *a\n  b: 1\n', 'a.c')).toBe('a');
  });
});

describe('a field path', () => {
  it.each<[PathSegment[], string]>([
    [['spec', 'listeners', 0, 'port'], 'spec.listeners[0].port'],
    [['metadata', 'labels', 'a.b/c'], 'metadata.labels["a.b/c"]'],
    [['labels', 'a"b\\c'], 'labels["a\\"b\\\\c"]'],
    [[], ''],
  ])('%j is written %s and read back', (path, text) => {
    expect(formatPath(path)).toBe(text);
    expect(parsePath(text)).toEqual(path);
  });
});
