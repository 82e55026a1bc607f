/**
 * Compiles the CEL expressions of CRDs (`x-kubernetes-validations`) to TypeScript, with CEL's semantics:
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md and, for Kubernetes' own functions,
 * https://kubernetes.io/docs/reference/using-api/cel/. What the compiler does not know is refused, so that
 * a rule can never be left out.
 *
 * Each expression becomes code, its type, whether evaluating it can fail (`total`: it cannot), and what is
 * known of fields where it is true or false, which saves checks: after `has(self.port) &&`, `self.port` is
 * there.
 */
import { type ASTNode, parse } from '@marcbachmann/cel-js';
import { compileFunction, compileMethod } from './functions.ts';
import { compileMacro, type MacroName } from './macros.ts';
import { type EachItem, eachItem, type Subject, subjectOf } from './subject.ts';
import {
  BOOL,
  type CelType,
  DOUBLE,
  INT,
  isPresent,
  type Presence,
  STRING,
  showType,
  typeOfSchema,
  typescriptType,
  unescapeName,
} from './types.ts';

/** A construct that the compiler does not know, or that is wrong. */
export class CelCompileError extends Error {}

/** A compiled expression. */
export interface Code {
  readonly js: string;
  readonly type: CelType;
  /** Evaluation cannot fail. */
  readonly total: boolean;
  /** An integer that is small for sure: sums of such cannot overflow. */
  readonly small?: boolean;
  /** The path that the code reads, if it is only names and dots: TypeScript then follows what is known of it. */
  readonly path?: string;
  /** The same for people, with the names of the fields. */
  readonly source: string;
  /** Paths of fields that are there if the expression is true. */
  readonly whenTrue?: ReadonlySet<string>;
  /** Paths of fields that are there if the expression is false. */
  readonly whenFalse?: ReadonlySet<string>;
}

const nothing: ReadonlySet<string> = new Set();
const union = (a = nothing, b = nothing): ReadonlySet<string> => new Set([...a, ...b]);
const intersection = (a = nothing, b = nothing): ReadonlySet<string> =>
  new Set([...a].filter((path) => b.has(path)));

/** What is known where an expression stands. */
export class Scope {
  readonly variables: ReadonlyMap<string, CelType>;
  /** Paths of fields that are there. */
  readonly known: ReadonlySet<string>;

  constructor(variables: ReadonlyMap<string, CelType>, known: ReadonlySet<string> = nothing) {
    this.variables = variables;
    this.known = known;
  }

  with(name: string, type: CelType): Scope {
    // What was known of a variable of the same name is not of this one.
    const known = [...this.known].filter((path) => path !== name && !path.startsWith(`${name}.`));
    return new Scope(new Map([...this.variables, [name, type]]), new Set(known));
  }

  knowing(paths: ReadonlySet<string> | undefined): Scope {
    return paths?.size ? new Scope(this.variables, union(this.known, paths)) : this;
  }
}

const MACROS: ReadonlySet<string> = new Set<MacroName>(['all', 'exists', 'exists_one', 'filter']);
const COMPARISONS = new Set(['<', '<=', '>', '>=']);
const literalText = (value: string): string => JSON.stringify(value);

/** Compiles one expression; collects the fields that it names. */
export class Compiler {
  /** Names of fields that are read. */
  readonly fields = new Set<string>();
  readonly #presence: Presence;

  constructor(presence: Presence) {
    this.#presence = presence;
  }

  refuse(node: ASTNode, what: string): never {
    throw new CelCompileError(`${what}, at "${node.input.slice(node.start, node.end)}"`);
  }

  /** A call of a function of src/validation/cel.ts, which the code knows as `cel`. */
  call(name: string, ...args: readonly string[]): string {
    return `cel.${name}(${args.join(', ')})`;
  }

