import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  YAMLError,
} from 'yaml';
import { ManifestError, type ManifestProblem, type SourcePosition } from './errors.ts';
import { formatPath, type PathSegment } from './field-path.ts';

/** One object as it stands in a file, before defaults and validation. */
export interface Manifest {
  /** The plain value: a mapping with `apiVersion`, `kind` and `metadata.name`. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly apiVersion: string;
  readonly kind: string;
  /** Where the object begins. */
  readonly position: SourcePosition;
  /** Where the field of a path stands, or its nearest ancestor that exists. */
  locate(path: readonly PathSegment[]): SourcePosition;
}

/** What a file holds. */
export interface ParsedFile {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly ManifestError[];
}

/** A file larger than this is refused: 16 MiB, in bytes. */
export const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

/**
 * Reads the documents of a YAML or JSON file: several documents, `kind: List` expanded, empty ones skipped.
 * Never throws: what is wrong is in `problems`, and `manifests` has what could be read nevertheless.
 *
 * @param file - name of the file, as it shall appear in messages
 */
export function parseManifests(file: string, text: string): ParsedFile {
  const lines = new LineCounter();
  const manifests: Manifest[] = [];
  const problems: ManifestError[] = [];
  const at = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const report = (problem: Omit<ManifestProblem, 'object'>): void => {
    problems.push(new ManifestError({ ...problem, object: '' }));
  };
  let documents: Document.Parsed[];
  try {
    const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    documents = Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    report(syntaxProblem(at(0), error));
    return { manifests, problems };
  }
  for (const document of documents) {
    const [first] = document.errors;
    if (first !== undefined) {
      report(syntaxProblem(at(first.pos[0]), first));
      continue;
    }
    let value: unknown;
    try {
      value = document.toJS();
    } catch (error) {
      report(syntaxProblem(at(document.range[0]), error));
      continue;
    }
    if (value === null || value === undefined) continue;
    expand(document, value, [], at, manifests, report);
  }
  return { manifests, problems };
}

function expand(
  document: Document.Parsed,
  value: unknown,
  prefix: readonly PathSegment[],
  at: (offset: number) => SourcePosition,
  manifests: Manifest[],
  report: (problem: Omit<ManifestProblem, 'object'>) => void,
): void {
  const locate = (path: readonly PathSegment[]): SourcePosition =>
    at(nodeOffset(document, [...prefix, ...path]));
  const position = locate([]);
  const invalid = (path: readonly PathSegment[], reason: string, hint: string): void => {
    report({
      code: 'ERR_MANIFEST_INVALID',
      position: locate(path),
      path: formatPath([...prefix, ...path]),
      reason,
      hint,
    });
  };
  if (!isRecord(value)) {
    invalid(
      [],
      `expected a Kubernetes object (a mapping), got ${describe(value)}`,
      'write apiVersion, kind and metadata',
    );
    return;
  }
  const { apiVersion, kind } = value;
  if (typeof kind !== 'string' || kind === '') {
    invalid(
      ['kind'],
      `expected the name of a kind, got ${describe(kind)}`,
      'add kind, for example "kind: Gateway"',
    );
    return;
  }
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    invalid(
      ['apiVersion'],
      `expected an API version, got ${describe(apiVersion)}`,
      'add apiVersion, for example "apiVersion: v1"',
    );
    return;
  }
  if (kind === 'List' || (kind.endsWith('List') && Array.isArray(value.items))) {
    const items = value.items ?? [];
    if (!Array.isArray(items)) {
      invalid(['items'], `expected a list of objects, got ${describe(items)}`, 'write "items: []" for none');
      return;
    }
    for (const [index, item] of items.entries()) {
      expand(document, item, [...prefix, 'items', index], at, manifests, report);
    }
    return;
  }
  manifests.push({ value, apiVersion, kind, position, locate });
}

/** Offset of a field's value; of the nearest ancestor when the field is not there. */
function nodeOffset(document: Document.Parsed, path: readonly PathSegment[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return startOf(node) ?? document.range[0];
  }
  return startOf(document.contents) ?? document.range[0];
}

function startOf(node: Node | null): number | undefined {
  if (node === null) return undefined;
  if (isMap(node)) {
    // A block mapping's range starts at its first key; after a "- " that is what an editor should show.
    const key = node.items[0]?.key;
    if (isScalar(key) && key.range) return node.flow === true ? node.range?.[0] : key.range[0];
  }
  return node.range?.[0];
}

function syntaxProblem(position: SourcePosition, error: unknown): Omit<ManifestProblem, 'object'> {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof YAMLError ? ` (${error.code})` : '';
  return {
    code: 'ERR_MANIFEST_SYNTAX',
    position,
    path: '',
    reason: `not valid YAML: ${message.split('\n')[0] ?? message}${code}`,
    hint: 'correct the syntax at this place',
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value in a few words, for messages. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value) ?? String(value);
  return `${typeof value} ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}
