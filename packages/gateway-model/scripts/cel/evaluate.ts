/** Runs what the compiler writes, for tests: the compiled TypeScript becomes functions. */
import { stripTypeScriptTypes } from 'node:module';
import * as cel from '../../src/validation/cel.ts';
import type { Rule } from '../../src/validation/schema.ts';
import type { CrdSchema } from '../crds.ts';
import { CelCompileError, compileRule } from './compile.ts';
import { typeOfSchema } from './types.ts';

/** A function of the text's code, which knows the runtime as `cel`. */
function toFunction(code: string | undefined): unknown {
  if (code === undefined) return undefined;
  const script = stripTypeScriptTypes(`const rule = ${code};`).replace('const rule =', 'return');
  return new Function('cel', script)(cel);
}

const called = (code: unknown, ...args: unknown[]): boolean =>
  typeof code === 'function' && Reflect.apply(code, undefined, args) === true;

/** The rule as the generated schemas have it. */
export function toRule(expression: string, schema: CrdSchema, careful = false): Rule {
  const self = typeOfSchema(schema);
  if (!self) throw new CelCompileError('the type of self is not known');
  const compiled = compileRule(expression, self);
  const { same, usesOldSelf, subject } = compiled;
  const { test, item } = (careful && compiled.careful) || compiled;
  const [testCode, itemCode, sameCode] = [test, item, same].map(toFunction);
  return {
    rule: expression,
    message: expression,
    usesOldSelf,
    ...(subject && { about: subject.steps }),
    ...(subject?.code && { code: subject.code }),
    ...(test && { test: (value: unknown, oldSelf: unknown) => called(testCode, value, oldSelf) }),
    ...(item && { item: (value: unknown, list: unknown) => called(itemCode, value, list) }),
    ...(same && { same: (value: unknown, other: unknown) => called(sameCode, value, other) }),
  };
}

/** What an expression is for a value; @throws CelError */
export function evaluate(
  expression: string,
  schema: CrdSchema,
  self: unknown,
  { oldSelf, careful = false }: { readonly oldSelf?: unknown; readonly careful?: boolean } = {},
): boolean {
  const { test, item } = toRule(expression, schema, careful);
  if (!item) return test?.(self, oldSelf) === true;
  const items: readonly unknown[] = Array.isArray(self) ? self : Object.keys(Object(self));
  return cel.all(items, (value) => item(value, self));
}
