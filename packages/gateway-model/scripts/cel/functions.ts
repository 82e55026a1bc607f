/** CEL's functions and methods, and those that Kubernetes adds, as far as Gateway API's rules use them. */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { Code, Compiler, Scope } from './compile.ts';
import { PatternError, translatePattern } from './regexp.ts';
import { BOOL, type CelType, DURATION, INT, STRING, showType } from './types.ts';

function sizeOf(compiler: Compiler, node: ASTNode, target: Code): Code {
  const result = { type: INT, total: target.total, small: true, source: `size(${target.source})` };
  switch (target.type.kind) {
    case 'string':
      return { ...result, js: compiler.call('codePoints', target.js) };
    case 'list':
      return { ...result, js: `${target.js}.length` };
    case 'map':
      return { ...result, js: `Object.keys(${target.js}).length` };
    default:
      return compiler.refuse(node, `size of a ${showType(target.type)}`);
  }
}

/** `name(args)` */
export function compileFunction(
  compiler: Compiler,
  node: ASTNode,
  name: string,
  args: readonly ASTNode[],
  scope: Scope,
): Code {
  const [argument] = args;
  const source = node.input.slice(node.start, node.end);
  if (!argument || args.length !== 1) return compiler.refuse(node, `unknown function ${name}`);
  switch (name) {
    case 'size':
      return sizeOf(compiler, node, compiler.compile(argument, scope));
    case 'isIP': {
      const { js, total } = compiler.expect(argument, scope, STRING);
      return { js: compiler.call('isIP', js), type: BOOL, total, source };
    }
    case 'duration': {
      const { js } = compiler.expect(argument, scope, STRING);
      return { js: compiler.call('duration', js), type: DURATION, total: false, source };
    }
    default:
      return compiler.refuse(node, `unknown function ${name}`);
  }
}

/** Methods of texts that JavaScript has as well, with the same meaning. */
const SAME_IN_JAVASCRIPT: Readonly<Record<string, string>> = {
  contains: 'includes',
  startsWith: 'startsWith',
  endsWith: 'endsWith',
};

function literalPattern(compiler: Compiler, node: ASTNode, pattern: ASTNode): RegExp {
  if (pattern.op !== 'value' || typeof pattern.args !== 'string')
    return compiler.refuse(node, 'a pattern that is no literal');
  try {
    return translatePattern(pattern.args);
  } catch (error) {
    if (error instanceof PatternError) return compiler.refuse(node, error.message);
    throw error;
  }
}

/** `target.name(args)` */
export function compileMethod(
  compiler: Compiler,
  node: ASTNode,
  name: string,
  target: Code,
  args: readonly ASTNode[],
  scope: Scope,
): Code {
  const source = node.input.slice(node.start, node.end);
  if (name === 'size' && args.length === 0) return sizeOf(compiler, node, target);
  if (target.type.kind !== 'string')
    return compiler.refuse(node, `unknown method ${name} of a ${showType(target.type)}`);
  const [first, second] = args;
  const called = (types: readonly CelType[]): string[] | undefined =>
    args.length === types.length
      ? args.map((arg, index) => compiler.expect(arg, scope, types[index] ?? STRING).js)
      : undefined;
  const same = SAME_IN_JAVASCRIPT[name];
  if (same && first && args.length === 1) {
    const argument = compiler.expect(first, scope, STRING);
    const total = target.total && argument.total;
    return { js: `${target.js}.${same}(${argument.js})`, type: BOOL, total, source };
  }
  if (name === 'matches' && first && args.length === 1) {
    const js = `${literalPattern(compiler, node, first)}.test(${target.js})`;
    return { js, type: BOOL, total: target.total, source };
  }
  if (name === 'split' && first && args.length === 1) {
    const separator = compiler.expect(first, scope, STRING);
    return {
      js: compiler.call('split', target.js, separator.js),
      type: { kind: 'list', item: STRING },
      total: target.total && separator.total,
      source,
    };
  }
  if (name === 'substring') {
    const numbers = called(second ? [INT, INT] : [INT]);
    if (numbers)
      return { js: compiler.call('substring', target.js, ...numbers), type: STRING, total: false, source };
  }
  return compiler.refuse(node, `unknown method ${name}`);
}
