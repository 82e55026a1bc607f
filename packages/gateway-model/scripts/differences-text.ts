/** Writes the changes between two releases for people. */
import type { ApiChange } from './differences.ts';

const signs = { added: '+', removed: '-', changed: '~' } as const;

const value = (it: unknown): string => (typeof it === 'string' ? it : JSON.stringify(it));

/** Texts that are too long for a line stand below it. */
function transition(before: unknown, after: unknown, indent: string): string {
  const [from, to] = [value(before), value(after)];
  if (from.length + to.length <= 60) return ` ${from} -> ${to}`;
  return `\n${indent}  from ${from}\n${indent}  to   ${to}`;
}

function list(change: ApiChange): string {
  const { before, after } = change;
  if (!Array.isArray(before) || !Array.isArray(after)) return transition(before, after, '    ');
  const added = after.filter((it) => !before.includes(it)).map((it) => ` +${value(it)}`);
  const removed = before.filter((it) => !after.includes(it)).map((it) => ` -${value(it)}`);
  return [...added, ...removed].join('') || ' in another order';
}

interface RuleText {
  readonly rule?: string;
  readonly message?: string;
}

function ruleLines({ before, after }: ApiChange): string {
  const [old, young] = [before as RuleText | undefined, after as RuleText | undefined];
  const it = young ?? old;
  const expression = `\n      ${it?.rule ?? ''}`;
  if (!old || !young) return ` "${it?.message ?? ''}"${expression}`;
  const message = old.message === young.message ? '' : `\n      message was "${old.message ?? ''}"`;
  return ` "${young.message ?? ''}"${message}${old.rule === young.rule ? '' : `\n      was ${old.rule}`}${expression}`;
}

/** The change without its sign and path. */
function describe(change: ApiChange): string {
  const { path, aspect, before, after } = change;
  const it = after ?? before;
  switch (aspect) {
    case 'kind':
      return `kind, served as ${(it as readonly string[]).join(', ')}`;
    case 'served version':
      return `served version ${value(it)}`;
    case 'field': {
      const { type, required } = it as { type: string; required: boolean };
      return `${type}${required ? ', required' : ''}`;
    }
    case 'rule':
      return `rule${ruleLines(change)}`;
    case 'named value': {
      const name = value(it).startsWith(path) ? '' : `${path} `;
      return name + (change.change === 'changed' ? transition(before, after, '    ').trim() : value(it));
    }
    case 'required':
      return after === true ? 'is required' : 'is no longer required';
    default:
      if (change.change === 'changed') return `${aspect}${list(change)}`;
      return `${aspect} ${value(it)}`;
  }
}

const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`;

/** The changes as text: a heading, and a block for each subject; ends with a line break. */
export function formatChanges(from: string, to: string, changes: readonly ApiChange[]): string {
  if (changes.length === 0) return `Gateway API ${from} -> ${to}: no changes\n`;
  const subjects = new Map<string, ApiChange[]>();
  for (const change of changes)
    subjects.set(change.subject, [...(subjects.get(change.subject) ?? []), change]);
  const blocks = [...subjects].map(([subject, its]) => {
    const lines = its.map((change) => {
      const prefix = change.aspect === 'named value' || change.path === '' ? '' : `${change.path}: `;
      return `  ${signs[change.change]} ${prefix}${describe(change)}\n`;
    });
    return `\n${subject}\n${lines.join('')}`;
  });
  const heading = `Gateway API ${from} -> ${to}: ${count(changes.length, 'change')} (+ added, - removed, ~ changed)\n`;
  return heading + blocks.join('');
}
