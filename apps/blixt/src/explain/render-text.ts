/** Explanations for people: a tree for each object, with the answer to "why" in its first line. */
import type { Explanation, SpecificationRule } from '@blixt/gateway-model';
import { type Answer, type ExplainedObject, nameOf } from './explained-object.ts';

/** How a part of the text looks on a terminal. */
export type Look = 'ok' | 'refused' | 'pending' | 'strong' | 'dim';

/** Puts colours on text, or leaves it. */
export type PaintLook = (look: Look, text: string) => string;

const unpainted: PaintLook = (_look, text) => text;

const marks: Readonly<Record<Explanation['outcome'], string>> = { ok: '✓', refused: '✗', pending: '…' };

/**
 * Renders objects, what was assumed, and the rules that the decisions name.
 *
 * @param notes - what was assumed, in sentences
 */
export function renderText(
  objects: readonly ExplainedObject[],
  notes: readonly string[] = [],
  paint: PaintLook = unpainted,
): string {
  const named = objects.flatMap(({ decisions, elsewhere }) => [...decisions, ...elsewhere]);
  const rules = new Map(named.map(({ rule }) => [rule.id, rule]));
  const trees = objects.map((object) => renderObject(object, paint));
  if (notes.length > 0)
    trees.push(`${paint('strong', 'Assumed')}\n${notes.map((note) => `  ${note}\n`).join('')}`);
  if (rules.size > 0) trees.push(`${paint('strong', 'Rules')}\n${renderRules([...rules.values()], paint)}`);
  return trees.join('\n');
}

/** Renders one object: the answer, the rule that made it, and every decision under the field that it is about. */
export function renderObject(
  { subject, answer, decisions, elsewhere }: ExplainedObject,
  paint: PaintLook = unpainted,
): string {
  const lines = [`${paint('strong', nameOf(subject))} ${paint(lookOf(answer), answer.text)}`];
  if (answer.decision !== undefined && answer.outcome !== 'ok')
    lines.push(`  ${paint('dim', 'rule')} ${describeRule(answer.decision.rule)}`);
  for (const [path, group] of groupBy(decisions, ({ path }) => path))
    lines.push(...renderGroup(path === '' ? 'as a whole' : path, group, paint));
  for (const [place, group] of groupBy(elsewhere, ({ subject: other, path }) =>
    `${nameOf(other)} ${path}`.trim(),
  ))
    lines.push(
      ...renderGroup(decisions.length > 0 ? `traffic of ${place}` : place, group, paint, nameOf(subject)),
    );
  return `${lines.join('\n')}\n`;
}

/** Renders rules, one in two lines. */
export function renderRules(rules: readonly SpecificationRule[], paint: PaintLook = unpainted): string {
  return rules
    .map(
      ({ id, text, source, level }) =>
        `  ${paint('strong', id)} ${paint('dim', `(${level}: ${source})`)}\n    ${text}\n`,
    )
    .join('');
}

function describeRule({ id, text, source }: SpecificationRule): string {
  return `${id}: ${text} (${source})`;
}

function renderGroup(
  title: string,
  decisions: readonly Explanation[],
  paint: PaintLook,
  self?: string,
): string[] {
  return [
    `  ${paint('dim', title)}`,
    ...decisions.flatMap((decision) => renderDecision(decision, paint, self)),
  ];
}

function renderDecision(
  { decision, outcome, condition, rule, because }: Explanation,
  paint: PaintLook,
  self: string | undefined,
): string[] {
  const verdict = condition ? ` ${condition.type}=${condition.status} (${condition.reason})` : '';
  const line = `    ${paint(outcome, `${marks[outcome]}${verdict}`)} ${decision} ${paint('dim', `[${rule.id}]`)}`;
  const causes = because
    .filter((cause) => nameOf(cause) !== self)
    .map((cause) => `${nameOf(cause)}${cause.path === undefined ? '' : ` ${cause.path}`}`);
  return causes.length === 0 ? [line] : [line, `        ${paint('dim', `because of ${causes.join(', ')}`)}`];
}

function lookOf({ outcome }: Answer): Look {
  return outcome === 'partly' ? 'pending' : outcome;
}

function groupBy(
  decisions: readonly Explanation[],
  keyOf: (decision: Explanation) => string,
): Map<string, Explanation[]> {
  const groups = new Map<string, Explanation[]>();
  for (const decision of decisions) {
    const key = keyOf(decision);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [decision]);
    else group.push(decision);
  }
  return groups;
}
