/** Rules of metadata, as the API server's `ValidateObjectMeta` and `ValidateObjectMetaUpdate` check them. */
import { type FieldError, type FieldErrorCode, type FieldPath, fieldError } from './field-error.ts';
import { type DecodedMeta, type DecodedOwnerReference, generatedName } from './metadata.ts';
import type { KindSchema } from './schema.ts';

const MAX_ANNOTATIONS_SIZE = 256 * 1024;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const isSubdomain = (text: string): boolean => text.length <= 253 && SUBDOMAIN.test(text);
const isLabel = (text: string): boolean => text.length <= 63 && LABEL.test(text);
const isLabelValue = (text: string): boolean =>
  text.length <= 63 && (text === '' || QUALIFIED_PART.test(text));

/** `name` or `prefix/name`. */
function isQualifiedName(text: string): boolean {
  const parts = text.split('/');
  const [prefix, name = prefix] = parts;
  if (parts.length > 2 || (parts.length === 2 && !isSubdomain(prefix ?? ''))) return false;
  return name !== undefined && name.length <= 63 && QUALIFIED_PART.test(name);
}

const QUALIFIED_NAME =
  'a name of at most 63 letters, digits, "-", "_" and ".", with or without a DNS name and "/" before it';

const names = {
  subdomain: { test: isSubdomain, expected: 'a DNS name: at most 253 small letters, digits, "-" and "."' },
  label: { test: isLabel, expected: 'a DNS label: at most 63 small letters, digits and "-"' },
} as const;

/** Code for a text that breaks a syntax. */
const syntaxCode = (value: string, limit: number): FieldErrorCode =>
  value.length > limit ? 'length' : 'pattern';

/** Bytes of the text in UTF-8. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** Go's `strings.ToLower`, for the one letter that JavaScript makes two of. */
const toLower = (text: string): string => text.replaceAll('\u0130', 'i').toLowerCase();

function ownerErrors(owner: DecodedOwnerReference, path: FieldPath): FieldError[] {
  const errors = (['kind', 'name', 'uid'] as const).flatMap((field) =>
    owner[field] === '' ? [fieldError('required', [...path, field], owner[field], 'a value')] : [],
  );
  const { apiVersion, kind } = owner;
  // More than one slash is no version at all.
  const parts = apiVersion.split('/');
  const version = parts.length > 2 ? '' : parts.at(-1);
  if (version === '')
    errors.push(fieldError('required', [...path, 'apiVersion'], apiVersion, 'a group and version'));
  if (/^\/?v1$/.test(apiVersion) && kind === 'Event')
    errors.push(fieldError('rule', path, owner, 'an owner that is no Event'));
  return errors;
}

function ownersErrors({ ownerReferences = [] }: DecodedMeta): FieldError[] {
  const path = ['metadata', 'ownerReferences'];
  const controllers = ownerReferences.flatMap(({ controller }, index) => (controller ? [index] : []));
  return [
    ...ownerReferences.flatMap((owner, index) => ownerErrors(owner, [...path, index])),
    ...controllers
      .slice(1)
      .map((index) =>
        fieldError('duplicate', [...path, index, 'controller'], true, 'one owner to be the controller'),
      ),
  ];
}

function finalizersErrors({ finalizers = [] }: DecodedMeta): FieldError[] {
  const path = ['metadata', 'finalizers'];
  const errors = finalizers.flatMap((finalizer, index) =>
    isQualifiedName(finalizer) ? [] : [fieldError('pattern', [...path, index], finalizer, QUALIFIED_NAME)],
  );
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    errors.push(fieldError('rule', path, finalizers, 'one of orphan and foregroundDeletion'));
  return errors;
}

function labelsErrors({ labels = {} }: DecodedMeta): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const path = ['metadata', 'labels', key];
    const errors: FieldError[] = [];
    if (!isQualifiedName(key))
      errors.push(fieldError('pattern', path, key, `the label's key to be ${QUALIFIED_NAME}`));
    if (!isLabelValue(value)) {
      const expected = 'at most 63 letters, digits, "-", "_" and ".", the first and last a letter or digit';
      errors.push(fieldError(syntaxCode(value, 63), path, value, expected));
    }
    return errors;
  });
}

function annotationsErrors({ annotations = {} }: DecodedMeta): FieldError[] {
  const path = ['metadata', 'annotations'];
  let size = 0;
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(annotations)) {
    size += utf8Length(key) + utf8Length(value);
    if (!isQualifiedName(toLower(key)))
      errors.push(fieldError('pattern', [...path, key], key, `the annotation's key to be ${QUALIFIED_NAME}`));
  }
  if (size > MAX_ANNOTATIONS_SIZE)
    errors.push(fieldError('length', path, `${size} bytes`, `at most ${MAX_ANNOTATIONS_SIZE} bytes in all`));
  return errors;
}

