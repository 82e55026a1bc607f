/** Objects of Gateway API in a real API server, and short ways to change and to read them. */
import { join } from 'node:path';
import {
  type ApiResponse,
  type ControlPlane,
  installCrds,
  installGatewayApi,
  isSuccess,
} from '@blixt/cluster';
import {
  backendRef,
  endpointSlice,
  type Gateway,
  gateway,
  gatewayApiVersion,
  gatewayClass,
  listener,
  type ModelObject,
  parentRef,
  service,
  tcpRoute,
} from '@blixt/gateway-model';
import { resourcePath } from '../../src/kubernetes/api-resource.ts';
import { modelResources } from '../../src/kubernetes/model-resources.ts';

/** An object as the API server has it. */
export interface StoredObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly finalizers?: readonly string[];
  };
  readonly status?: {
    readonly conditions?: readonly StoredCondition[];
    readonly addresses?: readonly { readonly value: string }[];
    readonly listeners?: readonly {
      readonly name: string;
      readonly conditions: readonly StoredCondition[];
    }[];
    readonly parents?: readonly {
      readonly controllerName: string;
      readonly parentRef: object;
      readonly conditions: readonly StoredCondition[];
    }[];
  };
}

/** A condition as the API server has it. */
export interface StoredCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
  readonly message: string;
}

const MERGE_PATCH = 'application/merge-patch+json';

/** Changes objects of a cluster, not through what is tested. */
export class GatewayWorld {
  readonly cluster: ControlPlane;
  readonly #made = new Map<string, ModelObject>();

  constructor(cluster: ControlPlane) {
    this.cluster = cluster;
  }

  /** A world with the CRDs of the newest release that the model knows, and with our own. */
  static async withCrds(cluster: ControlPlane): Promise<GatewayWorld> {
    await installGatewayApi(cluster, gatewayApiVersion);
    await installCrds(cluster, join(import.meta.dirname, '../../../gateway-model/crds'));
    return new GatewayWorld(cluster);
  }

  async #ask(method: string, path: string, body?: unknown, contentType?: string): Promise<ApiResponse> {
    const answer = await this.cluster.request(method, path, {
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
    });
    if (isSuccess(answer)) return answer;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** Makes the object, or makes its spec and labels what the given one has; by server-side apply. */
  async apply(...objects: readonly ModelObject[]): Promise<void> {
    for (const object of objects) {
      const path = pathOf(object);
      const { generation: _, ...metadata } = object.metadata;
      await this.#ask(
        'PATCH',
        `${path}?fieldManager=test&force=true`,
        { ...object, metadata },
        'application/apply-patch+yaml',
      );
      this.#made.set(path, object);
    }
  }

  /** Changes some fields of an object. */
  async patch(object: ModelObject, body: object, subresource?: 'status'): Promise<void> {
    await this.#ask('PATCH', pathOf(object, subresource), body, MERGE_PATCH);
  }

  async delete(...objects: readonly ModelObject[]): Promise<void> {
    for (const object of objects) {
      await this.#ask('DELETE', pathOf(object));
      this.#made.delete(pathOf(object));
    }
  }

  /** The object as the API server has it. */
  async get(object: ModelObject): Promise<StoredObject> {
    return (await this.#ask('GET', pathOf(object))).body as StoredObject;
  }

  /** Deletes all that was made and is still there. */
  async clear(): Promise<void> {
    for (const path of [...this.#made.keys()].reverse()) {
      await this.cluster.request('PATCH', path, {
        body: { metadata: { finalizers: null } },
        contentType: MERGE_PATCH,
      });
      await this.cluster.request('DELETE', path);
    }
    this.#made.clear();
  }
}

/** Where an object is. */
export function pathOf({ kind, metadata }: ModelObject, subresource?: string): string {
  const resource = Object.entries(modelResources).find(([name]) => name === kind)?.[1];
  if (resource === undefined) throw new Error(`no resource is known for ${kind}`);
  return resourcePath(resource, {
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    name: metadata.name,
    ...(subresource === undefined ? {} : { subresource }),
  });
}

/** A Service with one slice: TCP port 80, at port 8080 of the endpoints. */
export const backend = (name: string, ...addresses: readonly string[]): ModelObject[] => [
  service(name, [80]),
  endpointSlice({ service: name, endpoints: addresses, ports: [{ name: '', port: 8080, protocol: 'TCP' }] }),
];

/** A TCPRoute from a Gateway to Services. */
export const routeTo = (name: string, parent: string, ...services: readonly string[]): ModelObject =>
  tcpRoute(
    { parentRefs: [parentRef(parent)], backendRefs: services.map((it) => backendRef(it, 80)) },
    { name },
  );

/** A Gateway with one TCP listener on port 80, at an address. */
export const gatewayAt = (name: string, address?: string): Gateway =>
  gateway(
    {
      listeners: [listener('TCP', 80)],
      ...(address === undefined ? {} : { addresses: [{ type: 'IPAddress', value: address }] }),
    },
    { name },
  );

/** The smallest world that forwards: class, Gateway `edge` at 192.0.2.1, route `web`, Service `web`. */
export const smallWorld = (): ModelObject[] => [
  gatewayClass(),
  gatewayAt('edge', '192.0.2.1'),
  ...backend('web', '10.0.0.1'),
  routeTo('web', 'edge', 'web'),
];
