/** Objects as people name them on a command line: `KIND/NAME` or `KIND/NAMESPACE/NAME`. */
import { type ModelObject, modelKinds } from '@blixt/gateway-model';
import { CliError, ExitCode } from '../errors.ts';

/** Names that kubectl knows beside kinds and their plurals. */
const shortNames: Readonly<Record<string, string>> = {
  gc: 'GatewayClass',
  gtw: 'Gateway',
  lset: 'ListenerSet',
  refgrant: 'ReferenceGrant',
  btlspolicy: 'BackendTLSPolicy',
  svc: 'Service',
  ns: 'Namespace',
};

/** A reference as it was written, and what it means. */
export interface ObjectReference {
  readonly text: string;
  readonly kind: string;
  /** Undefined when the reference has none. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/**
 * Reads a reference. Kinds are read in any case, as plurals, and by the short names of kubectl.
 *
 * @throws CliError `ERR_OPTION`
 */
export function parseReference(text: string): ObjectReference {
  const [kindText = '', ...rest] = text.split('/');
  const kind = kindOf(kindText);
  const [first, second] = rest;
  if (kind === undefined || !first || rest.length > 2 || second === '') {
    const expected = `KIND/NAME or KIND/NAMESPACE/NAME, with one of the kinds ${[...modelKinds.keys()].join(', ')}`;
    const message = `${text}: expected ${expected}; files are given with -f each.`;
    throw new CliError('ERR_OPTION', message, ExitCode.usage);
  }
  return second === undefined
    ? { text, kind, namespace: undefined, name: first }
    : { text, kind, namespace: first, name: second };
}

/**
 * Finds the objects that a reference means. Without a namespace: the one in `namespace`, or of cluster scope;
 * if there is none, those of this name in every namespace.
 */
export function findReferenced(
  { kind, namespace, name }: ObjectReference,
  objects: readonly ModelObject[],
  defaultNamespace: string,
): ModelObject[] {
  const named = objects.filter((it) => it.kind === kind && it.metadata.name === name);
  const within = (wanted: string): ModelObject[] =>
    named.filter(({ metadata }) => metadata.namespace === undefined || metadata.namespace === wanted);
  if (namespace !== undefined) return within(namespace);
  const here = within(defaultNamespace);
  return here.length > 0 ? here : named;
}

function kindOf(text: string): string | undefined {
  const wanted = text.toLowerCase();
  if (Object.hasOwn(shortNames, wanted)) return shortNames[wanted];
  return [...modelKinds.keys()].find((kind) => {
    const lower = kind.toLowerCase();
    const plurals = [`${lower}s`, `${lower}es`, lower.replace(/y$/, 'ies')];
    return lower === wanted || plurals.includes(wanted);
  });
}
