/** Compares what the model says of an object with what the API server says. */
import { withDefaults } from '../../src/validation/defaults.ts';
import type { FieldError } from '../../src/validation/field-error.ts';
import { type ParseOptions, parseObject } from '../../src/validation/validate.ts';
import type { Verdict } from './api.ts';
import type { Sample } from './examples.ts';
import { canonicalJson, fieldsOf, isObject, type JsonObject } from './json.ts';

/** Fields of metadata that only the API server sets: whatever a client sends in them is replaced. */
const SET_BY_SERVER = [
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
];

/** An object without what only the API server sets. */
export function withoutServerFields(object: unknown, sent: JsonObject): unknown {
  if (!isObject(object)) return object;
  const metadata = { ...fieldsOf(object, 'metadata') };
  for (const field of SET_BY_SERVER) delete metadata[field];
  // The API server makes the name.
  if (!fieldsOf(sent, 'metadata').name) delete metadata.name;
  return { ...object, metadata };
}

/** What both said of one object. */
export interface Comparison {
  readonly sample: Sample;
  readonly verdict: Verdict;
  readonly errors: readonly FieldError[];
  /** Why they disagree; undefined when they agree. */
  readonly disagreement: string | undefined;
  /** Whether both accepted it, so that the defaulted objects were compared. */
  readonly compared: boolean;
  /** Fields that the server names. */
  readonly named: readonly string[];
  /** Those of them that the model does not name: neither itself nor a part of it. */
  readonly unnamed: readonly string[];
}

/**
 * One way of writing a path: a key of a map is a field, and owner references have no index, as the API server
 * gives them none.
 */
const plainPath = (path: string): string =>
  path
    .replaceAll(/\["((?:[^"\\]|\\.)*)"\]/g, '.$1')
    .replaceAll(/\[([^\]]*[^\]\d][^\]]*)\]/g, '.$1')
    .replace(/^(metadata\.ownerReferences)\[\d+\]/, '$1');

/** Said when rules were left out, which is no error of its own. */
const NOT_CHECKED = 'some validation rules were not checked because the object was invalid';

/** The fields that the API server objects to, wherever its answer names them; those that do not exist apart. */
function namedFields({ causes, message }: Verdict): { fields: string[]; unknown: string[] } {
  const fields: string[] = [];
  for (const { field, message: said } of causes) {
    if (said.includes(NOT_CHECKED)) continue;
    // Combinations of schemas (oneOf, anyOf) are told without a field, but the text quotes it.
    const quoted = /^Invalid value: "": "([^"]+)" must validate/.exec(said)?.[1];
    fields.push(plainPath(field === '<nil>' ? (quoted ?? '') : field));
  }
  const unknown = [...message.matchAll(/unknown field "([^"]*)"/g)].map(([, field = '']) => plainPath(field));
  return { fields: [...new Set(fields)], unknown: [...new Set(unknown)] };
}

/** Whether a path is the field, or a part of it. */
const isWithin = (path: string, field: string): boolean =>
  path === field || field === '' || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);

/** The request that the API server answered. */
export interface Request extends ParseOptions {
  readonly namespace: string;
}

/** What is compared: of a status, the API server takes only the default when an object is created. */
function comparable(object: unknown, sent: JsonObject, request: Request): string {
  const own = withoutServerFields(object, sent);
  if (!isObject(own) || request.old !== undefined || sent.status === undefined) return canonicalJson(own);
  const { status: _, ...rest } = own;
  return canonicalJson(rest);
}

/** What `withDefaults` fills in: it leaves metadata alone, and a status that is there. */
function fieldsWithDefaults(object: unknown, sent: JsonObject): string {
  if (!isObject(object)) return canonicalJson(object);
  const { metadata: _, status, ...fields } = object;
  return canonicalJson(sent.status === undefined ? { ...fields, status } : fields);
}

/** Compares what the API server said of a request with what the model says. */
export function compare(sample: Sample, verdict: Verdict, request: Request): Comparison {
  const result = parseObject(sample.object, request);
  const errors = result.ok ? [] : result.errors;
  const { fields, unknown } = namedFields(verdict);
  const named = [...fields, ...unknown];
  const both = { sample, verdict, errors, compared: false, disagreement: undefined, named, unnamed: [] };
  if (verdict.accepted !== result.ok) {
    return { ...both, disagreement: verdict.accepted ? 'only the model refuses' : 'only the server refuses' };
  }
  if (!result.ok) {
    const paths = errors.map(({ path }) => plainPath(path));
    const unnamed = [
      ...fields.filter((field) => !paths.some((path) => isWithin(path, field))),
      // Where an object stands in place of a text, its fields are unknown to the server; the model tells the type.
      ...unknown.filter((field) => !paths.some((path) => path === field || isWithin(field, path))),
    ];
    return { ...both, unnamed };
  }
  const theirs = comparable(verdict.object, sample.object, request);
  const ours = comparable(result.object, sample.object, request);
  if (request.old === undefined && theirs === ours) {
    const server = fieldsWithDefaults(verdict.object, sample.object);
    const model = fieldsWithDefaults(withDefaults(sample.object), sample.object);
    const differ = `withDefaults differs:\n    server ${server}\n    model  ${model}`;
    return { ...both, compared: true, disagreement: server === model ? undefined : differ };
  }
  const disagreement =
    theirs === ours ? undefined : `the objects differ:\n    server ${theirs}\n    model  ${ours}`;
  return { ...both, compared: true, disagreement };
}

/** A disagreement for people: what was sent, what both said. */
export function describe({ sample, verdict, errors, disagreement }: Comparison): string {
  const said = verdict.accepted ? 'accepted' : `${verdict.status} ${verdict.message}`;
  return [
    `${sample.served.apiVersion} ${sample.served.kind}: ${disagreement}`,
    `  sent   ${JSON.stringify(sample.object).slice(0, 4_000)}`,
    `  from   ${sample.origin}`,
    `  server ${said.slice(0, 2_000)}`,
    `  model  ${
      errors.length === 0
        ? 'accepted'
        : errors
            .map(({ message }) => message)
            .join('; ')
            .slice(0, 2_000)
    }`,
  ].join('\n');
}
