/** YAML as Kubernetes' clients read it: sigs.k8s.io/yaml, which follows YAML 1.1 where that differs from 1.2. */
import {
  type Document,
  type DocumentOptions,
  LineCounter,
  type ParseOptions,
  parseAllDocuments,
  type ScalarTag,
  type SchemaOptions,
} from 'yaml';

const boolean: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:y|Y|[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON|n|N|[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$/,
  resolve: (text) => /^(?:y|t|on)/i.test(text),
};

/** Integers with a prefix of their base, a leading zero (octal), or underscores. */
const integer: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?(?:0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[1-9][0-9_]*_[0-9_]*)$/,
  resolve: (text) => {
    const sign = text.startsWith('-') ? -1 : 1;
    const digits = text.replace(/^[-+]/, '').replaceAll('_', '').toLowerCase();
    const literal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
    return sign * Number(literal);
  },
};

const OPTIONS: ParseOptions & DocumentOptions & SchemaOptions = {
  prettyErrors: false,
  logLevel: 'error',
  // Merge keys (<<) are understood as well.
  merge: true,
  customTags: (tags) => [boolean, integer, ...tags],
};

/** The documents of a text, and where its lines begin. */
export interface YamlDocuments {
  readonly documents: readonly Document.Parsed[];
  readonly lines: LineCounter;
}

/**
 * Parses every document of a text.
 *
 * @throws whatever the parser throws on text that makes it give up, such as one that is nested too deeply
 */
export function parseYaml(text: string): YamlDocuments {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { ...OPTIONS, lineCounter: lines });
  return { documents: Array.isArray(parsed) ? parsed : [], lines };
}
