import { setTimeout as sleep } from 'node:timers/promises';
import { type EndpointSlice, formatName, type Route, serviceOfEndpointSlice } from '@blixt/gateway-model';
import type { ApiObject } from './api-resource.ts';
import type { Informer } from './informer.ts';
import { NamedServices } from './named-services.ts';
import { trimEndpointSlice } from './trimmed-objects.ts';

/** How long slices are kept that no route needs any more: a route may be replaced by another. */
const KEEP_MS = 1_000;
/** Services that one request asks for. */
const SERVICES_A_REQUEST = 50;
/** Names that a Service can have (RFC 1123, section 2.1); a backendRef may hold others. */
const SERVICE_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** A stored EndpointSlice. */
export type StoredSlice = EndpointSlice & ApiObject;

/**
 * Keeps EndpointSlices only of Services that a route names. One watch brings the slices of all Services; when a
 * route names a Service for the first time, the slices that were left out before are read.
 */
export class BackendSlices {
  readonly #named = new NamedServices();
  /** Services whose slices are kept: those that are named, and for a while those that were. */
  readonly #kept = new Set<string>();
  /** Services that are being read. */
  readonly #reading = new Map<string, Promise<void>>();
  /** Services to read with the next request. */
  readonly #unread = new Set<string>();
  #nextRead: Promise<void> | undefined;
  #cleaning: NodeJS.Timeout | undefined;
  #informer: Informer<StoredSlice, EndpointSlice> | undefined;

  /** What an informer keeps of a slice. */
  readonly trim = (slice: StoredSlice): EndpointSlice | undefined => {
    const service = serviceOfEndpointSlice(slice);
    return service !== undefined && this.#kept.has(formatName(service))
      ? trimEndpointSlice(slice)
      : undefined;
  };

  /** The informer that has begun to list: Services that are named from now on have to be read. */
  set informer(informer: Informer<StoredSlice, EndpointSlice>) {
    this.#informer = informer;
  }

  /**
   * A route is there, or there is a new version of it.
   *
   * @returns what to wait for until the endpoints of all that it names are known; undefined when they are
   */
  set(route: Route): Promise<unknown> | undefined {
    const waits: Promise<void>[] = [];
    for (const service of this.#named.set(route)) {
      if (!this.#kept.has(service)) {
        this.#kept.add(service);
        if (this.#informer !== undefined && SERVICE_NAME.test(service.slice(service.indexOf('/') + 1)))
          this.#read(service, this.#informer);
      }
      const reading = this.#reading.get(service);
      if (reading !== undefined) waits.push(reading);
    }
    this.#cleanLater();
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  /** A route is gone. */
  delete(route: Route): void {
    this.#named.delete(route);
    this.#cleanLater();
  }

  /** Starts nothing more. */
  stop(): void {
    clearTimeout(this.#cleaning);
    this.#informer = undefined;
  }

  #read(service: string, informer: Informer<StoredSlice, EndpointSlice>): void {
    this.#unread.add(service);
    // Routes that come together are read together.
    this.#nextRead ??= sleep(1).then(() => this.#readNow(informer));
    const done = (): boolean => this.#reading.delete(service);
    // A rejection says that the informer was stopped.
    this.#reading.set(
      service,
      this.#nextRead.then(done, done).then(() => undefined),
    );
  }

  async #readNow(informer: Informer<StoredSlice, EndpointSlice>): Promise<void> {
    const byNamespace = new Map<string, string[]>();
    for (const service of this.#unread) {
      const [namespace = '', name = ''] = service.split('/');
      const names = byNamespace.get(namespace) ?? [];
      names.push(name);
      byNamespace.set(namespace, names);
    }
    this.#unread.clear();
    this.#nextRead = undefined;
    const requests: Promise<void>[] = [];
    for (const [namespace, names] of byNamespace) {
      for (let from = 0; from < names.length; from += SERVICES_A_REQUEST) {
        const some = names.slice(from, from + SERVICES_A_REQUEST).join(',');
        requests.push(
          informer.reread({ namespace, labelSelector: `kubernetes.io/service-name in (${some})` }),
        );
      }
    }
    await Promise.all(requests);
  }

  #cleanLater(): void {
    if (this.#informer === undefined) return;
    this.#cleaning ??= setTimeout(() => {
      this.#cleaning = undefined;
      this.#clean();
    }, KEEP_MS);
  }

  #clean(): void {
    const unwanted = new Set([...this.#kept].filter((service) => !this.#named.has(service)));
    if (unwanted.size === 0) return;
    for (const service of unwanted) this.#kept.delete(service);
    this.#informer?.evict((slice) => {
      const service = serviceOfEndpointSlice(slice);
      return service !== undefined && unwanted.has(formatName(service));
    });
  }
}
