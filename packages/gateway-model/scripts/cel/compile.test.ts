import { describe, expect, it } from 'vitest';
import type { CrdSchema } from '../crds.ts';
import { CelCompileError } from './compile.ts';
import { evaluate, toRule } from './evaluate.ts';

const text: CrdSchema = { type: 'string' };
const schema: CrdSchema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: text,
    kind: { type: 'string', default: 'Service' },
    port: { type: 'integer' },
    ready: { type: 'boolean' },
    share: { type: 'number' },
    namespace: text,
    'a-b': text,
    hosts: { type: 'array', items: text },
    labels: { type: 'object', additionalProperties: text },
    tls: { type: 'object', properties: { mode: text, certificates: { type: 'array', items: text } } },
    rules: {
      type: 'array',
      items: { type: 'object', required: ['name'], properties: { name: text, port: { type: 'integer' } } },
    },
    either: { 'x-kubernetes-int-or-string': true },
    time: { type: 'string', format: 'date-time' },
  },
};

const is = (expression: string, self: object = {}): boolean | string => {
  try {
    return evaluate(expression, schema, { name: 'n', kind: 'Service', ...self });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const refusal = (expression: string, of: CrdSchema = schema): string => {
  try {
    toRule(expression, of);
    return 'compiled';
  } catch (error) {
    return error instanceof CelCompileError ? error.message : `another error: ${error}`;
  }
};

describe('operators', () => {
  it.each<[string, object, boolean | string]>([
    ["self.name == 'n'", {}, true],
    ["self.name != 'n'", {}, false],
    ['self.port == 80', { port: 80 }, true],
    ['self.port < 80 || self.port >= 443', { port: 443 }, true],
    ['self.share <= 0.5', { share: 0.5 }, true],
    ['self.port + 1 == 81', { port: 80 }, true],
    ['self.port + 1 > 0', { port: 2 ** 63 - 1024 }, true],
    ['self.port + self.port > 0', { port: 2 ** 62 }, 'integer overflow'],
    ["self.name + 'x' == 'nx'", {}, true],
    ["self.name in ['m', 'n']", {}, true],
    ["'a' in self.labels", { labels: { a: '1' } }, true],
    ["'toString' in self.labels", { labels: {} }, false],
    ["self.labels['a'] == '1'", { labels: { a: '1' } }, true],
    ["self.labels['b'] == '1'", { labels: { a: '1' } }, 'no such key: b'],
    ["self.hosts[1] == 'b'", { hosts: ['a', 'b'] }, true],
    ["self.hosts[1] == 'b'", { hosts: ['a'] }, 'index out of bounds: 1'],
    ["self.ready ? self.port == 1 : self.name == 'n'", { ready: false }, true],
    ['!self.ready', { ready: true }, false],
    ["self.__namespace__ == 'x'", { namespace: 'x' }, true],
    ["self.a__dash__b == 'x'", { 'a-b': 'x' }, true],
  ])('%s, of %j, is %s', (expression, self, expected) => {
    expect(is(expression, self)).toBe(expected);
  });
});

describe('fields that are missing', () => {
  it.each<[string, object, boolean | string]>([
    ['has(self.port)', {}, false],
    ['has(self.port)', { port: 0 }, true],
    ["has(self.tls) && self.tls.mode == 'x'", {}, false],
    ["has(self.tls) && self.tls.mode == 'x'", { tls: {} }, 'no such key: mode'],
    ['has(self.tls.mode)', {}, 'no such key: tls'],
    ['self.port == 80', {}, 'no such key: port'],
    ["!has(self.tls) || !has(self.tls.mode) || self.tls.mode == 'x'", { tls: {} }, true],
    ["self.kind == 'Service'", {}, true],
  ])('%s, of %j, is %s', (expression, self, expected) => {
    expect(is(expression, self)).toBe(expected);
  });
});

describe('&& and || decide where one side fails', () => {
  const fails = 'self.port == 1';
  it.each<[string, boolean | string]>([
    [`${fails} && false`, false],
    [`false && ${fails}`, false],
    [`${fails} && true`, 'no such key: port'],
    [`true && ${fails}`, 'no such key: port'],
    [`${fails} || true`, true],
    [`true || ${fails}`, true],
    [`${fails} || false`, 'no such key: port'],
    [`${fails} && self.tls.mode == 'x'`, 'no such key: tls'],
    [`(${fails} || self.name == 'n') && (false || !(${fails}) || true)`, true],
  ])('%s is %s', (expression, expected) => {
    const found = is(expression);
    // Of two errors, either one is the result.
    if (typeof expected === 'string' && typeof found === 'string') expect(found).toMatch(/^no such key/);
    else expect(found).toBe(expected);
  });
});

describe('macros', () => {
  const rules = [{ name: 'a', port: 1 }, { name: 'b' }, { name: 'c', port: 3 }];
  it.each<[string, object, boolean | string]>([
    ["self.hosts.all(h, h != '')", { hosts: [] }, true],
    ["self.hosts.exists(h, h == 'b')", { hosts: ['a', 'b'] }, true],
    ["self.hosts.exists_one(h, h == 'b')", { hosts: ['b', 'b'] }, false],
    ["self.hosts.filter(h, h != 'b').size() == 1", { hosts: ['a', 'b'] }, true],
    ["self.labels.all(key, key == 'a')", { labels: { a: '', b: '' } }, false],
    // all and exists decide where some item fails; exists_one and filter do not.
    ['self.rules.all(r, r.port == 3)', { rules }, false],
    ['self.rules.all(r, r.port > 0)', { rules }, 'no such key: port'],
    ['self.rules.exists(r, r.port == 3)', { rules }, true],
    ['self.rules.exists(r, r.port == 9)', { rules }, 'no such key: port'],
    ['self.rules.exists_one(r, r.port == 3)', { rules }, 'no such key: port'],
    ['self.rules.filter(r, r.port == 3).size() == 1', { rules }, 'no such key: port'],
    ['self.rules.all(r, self.rules.exists_one(s, r.name == s.name))', { rules }, true],
    ['self.rules.all(r, has(r.port) ? r.port > 0 : true)', { rules }, true],
    // A variable of a macro is not that of another with the same name.
    ['has(self.tls) && self.rules.all(tls, tls.name != "")', { rules, tls: {} }, true],
  ])('%s, of %j, is %s', (expression, self, expected) => {
    expect(is(expression, self)).toBe(expected);
  });
});

describe('functions', () => {
  it.each<[string, object, boolean | string]>([
    ['size(self.name) == 1', { name: '😀' }, true],
    ['self.name.size() == 2', { name: 'é' }, false],
    ['size(self.hosts) == 2', { hosts: ['a', 'b'] }, true],
    ['self.labels.size() == 1', { labels: { a: '' } }, true],
    ["self.name.contains('%2f')", { name: 'a%2fb' }, true],
    ["self.name.startsWith('*.') && self.name.endsWith('.a')", { name: '*.b.a' }, true],
    ["self.name.split('/')[0] == 'a'", { name: 'a/b' }, true],
    ["self.name.split('')[1] == '😀'", { name: 'a😀' }, true],
    ["self.name.substring(1) == 'b'", { name: '😀b' }, true],
    ["self.name.substring(0, 1) == 'a'", { name: 'ab' }, true],
    ["self.name.substring(3) == 'b'", { name: 'ab' }, 'index out of range: 3'],
    ["self.name.matches('^[a-z]+$')", { name: 'abc' }, true],
    // Not the whole text must match.
    ["self.name.matches('b')", { name: 'abc' }, true],
    [String.raw`self.name.matches(r"""^\.$""")`, { name: '.' }, true],
    ['isIP(self.name)', { name: '10.0.0.1' }, true],
    ["duration(self.name) > duration('1h')", { name: '61m' }, true],
    ["duration(self.name) == duration('0s')", { name: '0' }, true],
    [
      "duration(self.name) == duration('0s')",
      { name: 'soon' },
      "type conversion error from 'string' to 'google.protobuf.Duration'",
    ],
  ])('%s, of %j, is %s', (expression, self, expected) => {
    expect(is(expression, self)).toBe(expected);
  });
});

describe('what the compiler does not know is refused', () => {
  it.each([
    ['self.nope == 1', 'no field nope in the schema'],
    ['other == 1', 'unknown name other'],
    ['self.name', 'expected a bool, got a string'],
    ['self.name == 1', 'string == int'],
    ['self.hosts == self.hosts', 'list(string) == list(string)'],
    ['self.name < self.name', 'string < string'],
    ["self.port == '80'", 'int == string'],
    ['self.port - 1 == 79', 'unknown operator -'],
    ['self.port == -1', 'unknown operator -_'],
    ['lowerAscii(self.name) == "n"', 'unknown function lowerAscii'],
    ['self.name.lowerAscii() == "n"', 'unknown method lowerAscii'],
    ['self.hosts.map(h, h).size() == 1', 'unknown method map'],
    ['self.hosts.all(h, h)', 'expected a bool, got a string'],
    ['self.name.matches(self.kind)', 'a pattern that is no literal'],
    [String.raw`self.name.matches('\\bx')`, String.raw`got \b in \bx`],
    ['self.either == 1', 'field either has a type that is not known here'],
    ['self.time == self.time', 'field time has a type that is not known here'],
    ['self.name ==', 'Unexpected'],
    ['has(self)', 'has() of no field'],
    ['[] == []', 'an empty list has no type'],
  ])('%s: %s', (expression, expected) => {
    expect(refusal(expression)).toContain(expected);
  });

  it('with the place in the expression', () => {
    expect(refusal("has(self.tls) && self.nope == 'x'")).toBe('no field nope in the schema, at "self.nope"');
  });
});

describe('a required field', () => {
  const rule = "self.name == 'a' || self.kind == 'x'";
  const careful = (self: object): boolean => evaluate(rule, schema, self, { careful: true });

  it('is read without a check, but where it may be missing all the same', () => {
    expect(careful({ name: 'a', kind: 'y' })).toBe(true);
    expect(careful({ kind: 'x' })).toBe(true);
    expect(() => careful({ kind: 'y' })).toThrow('no such key: name');
    expect(evaluate(rule, schema, { kind: 'y' })).toBe(false);
  });
});

describe('rules that compare with the value before', () => {
  it('know it as oldSelf', () => {
    expect(toRule('self == oldSelf', text).usesOldSelf).toBe(true);
    expect(evaluate('self == oldSelf', text, 'a', { oldSelf: 'a' })).toBe(true);
    expect(evaluate('self == oldSelf', text, 'a', { oldSelf: 'b' })).toBe(false);
  });
});

describe('what a rule is about', () => {
  const list: CrdSchema = { type: 'array', items: schema };
  it.each<[string, string | undefined, string | undefined]>([
    ["self.kind == 'Service' ? has(self.port) : true", 'port', 'required'],
    ["!(has(self.port) && self.kind != 'Service')", 'port', 'forbidden'],
    ["!(!has(self.port) && self.kind == 'Service')", 'port', 'required'],
    ["!(self.kind == 'x' && (!has(self.name) || self.name == ''))", 'name', 'required'],
    ["has(self.tls) && has(self.tls.mode) && self.tls.mode != ''", 'tls.mode', 'required'],
    ["!has(self.namespace) || self.namespace == ''", 'namespace', 'forbidden'],
    ["self.name.startsWith('/')", 'name', undefined],
    ["!self.name.contains('//')", 'name', undefined],
    ["self.kind in ['a', 'b'] || self.kind == 'c'", 'kind', undefined],
    ['self.tls.certificates.size() > 0 || self.hosts.size() > 0', undefined, undefined],
    ['self.port < size(self.name)', undefined, undefined],
    ['has(self.port) && has(self.name)', undefined, undefined],
  ])('%s: %s, %s', (expression, about, code) => {
    const rule = toRule(expression, schema);
    expect([rule.about?.join('.'), rule.code]).toEqual([about, code]);
    const each = toRule(`self.all(x, ${expression.replaceAll('self', 'x')})`, list);
    expect([each.about?.join('.'), each.code]).toEqual([about, code]);
  });

  it('tells which items of a list are the same', () => {
    const { item, same } = toRule('self.all(a, self.exists_one(b, a.name == b.name))', list);
    const items = [{ name: 'x' }, { name: 'y' }, { name: 'x' }];
    expect(items.map((value) => item?.(value, items))).toEqual([false, true, false]);
    expect(same?.(items[0], items[2])).toBe(true);
    expect(same?.(items[0], items[1])).toBe(false);
  });
});
