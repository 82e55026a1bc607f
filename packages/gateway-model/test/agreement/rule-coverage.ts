/** Counts which CEL rules the API server found broken, and which it checked and found held. */
import type { Verdict } from './api.ts';
import { joinPath, type Rule, type ServedKind } from './crds.ts';
import type { Sample } from './examples.ts';
import { isObject } from './json.ts';

const keyOf = ({ kind, apiVersion }: ServedKind, path: string, message: string): string =>
  [kind, apiVersion, path, message].join('\n');

/** The schema path of a field: `spec.rules[0].matches[1]` becomes `spec.rules[].matches[]`. */
const schemaPath = (field: string): string => field.replaceAll(/\[\d+\]/g, '[]');

/** What the message of a cause says without the value: `Invalid value: "x": ` comes first, or `Invalid value: `. */
const endsWith = (message: string, end: string): boolean =>
  message === `Invalid value: ${end}` || message.endsWith(`: ${end}`);

/**
 * Rules that no object can break, as their schema refuses first, which keeps rules from being checked: by the
 * rule's message, the field whose enumeration says the same.
 */
const SAID_BY_ENUMERATION: ReadonlyMap<string, string> = new Map([
  ["type must be one of ['Exact', 'PathPrefix', 'RegularExpression']", 'type'],
]);

/** For each rule. */
export class RuleCoverage {
  readonly #rules: readonly Rule[];
  readonly #broken = new Set<string>();
  readonly #held = new Set<string>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** Takes note of what the API server said of an object. */
  add({ served, object }: Sample, { accepted, causes, object: stored }: Verdict): void {
    const rules = this.#rules.filter((rule) => rule.served === served);
    if (accepted) {
      const paths = new Set<string>();
      collectPaths(stored ?? object, '', paths);
      for (const { path, message } of rules)
        if (hasPath(paths, path)) this.#held.add(keyOf(served, path, message));
      return;
    }
    for (const { field, message: said, reason } of causes) {
      for (const { path, message } of rules) {
        const enumerated = SAID_BY_ENUMERATION.get(message);
        const isBroken =
          enumerated === undefined
            ? path === schemaPath(field) && endsWith(said, message)
            : joinPath(path, enumerated) === schemaPath(field) && reason === 'FieldValueNotSupported';
        if (isBroken) this.#broken.add(keyOf(served, path, message));
      }
    }
  }

  /** Rules that no object broke. */
  get unbroken(): string[] {
    return this.#without(this.#broken);
  }

  /** Rules whose node is in no object that was accepted. */
  get unheld(): string[] {
    return this.#without(this.#held);
  }

  /** How many rules there are. */
  get total(): number {
    return this.#rules.length;
  }

  #without(seen: ReadonlySet<string>): string[] {
    return this.#rules
      .map(({ served, path, message }) => keyOf(served, path, message))
      .filter((key) => !seen.has(key))
      .map((key) => key.replaceAll('\n', ' '));
  }
}

/** Schema paths of all values; keys of maps stay as they are. */
function collectPaths(value: unknown, path: string, paths: Set<string>): void {
  paths.add(path);
  if (Array.isArray(value)) for (const item of value) collectPaths(item, `${path}[]`, paths);
  else if (isObject(value)) {
    for (const [field, child] of Object.entries(value)) collectPaths(child, joinPath(path, field), paths);
  }
}

const hasPath = (paths: ReadonlySet<string>, path: string): boolean => paths.has(path.replace(/\{\}$/, ''));
