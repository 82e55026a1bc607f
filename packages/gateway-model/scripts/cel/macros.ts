/** CEL's comprehensions: `list.all(item, test)` and its kin. */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { Code, Compiler, Scope } from './compile.ts';
import { BOOL, STRING, showType } from './types.ts';

export type MacroName = 'all' | 'exists' | 'exists_one' | 'filter';

/** By name: JavaScript's own where the test cannot fail, else a function that treats errors as CEL does. */
const WAYS: Readonly<Record<MacroName, { readonly method?: string; readonly call?: string }>> = {
  all: { method: 'every', call: 'all' },
  exists: { method: 'some', call: 'exists' },
  // Any error is the result's, in both, as JavaScript throws it.
  exists_one: { call: 'existsOne' },
  filter: { method: 'filter' },
};

export function compileMacro(
  compiler: Compiler,
  node: ASTNode,
  name: MacroName,
  targetNode: ASTNode,
  args: readonly ASTNode[],
  scope: Scope,
): Code {
  const [variable, test] = args;
  if (variable?.op !== 'id' || !test || args.length !== 2)
    return compiler.refuse(node, `${name} without a variable and a test`);
  const target = compiler.compile(targetNode, scope);
  const { type } = target;
  if (type.kind !== 'list' && type.kind !== 'map')
    return compiler.refuse(node, `expected a list or a map, got a ${showType(type)}`);
  const list = type.kind === 'map' ? `Object.keys(${target.js})` : target.js;
  const item = type.kind === 'map' ? STRING : type.item;
  const body = compiler.expect(test, scope.with(variable.args, item), BOOL);
  const lambda = `(${variable.args}) => ${body.js}`;
  const { method, call } = WAYS[name];
  const js =
    method && (body.total || !call)
      ? `${list}.${method}(${lambda})`
      : compiler.call(call ?? name, list, lambda);
  return {
    js,
    type: name === 'filter' ? { kind: 'list', item } : BOOL,
    total: target.total && body.total,
    source: node.input.slice(node.start, node.end),
  };
}
