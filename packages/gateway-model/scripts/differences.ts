/** Finds what changed between two releases: kinds, versions, fields, rules, named values. */
import type { ModuleConstants } from './constants.ts';
import type { Crd, CrdSchema } from './crds.ts';

/** What of an API is compared. */
export interface ApiSnapshot {
  /** `v1.7.0` */
  readonly version: string;
  readonly crds: readonly Crd[];
  readonly constants: ModuleConstants;
}

/** One change. */
export interface ApiChange {
  /** A kind, or the type of named values: `Gateway`, `GatewayConditionReason`. */
  readonly subject: string;
  /** Path of the field, or name of the value: `spec.listeners[].port`, `ListenersNotValid`; '' is the subject. */
  readonly path: string;
  /**
   * What of it: `kind`, `served version`, `field`, `rule`, `named value`, or a keyword of the field's schema:
   * `type`, `required`, `default`, `enum`, `maxLength`, `pattern`, ...
   */
  readonly aspect: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** What was there; absent when `change` is `added`. */
  readonly before?: unknown;
  /** What is there; absent when `change` is `removed`. */
  readonly after?: unknown;
}

/** A CEL rule of a CRD (`x-kubernetes-validations`). */
interface Rule {
  readonly rule: string;
  readonly [field: string]: unknown;
}

/** Keywords that say nothing on values, or that are compared in a way of their own. */
const notCompared = new Set(['description', 'properties', 'items', 'required', 'x-kubernetes-validations']);

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

class Comparison {
  readonly changes: ApiChange[] = [];
  readonly #subject: string;

  constructor(subject: string) {
    this.#subject = subject;
  }

  /** Notes a change, if there is one; undefined stands for what is not there. */
  note(path: string, aspect: string, before: unknown, after: unknown): void {
    if (same(before, after)) return;
    this.changes.push({
      subject: this.#subject,
      path,
      aspect,
      change: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    });
  }

  /** Compares two nodes and what is below them. */
  schemas(path: string, before: CrdSchema, after: CrdSchema): void {
    for (const keyword of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (notCompared.has(keyword)) continue;
      if (keyword === 'additionalProperties' && isSchema(before[keyword]) && isSchema(after[keyword]))
        continue;
      this.note(path, keyword, before[keyword], after[keyword]);
    }
    this.#rules(path, before, after);
    this.#fields(path, before, after);
    if (before.items && after.items) this.schemas(`${path}[]`, before.items, after.items);
    else this.note(path, 'items', before.items, after.items);
    if (isSchema(before.additionalProperties) && isSchema(after.additionalProperties)) {
      this.schemas(`${path}{}`, before.additionalProperties, after.additionalProperties);
    }
  }

  #fields(path: string, before: CrdSchema, after: CrdSchema): void {
    const [old = {}, young = {}] = [before.properties, after.properties];
    for (const name of new Set([...Object.keys(old), ...Object.keys(young)])) {
      const field = path ? `${path}.${name}` : name;
      const [wasRequired, isRequired] = [isRequiredIn(before, name), isRequiredIn(after, name)];
      const [was, is] = [old[name], young[name]];
      if (was && is) {
        this.note(field, 'required', wasRequired, isRequired);
        this.schemas(field, was, is);
      } else {
        this.note(field, 'field', was && summary(was, wasRequired), is && summary(is, isRequired));
      }
    }
  }

  /** A rule is known by its expression, or, where that changed, by its message. */
  #rules(path: string, before: CrdSchema, after: CrdSchema): void {
    const gone = rulesOf(before).filter((old) => !rulesOf(after).some((rule) => same(rule, old)));
    const added = rulesOf(after).filter((rule) => !rulesOf(before).some((old) => same(rule, old)));
    for (const rule of added) {
      const index = gone.findIndex((old) => old.rule === rule.rule || same(old.message, rule.message));
      const [old] = index < 0 ? [] : gone.splice(index, 1);
      this.note(path, 'rule', old, rule);
    }
    for (const old of gone) this.note(path, 'rule', old, undefined);
  }
}

const isSchema = (value: unknown): value is CrdSchema => typeof value === 'object' && value !== null;

const isRequiredIn = (schema: CrdSchema, name: string): boolean => schema.required?.includes(name) ?? false;

const rulesOf = (schema: CrdSchema): readonly Rule[] =>
  (schema['x-kubernetes-validations'] as readonly Rule[] | undefined) ?? [];

/** A field that is added or removed is told by its type; what is below it comes with it. */
function summary(schema: CrdSchema, required: boolean): { type: string; required: boolean } {
  const item =
    schema.items ?? (isSchema(schema.additionalProperties) ? schema.additionalProperties : undefined);
  return { type: item ? `${schema.type} of ${item.type}` : `${schema.type}`, required };
}

function compareKinds(before: readonly Crd[], after: readonly Crd[]): ApiChange[] {
  const kinds = new Set([...after, ...before].map(({ kind }) => kind));
  return [...kinds].flatMap((kind) => {
    const old = before.find((crd) => crd.kind === kind);
    const young = after.find((crd) => crd.kind === kind);
    const comparison = new Comparison(kind);
    if (!old || !young) {
      comparison.note('', 'kind', old?.versions, young?.versions);
      return comparison.changes;
    }
    comparison.note('', 'scope', old.scope, young.scope);
    for (const version of new Set([...old.versions, ...young.versions])) {
      const [was, is] = [old, young].map(({ versions }) =>
        versions.includes(version) ? version : undefined,
      );
      comparison.note('', 'served version', was, is);
    }
    comparison.schemas('', old.schema, young.schema);
    return comparison.changes;
  });
}

/** Type -> name -> value, and whether it is deprecated. */
function namedValues({ groups, keys }: ModuleConstants): Map<string, Map<string, string>> {
  const describe = ({ value, doc }: { value: string; doc: string }): string =>
    /^Deprecated: /m.test(doc) ? `${value} (deprecated)` : value;
  return new Map([
    ...groups.map(
      ({ name, constants }) => [name, new Map(constants.map((it) => [it.value, describe(it)]))] as const,
    ),
    ['well-known keys', new Map(keys.map((it) => [it.name, describe(it)]))] as const,
  ]);
}

function compareConstants(before: ModuleConstants, after: ModuleConstants): ApiChange[] {
  const [old, young] = [namedValues(before), namedValues(after)];
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((type) => {
    const comparison = new Comparison(type);
    const [was, is] = [old.get(type), young.get(type)];
    for (const name of new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])) {
      comparison.note(name, 'named value', was?.get(name), is?.get(name));
    }
    return comparison.changes;
  });
}

/** What has to be changed in `before` to have `after`: the kinds first, in their order, then the named values. */
export function compareApis(before: ApiSnapshot, after: ApiSnapshot): ApiChange[] {
  return [...compareKinds(before.crds, after.crds), ...compareConstants(before.constants, after.constants)];
}
