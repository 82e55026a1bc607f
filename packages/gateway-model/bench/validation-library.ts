/** The other way: the same schemas, their CEL rules evaluated by a library. */
import { Environment } from '@marcbachmann/cel-js';
import { isIP } from '../src/validation/ip.ts';
import { isObject } from '../src/validation/json.ts';
import type { KindSchema, Rule, Schema } from '../src/validation/schema.ts';

/** Names that CEL reserves and Gateway API's rules use: Kubernetes escapes them. */
const escaped = new Map([['namespace', '__namespace__']]);

/** CEL's integers are BigInt in the library; which numbers are integers, the schema tells. */
function toCel(value: unknown, schema: Schema | undefined): unknown {
  if (typeof value === 'number') return schema?.type === 'integer' ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map((item) => toCel(item, schema?.items));
  if (!isObject(value)) return value;
  const { properties, additionalProperties } = schema ?? {};
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      properties ? (escaped.get(name) ?? name) : name,
      toCel(field, properties?.[name] ?? additionalProperties),
    ]),
  );
}

const environment = new Environment({ unlistedVariablesAreDyn: true }).registerFunction(
  'isIP(string): bool',
  (text: string) => isIP(text),
);

/** What the library does not take, in other words: flags that only RE2 knows, and has() after an index. */
const adapted = (rule: string): string =>
  rule.replace('^(?i)', '^').replaceAll('has(self.matches[0].path)', "('path' in self.matches[0])");

function libraryRule(rule: Rule, schema: Schema): Rule {
  const { rule: expression, message, usesOldSelf = false } = rule;
  const program = environment.parse(adapted(expression));
  return {
    rule: expression,
    message,
    usesOldSelf,
    test(self, oldSelf) {
      return (
        program({
          self: toCel(self, schema),
          ...(usesOldSelf && { oldSelf: toCel(oldSelf, schema) }),
        }) === true
      );
    },
  };
}

type Table = Readonly<Record<string, Schema>>;

const mapTable = (table: Table): Table =>
  Object.fromEntries(Object.entries(table).map(([name, schema]) => [name, librarySchema(schema)]));

function librarySchema(schema: Schema): Schema {
  if (!schema.ruled) return schema;
  const { properties, additionalProperties, items, rules } = schema;
  return {
    ...schema,
    ...(properties && { properties: mapTable(properties) }),
    ...(additionalProperties && { additionalProperties: librarySchema(additionalProperties) }),
    ...(items && { items: librarySchema(items) }),
    ...(rules && { rules: rules.map((rule) => libraryRule(rule, schema)) }),
  };
}

/** The kinds with rules that the library evaluates. */
export const withLibraryRules = (kinds: Iterable<KindSchema>): ReadonlyMap<string, KindSchema> =>
  new Map([...kinds].map((kind) => [kind.kind, { ...kind, schemas: mapTable(kind.schemas) }]));
