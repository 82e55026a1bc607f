/**
 * Reads declarations of Go source, as gofmt lays them out: constants of text, and types, with their comments.
 * As much of Go as the API packages of Gateway API use; anything else is skipped.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A constant whose value is text. */
export interface GoConstant {
  readonly name: string;
  /** Name of its type; absent where it has none. */
  readonly type?: string;
  readonly value: string;
  /** Its comment, without markers; '' where it has none. */
  readonly doc: string;
}

/** A field of a struct. */
export interface GoField {
  /** Name in JSON; '' where the fields of the field's type are meant (`json:",inline"`). */
  readonly json: string;
  /** Name of the type, without pointers, slices and maps: `metav1.Condition`. */
  readonly type: string;
}

/** A type declaration. */
export interface GoType {
  readonly name: string;
  readonly doc: string;
  /** Of a struct, in order; absent for other types. */
  readonly fields?: readonly GoField[];
  /** Name of the type that another type stands for or lists; absent for a struct. */
  readonly of?: string;
}

/** The name in a type: without pointer, slice, map, and the sign of an alias. */
const elementType = (type: string): string => type.replace(/^(= )?(\*|\[\]|map\[\w+\])*/, '');

/** What a package's files declare. */
export interface GoPackage {
  readonly constants: readonly GoConstant[];
  readonly types: ReadonlyMap<string, GoType>;
  /** The files' text, for what is neither. */
  readonly text: string;
}

const blockTag = /<gateway:(experimental:(?:description|validation)|util:excludeFromCRD)>/;

/** A comment's text: markers for generators (`+optional`) and what is not said of the standard channel go. */
function commentText(lines: readonly string[]): string {
  const kept: string[] = [];
  let until: string | undefined;
  for (const line of lines) {
    const text = line.replace(/^\/\/ ?/, '').trimEnd();
    if (until !== undefined) {
      if (text.includes(until)) until = undefined;
      continue;
    }
    const block = blockTag.exec(text);
    if (block) until = text.includes(`</gateway:${block[1]}>`) ? undefined : `</gateway:${block[1]}>`;
    else if (!/^\s*(\+|<\/?gateway:)/.test(text)) kept.push(text);
  }
  return kept
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** The value of `"text"` or of `Name + "text"`; undefined where it is none. */
function textValue(expression: string, values: ReadonlyMap<string, string>): string | undefined {
  let result = '';
  for (const term of expression.split(' + ')) {
    const value = /^"([^"\\]*)"$/.exec(term)?.[1] ?? values.get(term);
    if (value === undefined) return undefined;
    result += value;
  }
  return result;
}

/** Parses the text of a package's files. */
export function parseGo(sources: readonly string[]): GoPackage {
  const constants: GoConstant[] = [];
  const types = new Map<string, GoType>();
  const values = new Map<string, string>();
  const lines = sources.flatMap((source) => [...source.split('\n'), '']);

  let comment: string[] = [];
  let inConstants = false;
  let struct: { name: string; doc: string; fields: GoField[] } | undefined;
  const takeDoc = (): string => {
    const doc = commentText(comment);
    comment = [];
    return doc;
  };
  for (const raw of lines) {
    const line = raw.trim();
    if (line.startsWith('//')) {
      comment.push(line);
    } else if (struct) {
      if (raw === '}') {
        types.set(struct.name, struct);
        struct = undefined;
      } else {
        const field = /^(?:\w+ +)?([^ `]+) +`.*?json:"([^",]*)/.exec(line.replace(/\t/g, ' '));
        if (field) struct.fields.push({ type: elementType(field[1] ?? ''), json: field[2] ?? '' });
      }
      comment = [];
    } else if (inConstants || line.startsWith('const ')) {
      if (line === 'const (') {
        inConstants = true;
        comment = [];
        continue;
      }
      const constant = /^(?:const )?(\w+)(?: +(\w+))? += (.+)$/.exec(line);
      const value = constant && textValue(constant[3] ?? '', values);
      if (constant && value !== undefined && value !== null) {
        const [, name = '', type] = constant;
        values.set(name, value);
        constants.push({ name, ...(type && { type }), value, doc: takeDoc() });
      }
      if (raw === ')') inConstants = false;
      comment = [];
    } else {
      const type = /^type (\w+) (.*)$/.exec(raw);
      if (type) {
        const [, name = '', definition = ''] = type;
        if (definition === 'struct {') struct = { name, doc: takeDoc(), fields: [] };
        else types.set(name, { name, doc: takeDoc(), of: elementType(definition) });
      }
      comment = [];
    }
  }
  return { constants, types, text: lines.join('\n') };
}

/**
 * Reads a package: all files of a directory but tests. Constants of one file may use those of another, so
 * that the generated registration, which declares the group's name, comes first.
 */
export function readGoPackage(directory: string): GoPackage {
  if (!existsSync(directory)) return { constants: [], types: new Map(), text: '' };
  const files = readdirSync(directory).filter((file) => file.endsWith('.go') && !file.endsWith('_test.go'));
  const order = (file: string): string => (file.startsWith('zz_generated') ? `0${file}` : `1${file}`);
  files.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  return parseGo(files.map((file) => readFileSync(join(directory, file), 'utf8')));
}
