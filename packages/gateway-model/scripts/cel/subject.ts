/**
 * What a rule is about: the field that its error should point at. The API server points at the value that
 * carries the rule, often a whole list; from the usual forms of rules (`C ? has(x) : true`, `!has(x) || ...`)
 * the field itself can be told.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import { unescapeName } from './types.ts';

export interface Subject {
  /** Names of fields, from the rule's variable. */
  readonly steps: readonly string[];
  /** The field must be there, must not, or must stay what it is. */
  readonly code?: 'required' | 'forbidden' | 'immutable';
}

const isTrue = (node: ASTNode): boolean => node.op === 'value' && node.args === true;

/** The fields that `variable.a.b` names. */
function stepsOf(node: ASTNode, variable: string): readonly string[] | undefined {
  if (node.op === 'id') return node.args === variable ? [] : undefined;
  if (node.op !== '.') return undefined;
  const steps = stepsOf(node.args[0], variable);
  return steps && [...steps, unescapeName(node.args[1])];
}

const key = ({ steps }: Subject): string => steps.join('.');

function has(node: ASTNode, variable: string): Subject | undefined {
  if (node.op !== 'call' || node.args[0] !== 'has') return undefined;
  const [argument] = node.args[1];
  const steps = argument && stepsOf(argument, variable);
  return steps && { steps, code: 'required' };
}

/** The terms of `a && b && c`. */
const terms = (node: ASTNode, op: '&&' | '||'): readonly ASTNode[] =>
  node.op === op ? [...terms(node.args[0], op), ...terms(node.args[1], op)] : [node];

/** `!(a && b)`: the one field that the terms want there, or not there. */
function ofRefusal(node: ASTNode, variable: string): Subject | undefined {
  const wanted = terms(node, '&&').flatMap((term): Subject[] => {
    const there = has(term, variable);
    if (there) return [{ ...there, code: 'forbidden' }];
    const missing = subjectOf(term, variable);
    return missing?.code === 'forbidden' ? [{ ...missing, code: 'required' }] : [];
  });
  const [first] = wanted;
  return first && wanted.every((other) => key(other) === key(first)) ? first : undefined;
}

/** `a && b`: the deepest field, when the others lead to it. */
function ofConjunction(nodes: readonly ASTNode[], variable: string): Subject | undefined {
  const found = nodes.map((node) => subjectOf(node, variable));
  const deepest = found.reduce(
    (best, subject) => (subject && (best?.steps.length ?? -1) <= subject.steps.length ? subject : best),
    undefined,
  );
  if (!deepest || !found.every((subject) => subject && `${key(deepest)}.`.startsWith(`${key(subject)}.`)))
    return undefined;
  const required = nodes.every((node, index) => found[index]?.code === 'required' || node.op === '!=');
  return required ? { steps: deepest.steps, code: 'required' } : { steps: deepest.steps };
}

/** `a || b`: the field that all are about. */
function ofDisjunction(nodes: readonly ASTNode[], variable: string): Subject | undefined {
  const found = nodes.map((node) => subjectOf(node, variable));
  const [first] = found;
  if (!first || !found.every((subject) => subject && key(subject) === key(first))) return undefined;
  return found.some((subject) => subject?.code === 'forbidden')
    ? { steps: first.steps, code: 'forbidden' }
    : { steps: first.steps };
}

/** A comparison, or a call: the one operand that is of the variable. */
function ofOperands(nodes: readonly ASTNode[], variable: string): Subject | undefined {
  const found = nodes.flatMap((node) => subjectOf(node, variable) ?? []);
  const [first] = found;
  return first && found.length === 1 ? { steps: first.steps } : undefined;
}

/** What an expression that must be true is about. */
export function subjectOf(node: ASTNode, variable: string): Subject | undefined {
  switch (node.op) {
    case '?:':
      return isTrue(node.args[2]) ? subjectOf(node.args[1], variable) : undefined;
    case '!_': {
      const there = has(node.args, variable);
      if (there) return { ...there, code: 'forbidden' };
      return node.args.op === '&&' ? ofRefusal(node.args, variable) : ofOperands([node.args], variable);
    }
    case '&&':
      return ofConjunction(terms(node, '&&'), variable);
    case '||':
      return ofDisjunction(terms(node, '||'), variable);
    case 'call':
      return has(node, variable) ?? ofOperands(node.args[1], variable);
    case 'rcall': {
      const [name, target, args] = node.args;
      const body = args[1];
      if (name === 'all' && body) return subjectOf(body, variable);
      return name === 'exists_one' || name === 'exists' || name === 'filter'
        ? undefined
        : ofOperands([target], variable);
    }
    case '.':
    case 'id': {
      const steps = stepsOf(node, variable);
      return steps && { steps };
    }
    case '==':
      if (node.args[1].op === 'id' && node.args[1].args === 'oldSelf')
        return { steps: [], code: 'immutable' };
      return ofOperands(node.args, variable);
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
      return ofOperands(node.args, variable);
    default:
      return undefined;
  }
}

/** `self.all(x, test)`: a rule on each item. */
export interface EachItem {
  readonly variable: string;
  readonly test: ASTNode;
  /** `self.exists_one(y, same)` within the test: the rule tells that items differ. */
  readonly same?: { readonly variable: string; readonly test: ASTNode };
}

function findSame(node: ASTNode): EachItem['same'] {
  switch (node.op) {
    case '?:':
      return isTrue(node.args[2]) ? findSame(node.args[1]) : undefined;
    case '||':
      return findSame(node.args[1]);
    case 'rcall': {
      const [name, target, [variable, test]] = node.args;
      const ofSelf = name === 'exists_one' && target.op === 'id' && target.args === 'self';
      return ofSelf && variable?.op === 'id' && test ? { variable: variable.args, test } : undefined;
    }
    default:
      return undefined;
  }
}

/** The parts of a rule on each item of `self`, or undefined. */
export function eachItem(node: ASTNode): EachItem | undefined {
  if (node.op !== 'rcall' || node.args[0] !== 'all') return undefined;
  const [, target, [variable, test]] = node.args;
  if (target.op !== 'id' || target.args !== 'self' || variable?.op !== 'id' || !test) return undefined;
  const same = findSame(test);
  return { variable: variable.args, test, ...(same && { same }) };
}
