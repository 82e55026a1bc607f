/** Updates of stored objects that model and API server must agree on. */
import { type Choose, sample } from './choose.ts';
import type { Rule } from './crds.ts';
import type { Sample } from './examples.ts';
import { fieldsOf, isObject, type JsonObject, setAt } from './json.ts';
import { mutateMetadata } from './metadata-mutations.ts';
import { grow, mutate, nodesOf } from './mutations.ts';
import type { Values } from './values.ts';

/** An update of a stored object. */
export interface Update {
  /** The object that is sent. */
  readonly sample: Sample;
  /** The object that is stored. */
  readonly old: JsonObject;
  readonly subresource: 'status' | undefined;
}

const statusSchema = ({ served }: Sample) => served.schema.properties?.status;

/** A status that may be stored where nothing but types counts. */
export function storableStatus({ served }: Sample, values: Values, choose: Choose): unknown {
  const schema = served.schema.properties?.status;
  return schema === undefined ? undefined : values.fitting(schema, choose, 0.7);
}

/** Values of the node of rules on updates and statuses that break them. */
const BREAKING: Readonly<Record<string, readonly unknown[]>> = {
  'field is immutable': ['example.com/another'],
};

/** An update in which the node of a rule is anew. */
function aboutRule(stored: Sample, rule: Rule, values: Values, choose: Choose): Update {
  const object = structuredClone(stored.object);
  const steps = grow(object, stored.served.schema, rule.path, values, choose, 0);
  const known = BREAKING[rule.message];
  if (known !== undefined) setAt(object, steps, choose.pick(known));
  else {
    // Rules on statuses are few: what matters to them is one hostname.
    setAt(object, steps, {
      type: 'Hostname',
      value: choose.pick(['a_b', '*.*.a', 'a.example.com', '192.0.2.1']),
    });
  }
  return {
    sample: { ...stored, object, origin: `${stored.origin}; ${rule.path} anew` },
    old: stored.object,
    subresource: rule.path.startsWith('status') ? 'status' : undefined,
  };
}

/** What is done to a stored object; returns what, for people. */
const changes: readonly ((object: JsonObject, stored: Sample, values: Values, choose: Choose) => string)[] = [
  () => 'unchanged',
  (object, _, __, choose) => {
    setAt(object, ['metadata', 'labels'], { changed: choose.pick(['yes', 'no']) });
    return 'a label';
  },
  (object, { served }, values, choose) => mutate(object, served.schema, ['spec'], values, choose),
  (object, { served }, values, choose) => {
    const first = mutate(object, served.schema, ['spec'], values, choose);
    return `${first}; ${mutate(object, served.schema, ['spec'], values, choose)}`;
  },
  (object, _, __, choose) => mutateMetadata(object, choose),
  (object, { served }, values, choose) => {
    // One value of its own kind, elsewhere in the object nothing: what was wrong before stays as it is.
    const nodes = nodesOf(object, served.schema, ['spec']);
    const { steps, schema } = choose.pick(
      nodes.length > 0 ? nodes : [{ steps: ['spec'], schema: served.schema }],
    );
    setAt(object, steps, values.fitting(schema, choose));
    return `${steps.join('.')}: other value`;
  },
];

/** Changes of a status. */
const statusChanges: typeof changes = [
  (object, stored, values, choose) => {
    object.status = values.fitting(statusSchema(stored) ?? {}, choose, 0.7);
    return 'another status';
  },
  (object, { served }, values, choose) =>
    isObject(object.status) ? mutate(object, served.schema, ['status'], values, choose) : 'no status',
  (object, { served }, values, choose) => {
    mutate(object, served.schema, ['spec'], values, choose);
    return 'a spec, which does not count';
  },
];

/**
 * Several updates of each stored object, of the object itself and of its status.
 *
 * @param seed - the same seed makes the same updates of the same objects.
 */
export function makeUpdates(
  stored: readonly Sample[],
  rules: readonly Rule[],
  values: Values,
  { seed, each }: { readonly seed: number; readonly each: number },
): Update[] {
  const updates = sample(seed, stored.length * each, (choose, index): Update[] => {
    const target = stored[index % stored.length];
    if (target === undefined) return [];
    const object = structuredClone(target.object);
    const onStatus = target.served.statusSubresource && choose.chance(0.35);
    const done = choose.pick(onStatus ? statusChanges : changes)(object, target, values, choose);
    const { resourceVersion } = fieldsOf(target.object, 'metadata');
    // Only with it is an update taken for one; whether it is the newest is no matter of validation.
    if (isObject(object.metadata)) object.metadata.resourceVersion = resourceVersion;
    const sent: Sample = { ...target, object, origin: `${target.origin}; ${done}` };
    return [{ sample: sent, old: target.object, subresource: onStatus ? 'status' : undefined }];
  }).flat();
  const ruled = rules.flatMap((rule) =>
    stored.filter(({ served }) => served === rule.served).map((of) => ({ rule, of })),
  );
  const about = sample(seed + 1, ruled.length, (choose, index): Update[] => {
    const target = ruled[index];
    return target === undefined ? [] : [aboutRule(target.of, target.rule, values, choose)];
  }).flat();
  return [...updates, ...about].map(({ sample, ...update }) => ({
    ...update,
    sample: { ...sample, object: JSON.parse(JSON.stringify(sample.object)) },
  }));
}
