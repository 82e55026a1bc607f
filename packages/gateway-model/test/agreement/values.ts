/** Values for a schema: such as fit, and such as just do not. */
import fc from 'fast-check';
import type { Choose } from './choose.ts';
import { childSchemas, type Schema, type ServedKind } from './crds.ts';
import type { Sample } from './examples.ts';
import { isObject } from './json.ts';

/** Text that many fields may hold, and that rules compare with. */
const COMMON_TEXT = [
  ...['', 'a', 'b', 'Service', 'Gateway', 'Secret', 'ConfigMap', 'gateway.networking.k8s.io', 'default'],
  ...['example.com', '*.example.com', 'a.example.com', '192.0.2.1', '2001:db8::1', '10.0.0.0/8', '*'],
  ...['/', '/a', '/a//b', '/./a', '/../a', '/a/..', '/a/.', '/a%2fb', '/a%2Fb', '/a#b', '/a b', 'a/b'],
  ...['0s', '1s', '10s', '1m30s', '500ms', '1h', 'https://a.example.com', 'spiffe://example.com/a', 'GET'],
];

/** Strings that are written in CEL rules: they tell what rules look for. */
function literalsOf(schema: Schema, found: Set<string>): void {
  for (const { rule } of schema['x-kubernetes-validations'] ?? []) {
    for (const [, single, double] of rule.matchAll(/'([^']{0,40})'|"([^"]{0,40})"/g)) {
      found.add(single ?? double ?? '');
    }
  }
  for (const [, child] of childSchemas(schema)) literalsOf(child, found);
}

function stringsIn(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') found.add(value);
  else if (Array.isArray(value)) for (const item of value) stringsIn(item, found);
  else if (isObject(value)) for (const item of Object.values(value)) stringsIn(item, found);
}

/** Longer texts are not made by the dozen: the API server takes 3 MB. */
const LONG = 1_024;

/** Unicode counts as the API server counts it: in code points. */
const lengthOf = (text: string): number => [...text].length;

/** Makes values for schemas. */
export class Values {
  readonly #dictionary: readonly string[];
  readonly #pools = new Map<string, readonly string[]>();
  readonly #matches = new Map<string, readonly string[]>();

  /** What rules and examples say becomes text that values are made of. */
  constructor(kinds: readonly ServedKind[], examples: readonly Sample[]) {
    const found = new Set(COMMON_TEXT);
    for (const { schema } of kinds) literalsOf(schema, found);
    for (const { object } of examples) stringsIn(object.spec, found);
    this.#dictionary = [...found].filter((text) => text.length <= 80);
  }