  compile(node: ASTNode, scope: Scope): Code {
    const source = node.input.slice(node.start, node.end);
    switch (node.op) {
      case 'value':
        return this.#literal(node, source);
      case 'id': {
        const type = scope.variables.get(node.args);
        if (!type) return this.refuse(node, `unknown name ${node.args}`);
        return { js: node.args, type, total: true, path: node.args, source };
      }
      case '.':
        return this.#select(node, node.args, scope);
      case '[]':
        return this.#index(node, node.args, scope);
      case 'list':
        return this.#list(node, node.args, scope);
      case '!_': {
        const operand = this.expect(node.args, scope, BOOL);
        return {
          ...this.#bool(`!${operand.js}`, source, operand.total),
          ...(operand.whenFalse && { whenTrue: operand.whenFalse }),
          ...(operand.whenTrue && { whenFalse: operand.whenTrue }),
        };
      }
      case '&&':
      case '||':
        return this.#logical(node.op, node.args, scope, source);
      case '?:':
        return this.#conditional(node, node.args, scope);
      case '==':
      case '!=':
        return this.#equality(node, node.op, node.args, scope);
      case 'in':
        return this.#membership(node, node.args, scope);
      case '+':
        return this.#sum(node, node.args, scope);
      case 'call':
        return this.#call(node, node.args, scope);
      case 'rcall': {
        const [name, target, args] = node.args;
        return MACROS.has(name)
          ? compileMacro(this, node, name as MacroName, target, args, scope)
          : compileMethod(this, node, name, this.compile(target, scope), args, scope);
      }
      default:
        if (COMPARISONS.has(node.op)) return this.#comparison(node, scope);
        return this.refuse(node, `unknown operator ${node.op}`);
    }
  }

  /** Compiles an operand that must have the type. */
  expect(node: ASTNode, scope: Scope, type: CelType): Code {
    const code = this.compile(node, scope);
    if (showType(code.type) !== showType(type))
      this.refuse(node, `expected a ${showType(type)}, got a ${showType(code.type)}`);
    return code;
  }

