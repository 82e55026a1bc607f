/** The other way: the same schemas, their CEL rules evaluated by a library. */
import { libraryProgram } from '../scripts/cel/library.ts';
import type { KindSchema, Rule, Schema } from '../src/validation/schema.ts';

function libraryRule({ rule, message, usesOldSelf = false }: Rule, schema: Schema): Rule {
  return { rule, message, usesOldSelf, test: libraryProgram(rule, schema) };
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
