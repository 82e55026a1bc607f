/** Every rule of the CRDs, compiled and evaluated by a CEL library, on values of its schema. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CrdSchema, readCrds } from '../crds.ts';
import { pinnedRelease } from '../release.ts';
import { evaluate } from './evaluate.ts';
import { libraryProgram } from './library.ts';
import { isPresent, type Presence } from './types.ts';

interface FoundRule {
  readonly rule: string;
  readonly schema: CrdSchema;
  readonly where: string;
}

function rulesOf(schema: CrdSchema, where: string): FoundRule[] {
  const own = (schema['x-kubernetes-validations'] as { rule: string }[] | undefined) ?? [];
  const { properties = {}, items, additionalProperties } = schema;
  return [
    ...own.map(({ rule }) => ({ rule, schema, where })),
    ...Object.entries(properties).flatMap(([name, child]) => rulesOf(child, `${where}.${name}`)),
    ...(items ? rulesOf(items, `${where}[]`) : []),
    ...(typeof additionalProperties === 'object' ? rulesOf(additionalProperties, `${where}{}`) : []),
  ];
}

const all = readCrds(pinnedRelease()).flatMap(({ kind, schema }) => rulesOf(schema, kind));
/** Those that differ: kinds share types, and so rules. */
const rules = [...new Map(all.map((found) => [found.rule, found])).values()];

/** Texts that decide something: those that the rule itself has, and some that are odd. */
function textsOf(rule: string): string[] {
  const literals = [...rule.matchAll(/'([^'\\]*)'|(?<!r""|")"([^"\\]*)"/g)].map(
    ([, a = '', b = '']) => a || b,
  );
  const odd = [
    '',
    'a',
    'b',
    'A.b',
    'a-',
    '*.a.b',
    'a.*',
    '/a',
    '/a//b',
    '/a/../b',
    '/%2f',
    '10.0.0.1',
    '::1',
    '1h',
    '5s',
  ];
  return [...new Set([...literals, ...odd, 'x.y/z', '😀', 'nope nope'])];
}

const names = (rule: string): Set<string> =>
  new Set(rule.match(/\w+/g)?.map((word) => word.replaceAll('__', '')));

/** Values of the schema; fields that the rule does not name are left out, the others often. */
function valuesOf(
  schema: CrdSchema,
  texts: readonly string[],
  named: ReadonlySet<string>,
  presence: Presence,
): fc.Arbitrary<unknown> {
  const { properties, items, additionalProperties } = schema;
  switch (schema.type) {
    case 'string':
      return fc.constantFrom(...texts, ...((schema.enum as string[] | undefined) ?? []));
    case 'integer':
      return fc.constantFrom(0, 1, 2, 80, 443);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(valuesOf(items ?? {}, texts, named, presence), { maxLength: 4 });
    case 'object': {
      if (typeof additionalProperties === 'object')
        return fc.dictionary(
          fc.constantFrom(...texts),
          valuesOf(additionalProperties, texts, named, presence),
          {
            maxKeys: 3,
          },
        );
      const fields = Object.entries(properties ?? {}).filter(([name]) => named.has(name));
      return fc.record(
        Object.fromEntries(fields.map(([name, child]) => [name, valuesOf(child, texts, named, presence)])),
        { requiredKeys: fields.flatMap(([name]) => (isPresent(schema, name, presence) ? [name] : [])) },
      );
    }
    default:
      return fc.constant(undefined);
  }
}

const outcome = (evaluation: () => boolean): 'true' | 'false' | 'error' => {
  try {
    return evaluation() ? 'true' : 'false';
  } catch {
    return 'error';
  }
};

describe('a compiled rule says what a CEL library says', () => {
  it('there are many rules', () => {
    expect(rules.length).toBeGreaterThan(70);
  });

  const agree = ({ rule, schema }: FoundRule, presence: Presence): void => {
    const values = valuesOf(schema, textsOf(rule), names(rule), presence);
    const program = libraryProgram(rule, schema);
    const seen = new Set<string>();
    fc.assert(
      fc.property(values, values, (self, oldSelf) => {
        const careful = presence === 'defaulted';
        const ours = outcome(() => evaluate(rule, schema, self, { oldSelf, careful }));
        seen.add(ours);
        expect(ours).toBe(outcome(() => program(self, oldSelf)));
      }),
      { numRuns: 100 },
    );
    expect(seen).toContain('true');
  };

  it.each(rules)('$where: $rule', (found) => {
    agree(found, 'required');
  });

  it.each(rules)('where required fields are missing: $where: $rule', (found) => {
    agree(found, 'defaulted');
  });
});
