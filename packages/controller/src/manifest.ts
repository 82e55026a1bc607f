import type { Document } from 'yaml';
import { YAMLError } from 'yaml';
import { ManifestError, type ManifestProblem, type SourceSpan } from './errors.ts';
import { formatPath, type PathSegment } from './field-path.ts';
import { type FieldPart, findField, type OffsetRange, startOfContents } from './manifest-position.ts';
import { parseYaml, type YamlDocuments } from './manifest-yaml.ts';

/** Finds where a part of a field stands: the field of `path`, or its nearest ancestor that exists. */
export type Locate = (path: readonly PathSegment[], part?: FieldPart) => SourceSpan;

/** One object as it stands in a file, before defaults and validation. */
export interface Manifest {
  /** The plain value: a mapping with `apiVersion` and `kind`. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly apiVersion: string;
  readonly kind: string;
  /** Where the object begins: its first line. */
  readonly position: SourceSpan;
  readonly locate: Locate;
}

/** What a file holds. */
export interface ParsedFile {
  readonly manifests: readonly Manifest[];
  /** Mappings that do not look like an object: without apiVersion, kind and metadata. */
  readonly foreign: readonly ManifestError[];
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
  const reader = new ManifestReader(file, text);
  reader.read();
  return reader;
}

class ManifestReader implements ParsedFile {
  readonly manifests: Manifest[] = [];
  readonly foreign: ManifestError[] = [];
  readonly problems: ManifestError[] = [];
  readonly #file: string;
  readonly #text: string;
  #lines: YamlDocuments['lines'] | undefined;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  read(): void {
    let parsed: YamlDocuments;
    try {
      parsed = parseYaml(this.#text);
    } catch (error) {
      this.problems.push(syntaxProblem(this.#span({ start: 0, end: 0 }), error));
      return;
    }
    this.#lines = parsed.lines;
    for (const document of parsed.documents) this.#readDocument(document);
  }

  #readDocument(document: Document.Parsed): void {
    // A mistake in the syntax brings others; of keys that are there twice each is told.
    const [first] = document.errors;
    const isDuplicate = ({ code }: YAMLError): boolean => code === 'DUPLICATE_KEY';
    const told = first && isDuplicate(first) ? document.errors.filter(isDuplicate) : [first];
    for (const error of told) {
      if (error === undefined) continue;
      const [start, end] = error.pos;
      this.problems.push(syntaxProblem(this.#span({ start, end }), error));
    }
    if (document.errors.some((error) => !isDuplicate(error))) return;
    let value: unknown;
    try {
      value = document.toJS();
    } catch (error) {
      const start = startOfContents(document);
      this.problems.push(syntaxProblem(this.#span({ start, end: start }), error));
      return;
    }
    if (value !== null && value !== undefined) this.#expand(document, value, []);
  }

  #expand(document: Document.Parsed, value: unknown, prefix: readonly PathSegment[]): void {
    const locate: Locate = (path, part = 'value') =>
      this.#span(findField(document, [...prefix, ...path], part));
    const problem = (path: readonly PathSegment[], reason: string, hint: string): ManifestError =>
      new ManifestError({
        code: 'ERR_MANIFEST_INVALID',
        rule: 'not-an-object',
        position: locate(path),
        path: formatPath([...prefix, ...path]),
        object: '',
        reason,
        hint,
      });
    if (!isRecord(value)) {
      const reason = `expected a Kubernetes object (a mapping), got ${describe(value)}`;
      this.problems.push(problem([], reason, 'write apiVersion, kind and metadata'));
      return;
    }
    const { apiVersion, kind, metadata } = value;
    if (typeof kind !== 'string' || kind === '') {
      const reason = `expected the name of a kind, got ${describe(kind)}`;
      const found = problem(['kind'], reason, 'add kind, for example "kind: Gateway"');
      const isForeign = kind === undefined && apiVersion === undefined && metadata === undefined;
      (isForeign ? this.foreign : this.problems).push(found);
      return;
    }
    if (typeof apiVersion !== 'string' || apiVersion === '') {
      const reason = `expected an API version, got ${describe(apiVersion)}`;
      this.problems.push(problem(['apiVersion'], reason, 'add apiVersion, for example "apiVersion: v1"'));
      return;
    }
    if (kind === 'List' || (kind.endsWith('List') && Array.isArray(value.items))) {
      const items = value.items ?? [];
      if (Array.isArray(items)) {
        for (const [index, item] of items.entries())
          this.#expand(document, item, [...prefix, 'items', index]);
        return;
      }
      const reason = `expected a list of objects, got ${describe(items)}`;
      this.problems.push(problem(['items'], reason, 'write "items: []" for none'));
      return;
    }
    this.manifests.push({ value, apiVersion, kind, position: locate([]), locate });
  }

  /** What reaches over several lines ends with the first. */
  #span({ start, end }: OffsetRange): SourceSpan {
    const from = this.#lines?.linePos(start) ?? { line: 1, col: 1 };
    const newline = this.#text.indexOf('\n', start);
    const lineEnd = newline < 0 ? this.#text.length : newline;
    const cut = Math.max(Math.min(end, lineEnd), start);
    const length = this.#text.slice(start, cut).trimEnd().length;
    const [line, column] = [Math.max(from.line, 1), Math.max(from.col, 1)];
    return { file: this.#file, line, column, endLine: line, endColumn: column + length };
  }
}

function syntaxProblem(position: SourceSpan, error: unknown): ManifestError {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof YAMLError ? ` (${error.code})` : '';
  const problem: ManifestProblem = {
    code: 'ERR_MANIFEST_SYNTAX',
    rule: 'yaml-syntax',
    position,
    path: '',
    object: '',
    reason: `not valid YAML: ${message.split('\n')[0] ?? message}${code}`,
    hint: 'correct the syntax at this place',
  };
  return new ManifestError(problem);
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
