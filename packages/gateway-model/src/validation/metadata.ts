/**
 * Metadata of objects: read as the API server decodes `ObjectMeta`
 * (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/), and written in its
 * canonical form: empty fields left out, times in seconds and UTC.
 */

import { describeType } from './describe.ts';
import { didYouMean } from './did-you-mean.ts';
import { type FieldError, fieldError } from './field-error.ts';
import { normalizeTime } from './formats.ts';
import { isObject, MAX_LIST_LENGTH, ownEntry, setField, wellFormed } from './json.ts';

/** A field of metadata. */
type MetaType =
  | 'text'
  | 'integer'
  | 'boolean'
  | 'time'
  | 'any'
  | { readonly map: 'text' }
  | { readonly list: MetaType }
  | { readonly fields: Readonly<Record<string, MetaField>> };

interface MetaField {
  readonly type: MetaType;
  /** Kept when it is empty or 0. */
  readonly kept?: boolean;
}

const optional: MetaField = { type: 'text' };
const textMap: MetaField = { type: { map: 'text' } };
const flag: MetaField = { type: 'boolean', kept: true };
const time: MetaField = { type: 'time' };
const name: MetaField = { type: 'text', kept: true };

const ownerReference: MetaType = {
  fields: {
    apiVersion: name,
    kind: name,
    name,
    uid: name,
    controller: flag,
    blockOwnerDeletion: flag,
  },
};

const managedFieldsEntry: MetaType = {
  fields: {
    manager: optional,
    operation: optional,
    apiVersion: optional,
    time,
    fieldsType: optional,
    fieldsV1: { type: 'any' },
    subresource: optional,
  },
};

const objectMeta: MetaType = {
  fields: {
    name: optional,
    generateName: optional,
    namespace: optional,
    selfLink: optional,
    uid: optional,
    resourceVersion: optional,
    generation: { type: 'integer' },
    creationTimestamp: time,
    deletionTimestamp: time,
    deletionGracePeriodSeconds: { type: 'integer', kept: true },
    labels: textMap,
    annotations: textMap,
    ownerReferences: { type: { list: ownerReference } },
    finalizers: { type: { list: 'text' } },
    managedFields: { type: { list: managedFieldsEntry } },
  },
};

/** Metadata that has been decoded: the fields that validation looks at have their types. */
export interface DecodedMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly DecodedOwnerReference[];
  readonly [field: string]: unknown;
}

export interface DecodedOwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

const isEmpty = (value: unknown): boolean =>
  value === '' ||
  value === 0 ||
  (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);

class MetadataReader {
  readonly errors: FieldError[] = [];
  readonly #path: (string | number)[] = ['metadata'];

  read(value: unknown, type: MetaType): unknown {
    if (value === undefined || value === null) return this.#zero(type);
    if (typeof type === 'object') {
      if ('list' in type) return this.#list(value, type.list);
      return 'map' in type ? this.#map(value) : this.#object(value, type.fields);
    }
    switch (type) {
      case 'any':
        return value;
      case 'text':
        return typeof value === 'string' ? wellFormed(value) : this.#refuse(value, 'a text');
      case 'boolean':
        return typeof value === 'boolean' ? value : this.#refuse(value, 'true or false');
      case 'integer':
        return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 63
          ? value
          : this.#refuse(value, 'an integer');
      case 'time': {
        const plain = value instanceof Date && !Number.isNaN(value.getTime()) ? value.toJSON() : value;
        const normalized = typeof plain === 'string' ? normalizeTime(plain) : undefined;
        if (normalized !== undefined) return normalized;
        this.errors.push(
          fieldError(
            typeof plain === 'string' ? 'format' : 'type',
            this.#path,
            value,
            'a date and time such as 2026-11-22T15:00:00Z',
          ),
        );
        return undefined;
      }
    }
  }

  /** What null, or a missing field that is kept, stands for. */
  #zero(type: MetaType): unknown {
    if (type === 'text') return '';
    return typeof type === 'object' && 'fields' in type ? this.#object({}, type.fields) : undefined;
  }

  #refuse(value: unknown, expected: string): undefined {
    this.errors.push(fieldError('type', this.#path, value, expected));
    return undefined;
  }

  #at(step: string | number, value: unknown, type: MetaType): unknown {
    this.#path.push(step);
    const result = this.read(value, type);
    this.#path.pop();
    return result;
  }

  #list(value: unknown, type: MetaType): unknown {
    if (!Array.isArray(value) || value.length > MAX_LIST_LENGTH)
      return this.#refuse(value, describeType('array'));
    return value.flatMap((item, index) => this.#at(index, item, type) ?? []);
  }

  #map(value: unknown): unknown {
    if (!isObject(value)) return this.#refuse(value, 'an object with texts');
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const text = value[key] === undefined ? undefined : this.#at(key, value[key], 'text');
      if (text !== undefined) setField(result, key, text);
    }
    return result;
  }

  #object(value: unknown, fields: Readonly<Record<string, MetaField>>): unknown {
    if (!isObject(value)) return this.#refuse(value, describeType('object'));
    const result: Record<string, unknown> = {};
    for (const field of Object.keys(value)) {
      if (value[field] === undefined) continue;
      const known = ownEntry(fields, field);
      if (!known) {
        const guess = didYouMean(field, Object.keys(fields));
        const hint = guess ? `did you mean ${guess}?` : `known fields: ${Object.keys(fields).join(', ')}`;
        this.errors.push(
          fieldError('unknown-field', [...this.#path, field], value[field], 'no such field', hint),
        );
        continue;
      }
      const content = this.#at(field, value[field], known.type);
      if (content !== undefined && (known.kept || !isEmpty(content))) result[field] = content;
    }
    for (const field in fields) {
      const { type, kept } = fields[field] ?? {};
      if (kept && type === 'text') result[field] ??= '';
    }
    return result;
  }
}

/** Reads metadata of any value; what cannot be read is told and left out. */
export function decodeMetadata(value: unknown, errors: FieldError[]): DecodedMeta {
  const reader = new MetadataReader();
  const result = reader.read(value, objectMeta);
  errors.push(...reader.errors);
  // Every field of the table has been read as its type says.
  return isObject(result) ? (result as DecodedMeta) : {};
}

/** The name that the server would make of `generateName`, with `xxxxx` for what it draws by lot. */
export const generatedName = (generateName: string): string => `${generateName.slice(0, 58)}xxxxx`;
