/** A kind of objects as the API's paths name it. */
export interface ApiResource {
  /** API group, for example `gateway.networking.k8s.io`; empty for the core group. */
  readonly group: string;
  /** For example `v1`. */
  readonly version: string;
  /** The plural in lower case, for example `tcproutes`. */
  readonly resource: string;
}

/** The fields that every object of the API has. */
export interface ApiObject {
  /** `group/version`, or only the version in the core group. */
  readonly apiVersion?: string;
  /** For example `Gateway`. */
  readonly kind?: string;
  /** What it is known by. */
  readonly metadata: {
    /** Unique among the objects of its kind in its namespace. */
    readonly name: string;
    /** Missing when the object is in none. */
    readonly namespace?: string;
    /** Tells an object from its successors of the same name. */
    readonly uid: string;
    /** Of this version of the object. */
    readonly resourceVersion: string;
  };
}

/** A path of the API: of all objects of a resource, of those of a namespace, or of one. */
export function resourcePath(
  { group, version, resource }: ApiResource,
  where: { readonly namespace?: string; readonly name?: string; readonly subresource?: string } = {},
): string {
  const { namespace, name, subresource } = where;
  const parts = group === '' ? ['api', version] : ['apis', group, version];
  if (namespace !== undefined) parts.push('namespaces', namespace);
  parts.push(resource);
  if (name !== undefined) parts.push(name);
  if (subresource !== undefined) parts.push(subresource);
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

/** As people write it: `tcproutes.gateway.networking.k8s.io`, `services`. */
export const describeResource = ({ group, resource }: ApiResource): string =>
  group === '' ? resource : `${resource}.${group}`;

/** Whether what the API server sent has the fields that every object has. */
export function isApiObject(value: unknown): value is ApiObject {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return false;
  const { metadata } = value;
  if (typeof metadata !== 'object' || metadata === null) return false;
  return (
    'name' in metadata &&
    typeof metadata.name === 'string' &&
    'uid' in metadata &&
    typeof metadata.uid === 'string' &&
    'resourceVersion' in metadata &&
    typeof metadata.resourceVersion === 'string'
  );
}

/** Now, as a MicroTime of `meta/v1`, which wants six digits. */
export const microTime = (): string => new Date().toISOString().replace('Z', '000Z');
