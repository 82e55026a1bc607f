/** Where in a YAML document the field of a path stands. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { PathSegment } from './field-path.ts';

/** Which part of a field is meant: its name, what it holds, or the name of the field that it is in. */
export type FieldPart = 'key' | 'value' | 'parent';

/** Offsets into the text, in UTF-16 code units; `end` is exclusive. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

/** A step that was found: the node, and the key when it is the value of a mapping. */
interface Step {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

const asNode = (value: unknown): Node | undefined => (isNode(value) ? value : undefined);

/**
 * Finds a field: of what `path` leads to, or its nearest ancestor that exists, the part that is asked for.
 * Aliases and merge keys are followed, so that the place is where the text stands. O(length of the path x
 * width of the mappings).
 */
export function findField(
  document: Document.Parsed,
  path: readonly PathSegment[],
  part: FieldPart,
): OffsetRange {
  const steps: Step[] = [{ key: undefined, value: asNode(document.contents) }];
  const wanted = part === 'parent' ? path.slice(0, -1) : path;
  for (const segment of wanted) {
    const next = descend(document, steps.at(-1)?.value, segment);
    if (next === undefined) break;
    steps.push(next);
  }
  const { key, value } = steps.at(-1) ?? { key: undefined, value: undefined };
  const isWhole = steps.length === wanted.length + 1;
  const range = part === 'value' && isWhole ? ofValue(key, value) : ofKey(key, value);
  return range ?? { start: document.range[0], end: document.range[0] };
}

/** Offsets of a node that a document begins with, or of the document when it is empty. */
export function startOfContents(document: Document.Parsed): number {
  return ofKey(undefined, asNode(document.contents))?.start ?? document.range[0];
}

function descend(
  document: Document.Parsed,
  node: Node | undefined,
  segment: PathSegment,
  depth = 0,
): Step | undefined {
  const target = resolveAlias(document, node);
  if (isSeq(target)) {
    const item = asNode(target.items[Number(segment)]);
    return item === undefined ? undefined : { key: undefined, value: item };
  }
  if (!isMap(target) || depth > MAX_MERGES) return undefined;
  const pair = findPair(target, String(segment));
  if (pair !== undefined) return { key: asNode(pair.key), value: asNode(pair.value) };
  const merged = resolveAlias(document, asNode(findPair(target, '<<')?.value));
  for (const source of isSeq(merged) ? merged.items : [merged]) {
    const found = descend(document, asNode(source), segment, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Mappings may merge others that merge others: as deep as anybody writes by hand. */
const MAX_MERGES = 16;

function resolveAlias(document: Document.Parsed, node: Node | undefined): Node | undefined {
  return isAlias(node) ? node.resolve(document) : node;
}

/** Of equal keys the last counts, as for the value. */
function findPair(map: YAMLMap, key: string): Pair | undefined {
  return map.items.findLast((item) => isPair(item) && isScalar(item.key) && textOf(item.key) === key);
}

function textOf({ value, source }: { readonly value: unknown; readonly source?: string }): string {
  return typeof value === 'string' ? value : (source ?? String(value));
}

/** A scalar or a collection in brackets; of a block, which has many lines, the name. */
function ofValue(key: Node | undefined, value: Node | undefined): OffsetRange | undefined {
  if (isCollection(value) && value.flow !== true) return ofKey(key, value);
  return rangeOf(value) ?? rangeOf(key);
}

/** The name; of an item of a list, which has none, its first line: the first field. */
function ofKey(key: Node | undefined, value: Node | undefined): OffsetRange | undefined {
  const own = rangeOf(key);
  if (own !== undefined) return own;
  if (isMap(value) && value.flow !== true) {
    const first = value.items[0];
    const start = rangeOf(asNode(first?.key));
    const end = ofValue(asNode(first?.key), asNode(first?.value));
    if (start !== undefined) return { start: start.start, end: Math.max(start.end, end?.end ?? 0) };
  }
  if (isSeq(value) && value.flow !== true && value.items.length > 0) {
    return ofKey(undefined, asNode(value.items[0]));
  }
  return rangeOf(value);
}

function rangeOf(node: Node | undefined): OffsetRange | undefined {
  return node?.range ? { start: node.range[0], end: node.range[1] } : undefined;
}