/** The start of a name: what is added to it may follow a hyphen. */
function isNameStart(text: string, test: (name: string) => boolean): boolean {
  const masked = text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text;
  return test(masked) && test(generatedName(text));
}

function nameErrors({ name = '', generateName = '' }: DecodedMeta, kind: KindSchema): FieldError[] {
  const { test, expected } = names[kind.names];
  const errors: FieldError[] = [];
  if (generateName !== '' && !isNameStart(generateName, test))
    errors.push(
      fieldError('pattern', ['metadata', 'generateName'], generateName, `the start of ${expected}`),
    );
  const path = ['metadata', 'name'];
  if (name === '' && generateName === '') errors.push(fieldError('required', path, undefined, expected));
  if (name !== '' && !test(name))
    errors.push(fieldError(syntaxCode(name, kind.names === 'label' ? 63 : 253), path, name, expected));
  return errors;
}

/** On updates only what makes no part of a URL is refused: the name is that of the object before. */
function nameUpdateErrors({ generateName = '' }: DecodedMeta): FieldError[] {
  if (!/[/%]/.test(generateName)) return [];
  const expected = 'the start of a name, without "/" and "%"';
  return [fieldError('pattern', ['metadata', 'generateName'], generateName, expected)];
}

function namespaceErrors({ namespace = '' }: DecodedMeta, { namespaced }: KindSchema): FieldError[] {
  // The server ignores the namespace of objects that live in none.
  if (!namespaced || isLabel(namespace)) return [];
  const path = ['metadata', 'namespace'];
  const { expected } = names.label;
  return [
    namespace === ''
      ? fieldError('required', path, undefined, expected)
      : fieldError(syntaxCode(namespace, 63), path, namespace, expected),
  ];
}

/** What is wrong with the metadata of an object of the kind that is created or updated. */
export function metadataErrors(meta: DecodedMeta, kind: KindSchema, update: boolean): FieldError[] {
  return [
    ...(update ? nameUpdateErrors(meta) : nameErrors(meta, kind)),
    ...namespaceErrors(meta, kind),
    ...labelsErrors(meta),
    ...annotationsErrors(meta),
    ...ownersErrors(meta),
    ...finalizersErrors(meta),
  ];
}

/** Fields that say which object it is. Those that the server or the request fills in may be left out. */
const identity = [
  { field: 'name', optional: false },
  { field: 'namespace', optional: true },
  { field: 'uid', optional: true },
] as const;

function immutable(field: string, value: unknown, before: unknown): FieldError {
  const expected = before === undefined ? 'no value, as before' : `${JSON.stringify(before)}, as before`;
  return fieldError('immutable', ['metadata', field], value, expected);
}

/** Whether the new object is another one than the old one. */
export function identityErrors(meta: DecodedMeta, old: DecodedMeta, kind: KindSchema): FieldError[] {
  return identity.flatMap(({ field, optional }) => {
    if (field === 'namespace' && !kind.namespaced) return [];
    const [now, before] = [meta[field], old[field]];
    const leftOut = now === undefined && optional;
    return now === before || before === undefined || leftOut ? [] : [immutable(field, now, before)];
  });
}

/** What an update changes although it must not. */
export function metadataUpdateErrors(meta: DecodedMeta, old: DecodedMeta): FieldError[] {
  const errors: FieldError[] = [];
  // The time of deletion stays what it is once it is set, whatever an update says; nobody but the server sets it.
  if (meta.deletionTimestamp !== undefined && old.deletionTimestamp === undefined)
    errors.push(immutable('deletionTimestamp', meta.deletionTimestamp, undefined));
  const { deletionGracePeriodSeconds: seconds } = meta;
  if (seconds !== undefined && seconds !== old.deletionGracePeriodSeconds)
    errors.push(immutable('deletionGracePeriodSeconds', seconds, old.deletionGracePeriodSeconds));
  if (old.deletionTimestamp === undefined) return errors;
  for (const [index, finalizer] of (meta.finalizers ?? []).entries()) {
    if (old.finalizers?.includes(finalizer)) continue;
    const expected = 'no new finalizer, as the object is being deleted';
    errors.push(fieldError('forbidden', ['metadata', 'finalizers', index], finalizer, expected));
  }
  return errors;
}