  #bool(js: string, source: string, total: boolean): Code {
    return { js, type: BOOL, total, source };
  }

  #literal(node: ASTNode & { readonly op: 'value' }, source: string): Code {
    const value = node.args;
    switch (typeof value) {
      case 'string':
        return { js: literalText(value), type: STRING, total: true, source };
      case 'boolean':
        return this.#bool(String(value), source, true);
      case 'bigint':
        if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.refuse(node, 'a number beyond 2^53');
        return { js: String(value), type: INT, total: true, small: value < 2 ** 31, source };
      case 'number':
        return { js: String(value), type: DOUBLE, total: true, source };
      default:
        return this.refuse(node, 'unknown literal');
    }
  }

  /** `operand.name`, and whether the field may be missing. */
  #field(
    node: ASTNode,
    [operandNode, escaped]: readonly [ASTNode, string],
    scope: Scope,
  ): Code & { readonly optional: boolean; readonly name: string; readonly operandTotal: boolean } {
    const operand = this.compile(operandNode, scope);
    const name = unescapeName(escaped);
    if (operand.type.kind !== 'object')
      return this.refuse(node, `expected an object with fields, got a ${showType(operand.type)}`);
    const { schema } = operand.type;
    const fieldSchema = schema.properties?.[name];
    if (!fieldSchema) return this.refuse(node, `no field ${name} in the schema`);
    const type = typeOfSchema(fieldSchema);
    if (!type) return this.refuse(node, `field ${name} has a type that is not known here`);
    this.fields.add(name);
    const plain = /^[A-Za-z_$][\w$]*$/.test(name);
    const path = operand.path && plain ? `${operand.path}.${name}` : undefined;
    return {
      js: plain ? `${operand.js}.${name}` : `${operand.js}[${literalText(name)}]`,
      type,
      total: operand.total,
      operandTotal: operand.total,
      ...(path && { path }),
      source: `${operand.source}.${name}`,
      optional: !isPresent(schema, name, this.#presence),
      name,
    };
  }

  #select(node: ASTNode, args: readonly [ASTNode, string], scope: Scope): Code {
    const { optional, name, operandTotal: _, ...code } = this.#field(node, args, scope);
    if (!optional || (code.path && scope.known.has(code.path))) return code;
    const { path: _path, ...checked } = code;
    return { ...checked, js: this.call('field', code.js, literalText(name)), total: false };
  }

  #index(node: ASTNode, [operandNode, indexNode]: readonly [ASTNode, ASTNode], scope: Scope): Code {
    const operand = this.compile(operandNode, scope);
    const source = node.input.slice(node.start, node.end);
    if (operand.type.kind === 'list') {
      const index = this.expect(indexNode, scope, INT);
      return { js: this.call('at', operand.js, index.js), type: operand.type.item, total: false, source };
    }
    if (operand.type.kind === 'map') {
      const key = this.expect(indexNode, scope, STRING);
      return { js: this.call('entry', operand.js, key.js), type: operand.type.value, total: false, source };
    }
    return this.refuse(node, `expected a list or a map, got a ${showType(operand.type)}`);
  }

  #list(node: ASTNode, items: readonly ASTNode[], scope: Scope): Code {
    const codes = items.map((item) => this.compile(item, scope));
    const [first] = codes;
    if (!first) return this.refuse(node, 'an empty list has no type');
    if (codes.some(({ type }) => showType(type) !== showType(first.type)))
      return this.refuse(node, 'expected items of one type');
    return {
      js: `[${codes.map(({ js }) => js).join(', ')}]`,
      type: { kind: 'list', item: first.type },
      total: codes.every(({ total }) => total),
      source: node.input.slice(node.start, node.end),
    };
  }

  /** An operand that cannot fail decides as in JavaScript; after one that can, the other still may decide. */
  #logical(op: '&&' | '||', args: readonly [ASTNode, ASTNode], scope: Scope, source: string): Code {
    const left = this.expect(args[0], scope, BOOL);
    const facts = op === '&&' ? left.whenTrue : left.whenFalse;
    // The right side is also evaluated where the left one failed, and then nothing is known from it.
    const right = this.expect(args[1], left.total ? scope.knowing(facts) : scope, BOOL);
    const js = left.total
      ? `(${left.js} ${op} ${right.js})`
      : this.call(op === '&&' ? 'and' : 'or', `() => ${left.js}`, `() => ${right.js}`);
    const [both, either] =
      op === '&&' ? (['whenTrue', 'whenFalse'] as const) : (['whenFalse', 'whenTrue'] as const);
    return {
      ...this.#bool(js, source, left.total && right.total),
      // TypeScript follows operators, not calls.
      ...(left.total && {
        [both]: union(left[both], right[both]),
        [either]: intersection(left[either], right[either]),
      }),
    };
  }

  #conditional(node: ASTNode, [test, yes, no]: readonly [ASTNode, ASTNode, ASTNode], scope: Scope): Code {
    const condition = this.expect(test, scope, BOOL);
    const [whenTrue, whenFalse] = [
      this.compile(yes, scope.knowing(condition.whenTrue)),
      this.compile(no, scope.knowing(condition.whenFalse)),
    ];
    if (showType(whenTrue.type) !== showType(whenFalse.type))
      return this.refuse(
        node,
        `${showType(whenTrue.type)} or ${showType(whenFalse.type)}: expected one type`,
      );
    return {
      js: `(${condition.js} ? ${whenTrue.js} : ${whenFalse.js})`,
      type: whenTrue.type,
      total: condition.total && whenTrue.total && whenFalse.total,
      small: whenTrue.small === true && whenFalse.small === true,
      source: node.input.slice(node.start, node.end),
    };
  }

  #equality(node: ASTNode, op: '==' | '!=', args: readonly [ASTNode, ASTNode], scope: Scope): Code {
    const left = this.compile(args[0], scope);
    const right = this.compile(args[1], scope);
    const scalar = !['list', 'map', 'object'].includes(left.type.kind);
    if (!scalar || left.type.kind !== right.type.kind)
      return this.refuse(node, `${showType(left.type)} ${op} ${showType(right.type)}`);
    const js = `(${left.js} ${op}= ${right.js})`;
    return this.#bool(js, node.input.slice(node.start, node.end), left.total && right.total);
  }

  #comparison(node: ASTNode, scope: Scope): Code {
    const [leftNode, rightNode] = node.args as [ASTNode, ASTNode];
    const left = this.compile(leftNode, scope);
    const right = this.compile(rightNode, scope);
    if (!['int', 'double', 'duration'].includes(left.type.kind) || left.type.kind !== right.type.kind)
      return this.refuse(node, `${showType(left.type)} ${node.op} ${showType(right.type)}`);
    const source = node.input.slice(node.start, node.end);
    return this.#bool(`(${left.js} ${node.op} ${right.js})`, source, left.total && right.total);
  }

  #membership(node: ASTNode, [itemNode, setNode]: readonly [ASTNode, ASTNode], scope: Scope): Code {
    const set = this.compile(setNode, scope);
    const source = node.input.slice(node.start, node.end);
    if (set.type.kind === 'list') {
      const item = this.expect(itemNode, scope, set.type.item);
      if (['list', 'map', 'object'].includes(item.type.kind))
        return this.refuse(node, `a ${showType(item.type)} in a list`);
      return this.#bool(`${set.js}.includes(${item.js})`, source, item.total && set.total);
    }
    if (set.type.kind === 'map') {
      const key = this.expect(itemNode, scope, STRING);
      return this.#bool(`Object.hasOwn(${set.js}, ${key.js})`, source, key.total && set.total);
    }
    return this.refuse(node, `expected a list or a map, got a ${showType(set.type)}`);
  }

  #sum(node: ASTNode, args: readonly [ASTNode, ASTNode], scope: Scope): Code {
    const left = this.compile(args[0], scope);
    const right = this.expect(args[1], scope, left.type);
    const source = node.input.slice(node.start, node.end);
    const total = left.total && right.total;
    if (left.type.kind === 'string' || left.type.kind === 'double' || (left.small && right.small)) {
      const small = left.small === true && right.small === true;
      return { js: `(${left.js} + ${right.js})`, type: left.type, total, small, source };
    }
    if (left.type.kind === 'int')
      return { js: this.call('add', left.js, right.js), type: INT, total: false, source };
    return this.refuse(node, `a sum of ${showType(left.type)}`);
  }

  #call(node: ASTNode, [name, args]: readonly [string, readonly ASTNode[]], scope: Scope): Code {
    if (name !== 'has') return compileFunction(this, node, name, args, scope);
    const [selection] = args;
    if (selection?.op !== '.' || args.length !== 1) return this.refuse(node, 'has() of no field');
    const field = this.#field(selection, selection.args, scope);
    const js = `(${field.js} !== undefined)`;
    return {
      ...this.#bool(js, node.input.slice(node.start, node.end), field.operandTotal),
      ...(field.path && { whenTrue: new Set([field.path]) }),
    };
  }
}

