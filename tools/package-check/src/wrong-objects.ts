import { gateway, gatewayClass, httpRoute, type KubernetesObject, listener } from '@blixt/gateway-model';

/** An object that an API server with Gateway API's CRDs refuses. */
export interface WrongObject {
  /** What is wrong with it. */
  readonly fault: string;
  readonly object: KubernetesObject & { readonly spec: unknown };
  /** The object before this update; absent: it is created. */
  readonly old?: unknown;
}

const edge = gateway({ listeners: [listener('TCP', 80)] });
const web = listener('HTTP', 80, { name: 'web' });

/** One object for each way in which an API server checks objects. */
export const wrongObjects: readonly WrongObject[] = [
  {
    fault: 'a port that is out of range',
    object: { ...edge, spec: { ...edge.spec, listeners: [{ ...web, port: 65_536 }] } },
  },
  {
    fault: 'a field that is misspelt',
    object: { ...edge, spec: { ...edge.spec, adresses: [] } },
  },
  {
    fault: 'two listeners of one name',
    object: { ...edge, spec: { ...edge.spec, listeners: [web, { ...web, port: 81 }] } },
  },
  {
    fault: 'tls on an HTTP listener (CEL)',
    object: {
      ...edge,
      spec: { ...edge.spec, listeners: [{ ...web, tls: { certificateRefs: [{ name: 'cert' }] } }] },
    },
  },
  {
    fault: 'a filter without its settings (CEL)',
    object: httpRoute({ rules: [{ filters: [{ type: 'RequestRedirect' }] }] }),
  },
  {
    fault: 'a new controllerName (CEL, on updates)',
    object: { ...gatewayClass(), spec: { controllerName: 'example.com/other' } },
    old: gatewayClass(),
  },
  {
    fault: 'a name with a capital',
    object: { ...edge, metadata: { ...edge.metadata, name: 'Edge' } },
  },
];

/** An object that an API server accepts, and gives defaults: its backendRef gets the weight 1. */
export const rightObject = httpRoute({ rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] });
