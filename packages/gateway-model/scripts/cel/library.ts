/** CEL evaluated by a library, with the API server's additions: to compare compiled rules with. */
import { Environment } from '@marcbachmann/cel-js';
import { isIP } from '../../src/validation/ip.ts';
import { isObject } from '../../src/validation/json.ts';

/** What of a schema tells the types of values in CEL. */
export interface ValueSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly additionalProperties?: ValueSchema | boolean;
  readonly items?: ValueSchema;
}

/** Names that CEL reserves and Gateway API's rules use: Kubernetes escapes them. */
const escaped = new Map([['namespace', '__namespace__']]);

/** CEL's integers are BigInt in the library; which numbers are integers, the schema tells. */
function toCel(value: unknown, schema: ValueSchema | undefined): unknown {
  if (typeof value === 'number') return schema?.type === 'integer' ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map((item) => toCel(item, schema?.items));
  if (!isObject(value)) return value;
  const { properties, additionalProperties } = schema ?? {};
  const values = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      properties ? (escaped.get(name) ?? name) : name,
      toCel(field, properties?.[name] ?? values),
    ]),
  );
}

const environment = new Environment({ unlistedVariablesAreDyn: true }).registerFunction(
  'isIP(string): bool',
  (text: string) => isIP(text),
);

/** What the library does not take, in other words: flags that only RE2 knows, and has() after an index. */
const adapted = (rule: string): string =>
  rule
    .replace(
      '^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$',
      '^\\.?[A-Za-z_][A-Za-z_0-9]*(\\.[A-Za-z_][A-Za-z_0-9]*)*$',
    )
    .replace(/has\((self(?:\.\w+)?\[\d+\])\.(\w+)\)/g, "('$2' in $1)");

/** The expression as a function; it throws where evaluation fails. */
export function libraryProgram(
  expression: string,
  schema: ValueSchema,
): (self: unknown, oldSelf?: unknown) => boolean {
  const program = environment.parse(adapted(expression));
  return (self, oldSelf) =>
    program({
      self: toCel(self, schema),
      ...(oldSelf !== undefined && { oldSelf: toCel(oldSelf, schema) }),
    }) === true;
}
