/** Structural validation by ajv: schemas are compiled at their first use, errors told as {@link FieldError}. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { parseAddress } from '../resolution/addresses.ts';
import { didYouMean } from './did-you-mean.ts';
import { type FieldError, type FieldPath, fieldError } from './field-error.ts';
import { type KindSchema, objectSchema, type Schema } from './schemas.ts';

/** RFC 3339; what Kubernetes writes has seconds and `Z`. */
const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

let ajv: Ajv | undefined;
const compiled = new Map<string, ValidateFunction>();

function createAjv(): Ajv {
  const instance = new Ajv({
    allErrors: true,
    verbose: true,
    strict: false,
    unicodeRegExp: false,
    messages: false,
    // Compiling must be quick, as it happens at run time: the schemas are known to be right.
    meta: false,
    validateSchema: false,
    code: { optimize: false },
  });
  instance.addFormat('int32', true);
  instance.addFormat('int64', true);
  instance.addFormat('date-time', (text) => dateTime.test(text) && !Number.isNaN(Date.parse(text)));
  instance.addFormat('ipv4', (text) => parseAddress(text)?.family === 'IPv4');
  instance.addFormat('ipv6', (text) => parseAddress(text)?.family === 'IPv6');
  return instance;
}

function validatorOf(kind: KindSchema): ValidateFunction {
  const known = compiled.get(kind.kind);
  if (known) return known;
  ajv ??= createAjv();
  const validator = ajv.compile(objectSchema(kind));
  compiled.set(kind.kind, validator);
  return validator;
}

/** Steps of a JSON pointer (RFC 6901); those into lists become numbers, as the data says. */
function parsePointer(pointer: string, root: unknown): (string | number)[] {
  let value = root;
  return pointer
    .split('/')
    .slice(1)
    .map((encoded) => {
      const step = encoded.replaceAll('~1', '/').replaceAll('~0', '~');
      const inList = Array.isArray(value);
      value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
      return inList ? Number(step) : step;
    });
}

const list = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value)).join(' or ');

/** `an integer from 1 to 65535`. */
function describeRange({ minimum, maximum }: Schema): string {
  if (minimum === undefined) return `at most ${maximum}`;
  return maximum === undefined ? `at least ${minimum}` : `a number from ${minimum} to ${maximum}`;
}

function describeCount(unit: string, least: unknown, most: unknown): string {
  if (least === undefined || least === 0) return `at most ${most} ${unit}`;
  if (least === most) return `exactly ${least} ${unit}`;
  return most === undefined ? `at least ${least} ${unit}` : `${least} to ${most} ${unit}`;
}

function toFieldError(error: ErrorObject, root: unknown): FieldError | undefined {
  const path: FieldPath = parsePointer(error.instancePath, root);
  const { keyword, params, data } = error;
  const schema = (error.parentSchema ?? {}) as Schema;
  switch (keyword) {
    case 'required':
      return fieldError('required', [...path, String(params.missingProperty)], undefined, 'a value');
    case 'additionalProperties': {
      const name = String(params.additionalProperty);
      const known = Object.keys(schema.properties ?? {});
      const guess = didYouMean(name, known);
      const value = typeof data === 'object' && data !== null ? Reflect.get(data, name) : undefined;
      const hint = guess ? `did you mean ${guess}?` : `known fields: ${known.join(', ')}`;
      return fieldError('unknown-field', [...path, name], value, 'no such field', hint);
    }
    case 'type': {
      const type = schema.type ?? String(params.type);
      return fieldError('type', path, data, `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`);
    }
    case 'enum': {
      const values = schema.enum as readonly unknown[];
      const guess = typeof data === 'string' ? didYouMean(data, values.map(String)) : undefined;
      return fieldError('enum', path, data, list(values), guess && `did you mean ${guess}?`);
    }
    case 'pattern':
      return fieldError('pattern', path, data, `text that matches ${params.pattern}`);
    case 'format':
      return fieldError('format', path, data, `text in the format ${params.format}`);
    case 'minimum':
    case 'maximum':
      return fieldError('range', path, data, describeRange(schema));
    case 'minLength':
    case 'maxLength':
      return fieldError(
        'length',
        path,
        data,
        describeCount('characters', schema.minLength, schema.maxLength),
      );
    case 'minItems':
    case 'maxItems':
      return fieldError('length', path, data, describeCount('items', schema.minItems, schema.maxItems));
    case 'minProperties':
    case 'maxProperties':
      return fieldError(
        'length',
        path,
        data,
        describeCount('fields', schema.minProperties, schema.maxProperties),
      );
    default:
      return undefined;
  }
}

/** Combinations are told once, at their place, instead of once for each branch that fails. */
const combinators = new Set(['oneOf', 'anyOf', 'allOf', 'not']);

const inBranch = ({ schemaPath }: ErrorObject): boolean =>
  /\/(oneOf|anyOf|not)(\/|$)/.test(schemaPath.replace(/\/(oneOf|anyOf|not)$/, ''));

/** Tells a failed combination by the formats or types that its branches ask for. */
function toCombinationError(error: ErrorObject, all: readonly ErrorObject[], root: unknown): FieldError {
  const branches = all.filter(
    (other) => other !== error && other.schemaPath.startsWith(`${error.schemaPath}/`),
  );
  const asked =
    branches.find(({ keyword }) => keyword === 'format') ??
    branches.find(({ keyword }) => keyword === 'type');
  if (!asked)
    return fieldError(
      'rule',
      parsePointer(error.instancePath, root),
      error.data,
      'a value that the schema allows',
    );
  const { keyword, instancePath, data } = asked;
  const same = branches.filter((other) => other.keyword === keyword && other.instancePath === instancePath);
  const wanted = [...new Set(same.map(({ params }) => String(params.format ?? params.type)))].join(' or ');
  return fieldError(keyword === 'format' ? 'format' : 'type', parsePointer(instancePath, root), data, wanted);
}

/** Validates against the structural schema of a kind. */
export function structuralErrors(kind: KindSchema, object: unknown): FieldError[] {
  const validator = validatorOf(kind);
  if (validator(object)) return [];
  const errors = validator.errors ?? [];
  return errors
    .filter((error) => !inBranch(error))
    .flatMap((error) =>
      combinators.has(error.keyword)
        ? toCombinationError(error, errors, object)
        : (toFieldError(error, object) ?? []),
    );
}
