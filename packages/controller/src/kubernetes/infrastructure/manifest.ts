import { createHash } from 'node:crypto';
import type { Gateway, NamespacedName } from '@blixt/gateway-model';
import type { ApiObject } from '../api-resource.ts';
import { shareStrings } from '../shared-strings.ts';

/** Who an object belongs to (`meta/v1`). */
export interface OwnerReference {
  /** Group and version of the owner. */
  readonly apiVersion: string;
  /** Kind of the owner. */
  readonly kind: string;
  /** Name of the owner, in the object's namespace. */
  readonly name: string;
  /** Which of the owners of that name. */
  readonly uid: string;
  /** Whether it is the one that manages the object. */
  readonly controller?: boolean;
}

/** An object among those of a Gateway: kind and name. */
export type ObjectName = `${string}/${string}`;

/** An object as we want it. */
export interface Manifest {
  /** Group and version. */
  readonly apiVersion: string;
  /** What it is. */
  readonly kind: 'Service' | 'EndpointSlice';
  /** All of it is ours. */
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly ownerReferences: readonly OwnerReference[];
  };
}

/** An object as the API server has it. */
export interface FoundObject extends ApiObject {
  /** What it is. */
  readonly kind: Manifest['kind'];
  readonly metadata: ApiObject['metadata'] & {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
    readonly deletionTimestamp?: string;
    readonly managedFields?: readonly { readonly manager?: string; readonly fieldsV1?: object }[];
  };
}

/** The label by which all that we made is found. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'blixt' } as const;
/** Who writes, in managedFields. */
export const FIELD_MANAGER = 'blixt';
/** `spec.controllerName` of the class of the Gateway that an object was made for. */
const CONTROLLER = 'blixt.dev/controller-name';
/** Of what we applied: fields that are wanted no more are in no other place. */
const APPLIED = 'blixt.dev/applied';

/** The object with the annotations by which we know it again, and what of it we wrote. */
export function sealed<T extends Manifest>(manifest: T, controllerName: string): T {
  const { metadata } = manifest;
  const annotations = { ...metadata.annotations, [CONTROLLER]: controllerName };
  const marked = { ...manifest, metadata: { ...metadata, annotations } };
  const hash = createHash('sha256').update(JSON.stringify(marked)).digest('hex').slice(0, 16);
  return {
    ...marked,
    metadata: { ...marked.metadata, annotations: { ...annotations, [APPLIED]: hash } },
  };
}

/**
 * The Gateway that we made an object for, with its uid; undefined when the object is not ours. Its owner tells, and
 * which of several controllers it was, if somebody has not taken that away.
 */
export function gatewayOfObject(
  { metadata }: FoundObject,
  controllerName: string,
): (NamespacedName & { readonly uid: string }) | undefined {
  if ((metadata.annotations?.[CONTROLLER] ?? controllerName) !== controllerName) return undefined;
  const owner = metadata.ownerReferences?.find((it) => it.kind === 'Gateway' && it.controller === true);
  const { namespace } = metadata;
  return owner && namespace !== undefined ? { namespace, name: owner.name, uid: owner.uid } : undefined;
}

/** Whether an object of ours was made for this Gateway, and not for an earlier one of its name. */
export const isMadeFor = (object: FoundObject, { metadata }: Gateway, controllerName: string): boolean =>
  gatewayOfObject(object, controllerName)?.uid === metadata.uid;

/** Whether an object has all that is wanted, and nothing of ours beside it. */
export const isAsWanted = (found: FoundObject, wanted: Manifest): boolean => contains(found, wanted);

/** Lists that others may add to. */
const SHARED_LISTS = new Set(['ownerReferences', 'ports']);

/** Whether all that is wanted is there: others may have added to objects, and to lists that have keys. */
function contains(found: unknown, wanted: unknown, field = ''): boolean {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found)) return wanted.length === 0 && found === undefined;
    if (!SHARED_LISTS.has(field) && found.length !== wanted.length) return false;
    return wanted.every((item) => found.some((it) => contains(it, item)));
  }
  if (typeof wanted !== 'object' || wanted === null) return found === wanted;
  return Object.entries(wanted).every(
    ([key, value]) => value === undefined || contains(fieldOf(found, key), value, key),
  );
}

const fieldOf = (object: unknown, key: string): unknown =>
  typeof object === 'object' && object !== null
    ? Object.getOwnPropertyDescriptor(object, key)?.value
    : undefined;

/**
 * Whether an object has to be deleted and made anew, because a field differs that the API server does not let change.
 */
export function mustBeMadeAnew(found: FoundObject, wanted: Manifest): boolean {
  const [family] = listAt(found, ['spec', 'ipFamilies']);
  const [wantedFamily] = listAt(wanted, ['spec', 'ipFamilies']);
  return (
    (wantedFamily !== undefined && wantedFamily !== family) ||
    valueAt(found, ['addressType']) !== valueAt(wanted, ['addressType']) ||
    isHeadless(found) !== isHeadless(wanted) ||
    isOfOtherClass(found, wanted)
  );
}

const isHeadless = (service: unknown): boolean => valueAt(service, ['spec', 'clusterIP']) === 'None';

const CLASS = ['spec', 'loadBalancerClass'];

/** A class that is not ours to take away was given by something that has all Services use it. */
function isOfOtherClass(found: FoundObject, wanted: Manifest): boolean {
  const [before, after] = [valueAt(found, CLASS), valueAt(wanted, CLASS)];
  return before !== after && (after !== undefined || isOwn(found, CLASS));
}

/** Without who owns its fields, the larger part of it, unless that is asked: of a Service with a class. */
export function trimFoundObject(object: FoundObject): FoundObject {
  const { managedFields = [], ...metadata } = object.metadata;
  const isAsked = valueAt(object, CLASS) !== undefined;
  const own = isAsked ? managedFields.filter(({ manager }) => manager === FIELD_MANAGER) : [];
  return shareStrings({ ...object, metadata: { ...metadata, managedFields: own } });
}

/** Whether we wrote a field. */
const isOwn = ({ metadata }: FoundObject, path: readonly string[]): boolean =>
  (metadata.managedFields ?? []).some(
    ({ manager, fieldsV1 }) =>
      manager === FIELD_MANAGER &&
      valueAt(
        fieldsV1,
        path.map((field) => `f:${field}`),
      ) !== undefined,
  );

const valueAt = (object: unknown, path: readonly string[]): unknown => path.reduce(fieldOf, object);

function listAt(object: unknown, path: readonly string[]): readonly unknown[] {
  const value = valueAt(object, path);
  return Array.isArray(value) ? value : [];
}