/** The functions of a rule. */
interface RuleCode {
  /** Whether `self` is right; absent where `item` tells it. */
  readonly test?: string;
  /** Whether one item of `self` (a list, or a map's key) is right. */
  readonly item?: string;
}

/** A rule in TypeScript: the properties of a `Rule` (src/validation/schema.ts). */
export interface CompiledRule extends RuleCode {
  /** The same where required fields may be missing; absent where that makes no difference. */
  readonly careful?: RuleCode;
  /** Whether two items are the same, where the rule is that they differ. */
  readonly same?: string;
  readonly usesOldSelf: boolean;
  readonly subject?: Subject;
}

/** Parses an expression; @throws CelCompileError */
export function parseCel(expression: string): ASTNode {
  try {
    return parse(expression).ast;
  } catch (error) {
    throw new CelCompileError(error instanceof Error ? error.message : String(error));
  }
}

const scopeOf = (self: CelType): Scope =>
  new Scope(
    new Map([
      ['self', self],
      ['oldSelf', self],
    ]),
  );

function ruleCode(
  ast: ASTNode,
  self: CelType,
  each: EachItem | undefined,
  presence: Presence,
): RuleCode & { readonly same?: string; readonly usesOldSelf: boolean } {
  const compiler = new Compiler(presence);
  const whole = compiler.expect(ast, scopeOf(self), BOOL);
  const typeText = (type: CelType): string => typescriptType(type, compiler.fields, presence);
  const usesOldSelf = /\boldSelf\b/.test(whole.js);
  const selfText = `self: ${typeText(self)}`;
  if (!each) {
    const parameters = usesOldSelf ? `${selfText}, oldSelf: ${typeText(self)}` : selfText;
    return { test: `(${parameters}) => ${whole.js}`, usesOldSelf };
  }
  const { variable, test, same } = each;
  const itemType = self.kind === 'list' ? self.item : STRING;
  const scope = scopeOf(self).with(variable, itemType);
  const itemText = `${variable}: ${typeText(itemType)}`;
  const item = `(${itemText}, ${selfText}) => ${compiler.expect(test, scope, BOOL).js}`;
  if (!same) return { item, usesOldSelf };
  const body = compiler.expect(same.test, scope.with(same.variable, itemType), BOOL);
  const parameters = `${itemText}, ${same.variable}: ${typeText(itemType)}`;
  return { item, same: `(${parameters}) => ${body.js}`, usesOldSelf };
}

/**
 * Compiles a rule on values of the type `self`.
 *
 * @throws CelCompileError for whatever the compiler does not know.
 */
export function compileRule(expression: string, self: CelType): CompiledRule {
  const ast = parseCel(expression);
  const found = eachItem(ast);
  const code = ruleCode(ast, self, undefined, 'required');
  const each = code.usesOldSelf ? undefined : found;
  const fast = each ? ruleCode(ast, self, each, 'required') : code;
  const { test, item } = ruleCode(ast, self, each, 'defaulted');
  const differs =
    withoutTypes(test) !== withoutTypes(fast.test) || withoutTypes(item) !== withoutTypes(fast.item);
  const subject = each ? !fast.same && subjectOf(each.test, each.variable) : subjectOf(ast, 'self');
  return {
    ...fast,
    ...(differs && { careful: { ...(test && { test }), ...(item && { item }) } }),
    ...(subject && { subject }),
  };
}

/** The body of a function. */
const withoutTypes = (code: string | undefined): string | undefined => code?.slice(code.indexOf(') => '));
