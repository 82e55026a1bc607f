/**
 * Rules across fields (CEL), evaluated as the API server does: on every value that a rule stands at, and on
 * updates with the value before, where it can be found.
 */
import { all, CelError } from './cel.ts';
import { type FieldError, type FieldPath, fieldError, formatPath, formatValue } from './field-error.ts';
import { isObject, ownEntry } from './json.ts';
import { isUnchanged, itemBefore, type Pair, pairField, pairItem } from './ratchet.ts';
import type { Rule, Schema } from './schema.ts';

/** The value with the one before, and the nearest of those that hold it for which that one is known. */
interface Correlation {
  readonly current?: Pair | undefined;
  readonly parent?: Pair | undefined;
}

type Step = string | number;

/** Follows names of fields as far as values are there. */
function read(value: unknown, steps: readonly string[]): unknown {
  let result = value;
  for (const step of steps)
    result = isObject(result) && Object.hasOwn(result, step) ? result[step] : undefined;
  return result;
}

/** One broken item of a rule on each item. */
interface BrokenItem {
  readonly step: Step;
  readonly value: unknown;
  /** The item before that is the same. */
  readonly sameAs?: number;
}

const itemsOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : Object.keys(Object(value));

/** Evaluates a rule. */
function isRight(rule: Rule, value: unknown, before: unknown): boolean {
  if (!rule.item) return rule.test?.(value, before) === true;
  return all(itemsOf(value), (item) => rule.item?.(item, value) === true);
}

/** Evaluates a rule where required fields may be missing. */
function isRightAtAll(rule: Rule, value: unknown, before: unknown): boolean {
  if (rule.carefulTest) return rule.carefulTest(value, before);
  if (rule.carefulItem) return all(itemsOf(value), (item) => rule.carefulItem?.(item, value) === true);
  return isRight(rule, value, before);
}

export class RuleChecker {
  readonly errors: FieldError[] = [];
  readonly #path: Step[] = [];
  readonly #careful: boolean;

  /** `careful`: required fields may be missing, as errors of structure were tolerated. */
  constructor(careful: boolean) {
    this.#careful = careful;
  }

  /** Checks the rules at the value and below; `before` is undefined where there is no value before. */
  check(value: unknown, before: unknown, schema: Schema, correlation: Correlation = {}): void {
    if (!schema.ruled || value === null || value === undefined) return;
    for (const rule of schema.rules ?? []) {
      if (rule.usesOldSelf && (before === undefined || before === null)) continue;
      this.#rule(rule, value, before, correlation);
    }
    if (Array.isArray(value)) this.#list(value, before, schema, correlation);
    else if (isObject(value)) this.#object(value, before, schema, correlation);
  }

  #list(list: readonly unknown[], before: unknown, schema: Schema, { current, parent }: Correlation): void {
    const { items } = schema;
    if (!items?.ruled) return;
    for (let index = 0; index < list.length; index++) {
      const item = list[index];
      this.#path.push(index);
      const correlation = current ? { current: pairItem(current, index), parent: current } : { parent };
      this.check(item, itemBefore(item, before, schema), items, correlation);
      this.#path.pop();
    }
  }

  #object(
    object: Readonly<Record<string, unknown>>,
    before: unknown,
    { properties, additionalProperties }: Schema,
    { current, parent }: Correlation,
  ): void {
    const names = additionalProperties?.ruled ? Object.keys(object) : Object.keys(properties ?? {});
    for (const name of names) {
      const field = ownEntry(properties, name) ?? additionalProperties;
      if (!field?.ruled || !Object.hasOwn(object, name)) continue;
      this.#path.push(name);
      const correlation = current ? { current: pairField(current, name), parent: current } : { parent };
      this.check(object[name], read(before, [name]), field, correlation);
      this.#path.pop();
    }
  }

  #rule(rule: Rule, value: unknown, before: unknown, { current, parent }: Correlation): void {
    const tolerated = (): boolean => !rule.usesOldSelf && isUnchanged(current ?? parent);
    try {
      const right = this.#careful ? isRightAtAll(rule, value, before) : isRight(rule, value, before);
      if (!right && !tolerated()) this.#broken(rule, value, before);
    } catch (error) {
      // Errors of evaluation are not tolerated on updates, but also come where values have no fitting type.
      this.#add(
        rule,
        this.#path,
        value,
        error instanceof CelError ? error.message : `the rule cannot be evaluated: ${error}`,
      );
    }
  }

  #broken(rule: Rule, value: unknown, before: unknown): void {
    if (!rule.item) {
      this.#tell(rule, this.#path, value, rule.usesOldSelf ? `it was ${formatValue(before)}` : '');
      return;
    }
    const broken = this.#brokenItems(rule, value);
    // Where some of the items lack the field that others have, they are the odd ones.
    const { about } = rule;
    const lacking = about ? broken.filter((item) => read(item.value, about) === undefined) : [];
    const told = lacking.length > 0 ? lacking : broken;
    for (const { step, value: item, sameAs } of told) {
      if (sameAs === undefined) this.#tell(rule, [...this.#path, step], item);
      else
        this.errors.push({
          ...this.#error(rule, [...this.#path, step], item, `the same as item ${sameAs}`),
          code: 'duplicate',
        });
    }
  }

  /** Of items that are the same, all but the first. */
  #brokenItems({ item: test, same }: Rule, value: unknown): readonly BrokenItem[] {
    if (!Array.isArray(value))
      return Object.entries(Object(value)).flatMap(([key, item]) =>
        test?.(key, value) ? [] : [{ step: key, value: item }],
      );
    const list: readonly unknown[] = value;
    const broken = [...list.keys()].filter((index) => !test?.(list[index], value));
    return broken.flatMap((index) => {
      const item = list[index];
      if (!same) return [{ step: index, value: item }];
      const twins = broken.filter((other) => other !== index && same(item, list[other]));
      const [first] = twins;
      if (first === undefined) return [{ step: index, value: item }];
      return first < index ? [{ step: index, value: item, sameAs: first }] : [];
    });
  }

  /** Tells a rule that a value breaks, at the field that it is about. */
  #tell(rule: Rule, path: FieldPath, value: unknown, hint = ''): void {
    const { about = [] } = rule;
    this.#add(rule, [...path, ...about], read(value, about), hint);
  }

  #add(rule: Rule, path: FieldPath, value: unknown, hint = ''): void {
    this.errors.push(this.#error(rule, path, value, hint));
  }

  #error({ rule, message, code }: Rule, path: FieldPath, value: unknown, hint: string): FieldError {
    const where = formatPath(path);
    const text = `${where}: ${message}, got ${formatValue(value)}${hint && `; ${hint}`}`;
    return { ...fieldError(code ?? 'rule', path, value, message, hint), message: text, rule };
  }
}
