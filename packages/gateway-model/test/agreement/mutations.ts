/** Changes to an object that its schema tells. Each works in place, on an object that nobody else has. */
import type { Choose } from './choose.ts';
import { childSchemas, type Schema } from './crds.ts';
import { isObject, type JsonObject, type Steps, setAt, valueAt } from './json.ts';
import type { Values } from './values.ts';

/** A value of an object, and what its schema says. */
export interface Node {
  readonly steps: Steps;
  readonly schema: Schema;
}

/** Every value of these fields of an object that the schema knows. */
export function nodesOf(object: JsonObject, schema: Schema, fields: readonly string[]): Node[] {
  const nodes: Node[] = [];
  const walk = (value: unknown, at: Schema, steps: Steps): void => {
    nodes.push({ steps, schema: at });
    if (Array.isArray(value) && at.items !== undefined) {
      const { items } = at;
      for (const [index, item] of value.entries()) walk(item, items, [...steps, index]);
    } else if (isObject(value)) {
      for (const [field, child] of Object.entries(value)) {
        const { additionalProperties } = at;
        const known = Object.hasOwn(at.properties ?? {}, field) ? at.properties?.[field] : undefined;
        const next = known ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
        if (next !== undefined) walk(child, next, [...steps, field]);
      }
    }
  };
  for (const field of fields) {
    const child = schema.properties?.[field];
    if (child !== undefined && object[field] !== undefined) walk(object[field], child, [field]);
  }
  return nodes;
}

/** What `type` says when a field is the one that is set: `RequestMirror` for `requestMirror`. */
const memberOf = ({ properties = {} }: Schema, field: string): unknown =>
  properties.type?.enum?.find(
    (member) => typeof member === 'string' && member.toLowerCase() === field.toLowerCase(),
  );

/**
 * Makes sure that there is a value at a schema path, and returns the steps to one.
 *
 * @param presence - how likely each optional field of what is made on the way is there.
 */
export function grow(
  object: JsonObject,
  schema: Schema,
  path: string,
  values: Values,
  choose: Choose,
  presence: number,
): Steps {
  const steps: (string | number)[] = [];
  let at = schema;
  for (const name of path.match(/\[\]|\{\}|[^.[\]{}]+/g) ?? []) {
    const parent = valueAt(object, steps);
    const next = childSchemas(at).find(([step]) => step === name)?.[1] ?? {};
    if (name === '[]') steps.push(Array.isArray(parent) ? choose.index(parent.length) : 0);
    else if (name === '{}') steps.push(isObject(parent) ? (Object.keys(parent)[0] ?? 'a') : 'a');
    else steps.push(name);
    const found = valueAt(object, steps);
    const usable =
      next.type === 'array' ? Array.isArray(found) : next.type === 'object' ? isObject(found) : found;
    if (usable === undefined || usable === false)
      setAt(object, steps, values.fitting(next, choose, presence));
    const member = memberOf(at, name);
    if (member !== undefined)
      setAt(object, steps.slice(0, -1), { type: member, [name]: valueAt(object, steps) });
    at = next;
  }
  return steps;
}

type Mutation = (object: JsonObject, node: Node, values: Values, choose: Choose) => string;

const mutations: readonly Mutation[] = [
  (object, { steps, schema }, values, choose) => {
    setAt(object, steps, values.hostile(schema, choose));
    return 'hostile value';
  },
  (object, { steps, schema }, values, choose) => {
    setAt(object, steps, values.hostile(schema, choose));
    return 'hostile value';
  },
  (object, { steps, schema }, values, choose) => {
    setAt(object, steps, values.fitting(schema, choose));
    return 'other value';
  },
  (object, { steps }) => {
    setAt(object, steps, undefined);
    return 'removed';
  },
  (object, { steps }, _, choose) => {
    setAt(object, steps, choose.chance(0.7) ? null : [null]);
    return 'null';
  },
  (object, { steps, schema }, values, choose) => {
    const value = valueAt(object, steps);
    const missing = Object.entries(schema.properties ?? {}).filter(
      ([field]) => isObject(value) && value[field] === undefined,
    );
    if (missing.length === 0) return 'nothing';
    const [field, child] = choose.pick(missing);
    const fits = choose.chance(0.7);
    setAt(object, [...steps, field], fits ? values.fitting(child, choose) : values.hostile(child, choose));
    return `field ${field} added`;
  },
  (object, { steps }, _, choose) => {
    const value = valueAt(object, steps);
    if (Array.isArray(value) && value.length > 0) {
      value.splice(
        choose.index(value.length + 1),
        0,
        structuredClone(choose.pick(value.map((item) => [item]))[0]),
      );
      return 'item repeated';
    }
    if (!isObject(value)) return 'nothing';
    const known = Object.keys(value)[0] ?? 'name';
    const field = choose.pick([
      `${known}s`,
      known.toUpperCase(),
      known.slice(1),
      'unknown',
      'spec',
      'metadata',
      '',
    ]);
    value[field] = choose.pick<unknown>(['x', 1, null, {}, []]);
    return `unknown field ${field}`;
  },
];

/** Changes one value somewhere in these fields. Returns what was done, for people. */
export function mutate(
  object: JsonObject,
  schema: Schema,
  fields: readonly string[],
  values: Values,
  choose: Choose,
): string {
  const nodes = nodesOf(object, schema, fields);
  if (nodes.length === 0) return 'nothing';
  const node = choose.pick(nodes);
  const done = choose.pick(mutations)(object, node, values, choose);
  return `${node.steps.join('.')}: ${done}`;
}
