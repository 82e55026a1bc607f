import { formatName, type NamespacedName } from '@blixt/gateway-model';
import type { Logger } from '../../logger.ts';
import type { ApiClient } from '../api-client.ts';
import type { ApiResource } from '../api-resource.ts';
import type { BackoffOptions } from '../backoff.ts';
import { Informer } from '../informer.ts';
import type { CacheEvent } from '../object-cache.ts';
import { OutageLog } from '../outage-log.ts';
import {
  type FoundObject,
  gatewayOfObject,
  MANAGED_BY,
  type ObjectName,
  trimFoundObject,
} from './manifest.ts';

/** The kinds of objects that are made for Gateways, and where they are. */
export const ownedResources = {
  Service: { group: '', version: 'v1', resource: 'services' },
  EndpointSlice: { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
} as const satisfies Readonly<Record<string, ApiResource>>;

/** Settings of {@link OwnedObjects}. */
export interface OwnedObjectsOptions {
  readonly client: ApiClient;
  readonly controllerName: string;
  readonly backoff?: BackoffOptions;
  readonly logger: Logger;
  /** Called with the Gateways whose objects changed. */
  readonly onChange: (gateways: readonly NamespacedName[]) => void;
}

/** What the API server has of the objects that were made for Gateways of a controller: watched, by Gateway. */
export class OwnedObjects {
  readonly #options: OwnedObjectsOptions;
  readonly #informers: readonly Informer<FoundObject, FoundObject>[];
  readonly #byGateway = new Map<string, Map<ObjectName, FoundObject>>();

  constructor(options: OwnedObjectsOptions) {
    this.#options = options;
    this.#informers = [this.#informer('Service'), this.#informer('EndpointSlice')];
  }

  /** Resolves when all that there are are known. */
  async start(): Promise<void> {
    await Promise.all(this.#informers.map((informer) => informer.start().synced()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#informers.map((informer) => informer.stop()));
  }

  /** Names of the Gateways that objects were made for: `namespace/name`. */
  gateways(): Iterable<string> {
    return this.#byGateway.keys();
  }

  /** What was made for a Gateway, or for an earlier one of its name. */
  of(gateway: string): ReadonlyMap<ObjectName, FoundObject> {
    return this.#byGateway.get(gateway) ?? new Map();
  }

  #informer(kind: keyof typeof ownedResources): Informer<FoundObject, FoundObject> {
    const { client, backoff, logger, onChange } = this.#options;
    const informer: Informer<FoundObject, FoundObject> = new Informer<FoundObject, FoundObject>({
      client,
      resource: ownedResources[kind],
      labelSelector: Object.entries(MANAGED_BY)
        .map((label) => label.join('='))
        .join(),
      transform: (object) => trimFoundObject({ ...object, kind }),
      ...OutageLog.of(client, logger).hooks(`${kind} of Gateways`, () => informer.retryNow()),
      ...(backoff === undefined ? {} : { backoff }),
    });
    informer.subscribe((events) => onChange(events.flatMap((event) => this.#take(kind, event))));
    return informer;
  }

  /** @returns the Gateways that it is about: the one before as well, when the owner changed */
  #take(kind: string, event: CacheEvent<FoundObject>): NamespacedName[] {
    const before = event.type === 'add' ? undefined : event.type === 'update' ? event.previous : event.object;
    const after = event.type === 'delete' ? undefined : event.object;
    const gateways: NamespacedName[] = [];
    const { controllerName } = this.#options;
    const owner = before && gatewayOfObject(before, controllerName);
    if (before !== undefined && owner !== undefined) {
      const key = formatName(owner);
      const objects = this.#byGateway.get(key);
      objects?.delete(`${kind}/${before.metadata.name}`);
      if (objects?.size === 0) this.#byGateway.delete(key);
      gateways.push(owner);
    }
    const newOwner = after && gatewayOfObject(after, controllerName);
    if (after !== undefined && newOwner !== undefined) {
      const key = formatName(newOwner);
      const objects = this.#byGateway.get(key) ?? new Map<ObjectName, FoundObject>();
      this.#byGateway.set(key, objects.set(`${kind}/${after.metadata.name}`, after));
      gateways.push(newOwner);
    }
    return gateways;
  }
}
