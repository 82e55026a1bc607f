/** The objects that model and API server must agree on. */
import { type Choose, sample } from './choose.ts';
import { type Rule, rulesOf, type ServedKind } from './crds.ts';
import type { Sample } from './examples.ts';
import { fieldsOf, isObject, type JsonObject, setAt } from './json.ts';
import { mutateMetadata } from './metadata-mutations.ts';
import { grow, mutate } from './mutations.ts';
import { ruleCases } from './rule-cases.ts';
import type { Values } from './values.ts';

/** So many objects are made about each rule by chance. */
const BY_CHANCE = 8;

/** What a corpus is made of. */
export interface Ingredients {
  readonly kinds: readonly ServedKind[];
  readonly examples: readonly Sample[];
  readonly values: Values;
}

/** An example of a kind, in whatever version, as one of this version; else the smallest object there can be. */
function base(
  { examples, values }: Pick<Ingredients, 'examples' | 'values'>,
  served: ServedKind,
  choose: Choose,
): Sample {
  const same = examples.filter(({ served: { kind } }) => kind === served.kind);
  if (same.length > 0 && choose.chance(0.85)) {
    const { object, origin } = choose.pick(same);
    return { served, object: { ...structuredClone(object), apiVersion: served.apiVersion }, origin };
  }
  const spec = values.fitting(fieldsOf(served.schema, 'properties').spec ?? {}, choose);
  const metadata: JsonObject = { name: 'generated', ...(served.namespaced && { namespace: 'default' }) };
  return {
    served,
    object: { apiVersion: served.apiVersion, kind: served.kind, metadata, spec },
    origin: 'schema',
  };
}

/** A rule, and what its node is to be; undefined: chance decides. */
interface RuleTarget {
  readonly rule: Rule;
  readonly value: unknown;
}

/** So many objects get each value that is known for a rule: in some, another rule objects to it. */
const OBJECTS_A_VALUE = 3;

/** Each rule with the values that are known for it, and some that chance makes. */
function targetsOf(rule: Rule): RuleTarget[] {
  const known = Array.from({ length: OBJECTS_A_VALUE }, () => ruleCases(rule.message)).flat();
  return [...known, ...Array.from({ length: BY_CHANCE })].map((value) => ({ rule, value }));
}

/** An object in which a rule's node was changed, and nothing else. */
function aboutRule(ingredients: Ingredients, { rule, value }: RuleTarget, choose: Choose): Sample {
  const { served, path } = rule;
  const { values, examples } = ingredients;
  // What is known to break a rule, or not to, goes into an object that is valid but for this.
  const known = value !== undefined;
  const valid = examples.filter(({ origin }) => !origin.startsWith('hack/invalid'));
  const { object, origin } = base(known ? { values, examples: valid } : ingredients, served, choose);
  if (!isObject(object.spec)) object.spec = {};
  const steps = grow(object, served.schema, path, values, choose, known ? 0 : 0.15);
  const presence = choose.pick([0.2, 0.5, 0.8]);
  if (known) setAt(object, steps, structuredClone(value));
  else if (choose.chance(0.85)) setAt(object, steps, values.fitting(nodeSchema(rule), choose, presence));
  return { served, object, origin: `${origin}, ${path} anew` };
}

/** The schema of the node that a rule is about. */
function nodeSchema({ served, path }: Rule): ServedKind['schema'] {
  let at = served.schema;
  for (const name of path.match(/\[\]|\{\}|[^.[\]{}]+/g) ?? []) {
    const { additionalProperties } = at;
    if (name === '[]') at = at.items ?? {};
    else if (name === '{}') at = typeof additionalProperties === 'object' ? additionalProperties : {};
    else at = at.properties?.[name] ?? {};
  }
  return at;
}

/** An example with one change or a few. */
function mutated(ingredients: Ingredients, served: ServedKind, choose: Choose): Sample {
  const { object, origin } = base(ingredients, served, choose);
  const done: string[] = [];
  for (let changes = choose.pick([1, 1, 1, 1, 2, 2, 3, 5]); changes > 0; changes -= 1) {
    done.push(
      choose.chance(0.25) && isObject(object.metadata)
        ? mutateMetadata(object, choose)
        : mutate(object, served.schema, ['spec'], ingredients.values, choose),
    );
  }
  return { served, object, origin: `${origin}; ${done.join('; ')}` };
}

/** Rules on statuses, and rules that compare with an older object: nothing that is created can break them. */
export const onlyOnUpdate = ({ path, rule }: Rule): boolean =>
  path.startsWith('status') || /\boldSelf\b/.test(rule);

/**
 * The whole corpus, no object twice: the examples; objects about each rule; and mutated ones up to about `size`.
 *
 * @param seed - the same seed makes the same corpus.
 */
export function makeCorpus(
  ingredients: Ingredients,
  { seed, size }: { seed: number; size: number },
): Sample[] {
  const { kinds, examples } = ingredients;
  const rules = kinds.flatMap(rulesOf).filter((rule) => !onlyOnUpdate(rule));
  const targets = rules.flatMap(targetsOf);
  const ruled = sample(seed, targets.length, (choose, index) => {
    const target = targets[index];
    if (target === undefined) throw new RangeError(`there is no target ${index}`);
    return aboutRule(ingredients, target, choose);
  });
  const rest = Math.max(size - examples.length - ruled.length, 0);
  const others = sample(seed + 1, rest, (choose) => mutated(ingredients, choose.pick(kinds), choose));
  const seen = new Set<string>();
  return [...examples, ...ruled, ...others].flatMap(({ object, ...sample }): Sample[] => {
    // What is sent is what is validated: JSON, without undefined and without -0.
    const text = JSON.stringify(object);
    if (seen.has(text)) return [];
    seen.add(text);
    return [{ ...sample, object: JSON.parse(text) }];
  });
}
