/**
 * Rules across fields: those of the CRDs' CEL expressions (`x-kubernetes-validations`) that matter at layer
 * 4. Each is one function; a kind lists its rules. They run on objects whose structure is right.
 */

import type { Gateway, Listener, ListenerEntry, ParentReference } from '../generated/types.ts';
import { formatName, GATEWAY_API_GROUP, type ModelObject, type Route } from '../objects/kinds.ts';
import type { BackendReference } from '../resolution/references.ts';
import { type FieldError, type FieldPath, fieldError } from './field-error.ts';

type AnyListener = Listener | ListenerEntry;

const indexesByKey = <T>(
  items: readonly T[],
  keyOf: (item: T) => string | undefined,
): Map<string, number[]> => {
  const indexes = new Map<string, number[]>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if (key !== undefined) indexes.set(key, [...(indexes.get(key) ?? []), index]);
  }
  return indexes;
};

/** One error for each item but the first of every group of equal keys. */
function duplicates<T>(
  items: readonly T[],
  path: FieldPath,
  keyOf: (item: T) => string | undefined,
  expected: string,
  value: (item: T) => unknown,
): FieldError[] {
  return [...indexesByKey(items, keyOf).values()].flatMap(([first, ...others]) =>
    others.map((index) => {
      const item = items[index];
      return fieldError(
        'duplicate',
        [...path, index],
        item && value(item),
        expected,
        `the same as item ${first}`,
      );
    }),
  );
}

function listenerTls({ protocol, tls }: AnyListener, path: FieldPath): FieldError[] {
  if (['HTTP', 'TCP', 'UDP'].includes(protocol)) {
    return tls ? [fieldError('forbidden', [...path, 'tls'], tls, `no tls for protocol ${protocol}`)] : [];
  }
  const mode = tls?.mode;
  if (protocol === 'HTTPS' && tls && mode && mode !== 'Terminate') {
    return [fieldError('rule', [...path, 'tls', 'mode'], mode, 'Terminate for protocol HTTPS')];
  }
  if (protocol === 'TLS' && !mode) {
    return [fieldError('required', [...path, 'tls', 'mode'], mode, 'a mode for protocol TLS')];
  }
  const certificates = (tls?.certificateRefs?.length ?? 0) + Object.keys(tls?.options ?? {}).length;
  if (tls && (mode ?? 'Terminate') === 'Terminate' && certificates === 0) {
    return [fieldError('rule', [...path, 'tls'], tls, 'certificateRefs or options when mode is Terminate')];
  }
  return [];
}

function listenerHostname({ protocol, hostname }: AnyListener, path: FieldPath): FieldError[] {
  if (!hostname || !['TCP', 'UDP'].includes(protocol)) return [];
  return [fieldError('forbidden', [...path, 'hostname'], hostname, `no hostname for protocol ${protocol}`)];
}

function listenerRules(listeners: readonly AnyListener[]): FieldError[] {
  const path = ['spec', 'listeners'];
  return [
    ...listeners.flatMap((listener, index) => [
      ...listenerTls(listener, [...path, index]),
      ...listenerHostname(listener, [...path, index]),
    ]),
    ...duplicates(
      listeners,
      path,
      ({ port, protocol, hostname }) => JSON.stringify([port, protocol, hostname ?? null]),
      'a unique combination of port, protocol and hostname',
      ({ port, protocol, hostname }) => (hostname ? { port, protocol, hostname } : { port, protocol }),
    ),
  ];
}

function gatewayAddresses({ spec }: Gateway): FieldError[] {
  const unique = (type: string): FieldError[] =>
    duplicates(
      spec.addresses ?? [],
      ['spec', 'addresses'],
      (address) => ((address.type ?? 'IPAddress') === type ? address.value : undefined),
      `${type} values to be unique`,
      ({ value }) => value,
    );
  return [...unique('IPAddress'), ...unique('Hostname')];
}

/** References to one parent must all name a section, each another one, or be a single reference. */
function parentRefRules(route: Route): FieldError[] {
  const refs = route.spec.parentRefs ?? [];
  const path = ['spec', 'parentRefs'];
  const parentOf = ({
    group = GATEWAY_API_GROUP,
    kind = 'Gateway',
    namespace = '',
    name,
  }: ParentReference): string => `${group} ${kind} ${formatName({ namespace, name })}`;
  const errors: FieldError[] = [];
  for (const indexes of indexesByKey(refs, parentOf).values()) {
    const named = indexes.filter((index) => refs[index]?.sectionName);
    if (named.length === 0 || named.length === indexes.length) continue;
    for (const index of indexes) {
      if (named.includes(index)) continue;
      const expected = 'a sectionName, since several references name the same parent';
      errors.push(fieldError('rule', [...path, index, 'sectionName'], refs[index]?.sectionName, expected));
    }
  }
  const sectionOf = (ref: ParentReference): string => `${parentOf(ref)} ${ref.sectionName ?? ''}`;
  const expected = 'a sectionName that no other reference to the same parent has';
  return [...errors, ...duplicates(refs, path, sectionOf, expected, ({ sectionName }) => sectionName)];
}

function backendPorts(route: Route): FieldError[] {
  const rules: readonly { readonly backendRefs?: readonly BackendReference[] }[] = route.spec.rules ?? [];
  return rules.flatMap(({ backendRefs = [] }, rule) =>
    backendRefs.flatMap(({ group = '', kind = 'Service', port }, index) =>
      group === '' && kind === 'Service' && port === undefined
        ? [
            fieldError(
              'required',
              ['spec', 'rules', rule, 'backendRefs', index, 'port'],
              port,
              'the port of the Service',
            ),
          ]
        : [],
    ),
  );
}

/** Errors across the fields of an object whose structure is right. */
export function ruleErrors(object: ModelObject): FieldError[] {
  switch (object.kind) {
    case 'Gateway':
      return [...listenerRules(object.spec.listeners), ...gatewayAddresses(object)];
    case 'ListenerSet':
      return listenerRules(object.spec.listeners);
    case 'TCPRoute':
    case 'UDPRoute':
    case 'HTTPRoute':
      return [...parentRefRules(object), ...backendPorts(object)];
    default:
      return [];
  }
}