  /** Texts that fast-check makes for a pattern: once, as that takes it long. */
  #matching(pattern: string): readonly string[] {
    const known = this.#matches.get(pattern);
    if (known !== undefined) return known;
    const arbitrary = fc.stringMatching(new RegExp(pattern), { size: 'xsmall' });
    const matches = fc.sample(arbitrary, { seed: 1, numRuns: 20 });
    this.#matches.set(pattern, matches);
    return matches;
  }

  /** A few texts that fit; few, so that two of them are often the same. */
  #pool({ pattern = '', minLength = 0, maxLength = Number.POSITIVE_INFINITY }: Schema): readonly string[] {
    const key = `${pattern}\0${minLength}\0${maxLength}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const expression = new RegExp(pattern);
    const fits = (text: string): boolean =>
      expression.test(text) && lengthOf(text) >= minLength && lengthOf(text) <= maxLength;
    const pool = this.#dictionary.filter(fits);
    if (pattern !== '')
      pool.push(
        ...this.#matching(pattern)
          .filter(fits)
          .slice(0, pool.length < 4 ? 8 : 1),
      );
    this.#pools.set(key, pool);
    return pool;
  }

  #fittingText(schema: Schema, choose: Choose): string {
    const { minLength = 0, maxLength = 64, pattern } = schema;
    const pool = this.#pool(schema);
    if (pool.length > 0 && choose.chance(0.9)) return choose.pick(pool);
    if (pattern !== undefined) return choose.pick(this.#matching(pattern));
    // As long as it may be, in letters or in code points of two UTF-16 units.
    return choose
      .pick(['x', '😀', 'é'])
      .repeat(choose.pick([Math.max(minLength, 1), maxLength > LONG ? 64 : maxLength]));
  }

  #fittingNumber({ minimum, maximum, type }: Schema, choose: Choose): number {
    const low = minimum ?? 0;
    const high = maximum ?? 65_535;
    const candidates = [low, low + 1, high, 80, 443, 301, 302, 200].filter((n) => n >= low && n <= high);
    if (type === 'number' && choose.chance(0.2)) return low + 0.5;
    return choose.pick(candidates);
  }

  /**
   * A value that the schema takes (but maybe not its rules).
   *
   * @param presence - how likely each optional field is there.
   */
  fitting(schema: Schema, choose: Choose, presence = 0.4): unknown {
    if (schema.enum !== undefined) return choose.pick(schema.enum);
    switch (schema.type) {
      case 'string':
        if (schema.format === 'date-time') return '2026-01-02T03:04:05Z';
        return this.#fittingText(schema, choose);
      case 'integer':
      case 'number':
        return this.#fittingNumber(schema, choose);
      case 'boolean':
        return choose.chance(0.5);
      case 'array': {
        const { items = {}, minItems = 0, maxItems = 4 } = schema;
        const length = Math.min(maxItems, Math.max(minItems, choose.pick([0, 1, 1, 2, 2, 3])));
        return Array.from({ length }, () => this.fitting(items, choose, presence * 0.8));
      }
      case 'object':
        return this.#fittingObject(schema, choose, presence);
      default:
        return choose.pick<unknown>(['a', 1]);
    }
  }

  #fittingObject(schema: Schema, choose: Choose, presence: number): unknown {
    const { properties = {}, required = [], additionalProperties } = schema;
    const result: Record<string, unknown> = {};
    // A reference to a Service, which most are, is none without its port.
    const isReference = properties.kind !== undefined && properties.name !== undefined;
    for (const [field, child] of Object.entries(properties)) {
      const likely = isReference && field === 'port' ? 0.8 : presence;
      if (
        required.includes(field) ? child.default === undefined || choose.chance(0.7) : choose.chance(likely)
      )
        result[field] = this.fitting(child, choose, presence * 0.8);
    }
    if (typeof additionalProperties === 'object') {
      for (let count = choose.index(3); count > 0; count -= 1) {
        const key = choose.pick(['a', 'example.com/a', 'A_b.c', 'bad key', `${'a.'.repeat(126)}a/b`, '-a']);
        result[key] = this.fitting(additionalProperties, choose, presence * 0.8);
      }
    }
    return result;
  }

  /** A value that the schema does not take, or just takes: at and beyond its limits. */
  hostile(schema: Schema, choose: Choose): unknown {
    if (choose.chance(0.25)) {
      return choose.pick<unknown>([null, '', 'text', 0, 1.5, true, [], {}, [null], [[]], '80', -1, { a: 1 }]);
    }
    switch (schema.type) {
      case 'string':
        return this.#hostileText(schema, choose);
      case 'integer':
      case 'number':
        return this.#hostileNumber(schema, choose);
      case 'array': {
        const { items = {}, minItems = 0, maxItems = 20 } = schema;
        const length = choose.pick([
          Math.max(minItems - 1, 0),
          minItems,
          Math.min(maxItems, 130),
          Math.min(maxItems + 1, 130),
        ]);
        if (choose.chance(0.5)) {
          const item = this.fitting(items, choose, 0.3);
          return Array.from({ length }, () => structuredClone(item));
        }
        return Array.from({ length }, () => this.fitting(items, choose, 0.2));
      }
      case 'object':
        return this.#hostileObject(schema, choose);
      default:
        return choose.pick<unknown>([null, 'x', 0, [], {}]);
    }
  }

  #hostileText(schema: Schema, choose: Choose): string {
    const { minLength = 0, maxLength = 300 } = schema;
    const letter = choose.pick(['a', 'a', 'é', '😀']);
    const near = (): string => {
      const text = String(this.fitting(schema, choose));
      const at = choose.index(text.length + 1);
      const insert = choose.pick([' ', '.', '-', '_', '/', '*', '\n', 'A', 'é', '%', '#', ':', '@', '..']);
      return text.slice(0, at) + insert + text.slice(at + choose.index(2));
    };
    return choose.pick([
      near,
      near,
      near,
      () => letter.repeat(maxLength),
      () => letter.repeat(maxLength + 1),
      () => letter.repeat(Math.max(minLength - 1, 0)),
      () => String(this.fitting(schema, choose)).toUpperCase(),
      () => ` ${this.fitting(schema, choose)}`,
      () => `${this.fitting(schema, choose)}\n`,
      () => choose.pick(this.#dictionary),
      () => choose.draw(fc.string({ maxLength: 12, unit: 'binary' }).filter((text) => text.isWellFormed())),
    ])();
  }

  #hostileNumber({ minimum = 0, maximum = 2 ** 31 - 1 }: Schema, choose: Choose): number {
    const around = [minimum - 1, minimum, minimum + 0.5, maximum, maximum + 1];
    return choose.pick([...around, 0, -1, 1e3, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 2 ** 62, 2 ** 63, 1e30]);
  }

  #hostileObject(schema: Schema, choose: Choose): unknown {
    const object = this.fitting(schema, choose, 0.2);
    if (!isObject(object)) return object;
    const fields = Object.keys(object);
    const { minProperties = 0, maxProperties, additionalProperties } = schema;
    if (typeof additionalProperties === 'object') {
      const sizes = maxProperties === undefined ? [1] : [maxProperties, maxProperties + 1];
      const size = choose.pick([...sizes, Math.max(minProperties - 1, 0)]);
      const value = this.fitting(additionalProperties, choose);
      return Object.fromEntries(Array.from({ length: size }, (_, index) => [`key-${index}`, value]));
    }
    if (fields.length > 0 && choose.chance(0.6)) delete object[choose.pick(fields)];
    else
      object[choose.pick(['unknown', 'Name', 'kinds', '', 'a.b', 'names'])] = choose.pick<unknown>([
        1,
        'x',
        null,
      ]);
    return object;
  }
}
