import { backendRefs, formatName, type Route, serviceOfBackendRef } from '@blixt/gateway-model';
import { keyOf, type ObjectKey } from '../object.ts';

/** The Services that routes name in their backendRefs, as `namespace/name`. */
export class NamedServices {
  readonly #byRoute = new Map<ObjectKey, readonly string[]>();
  /** How many routes name a Service. */
  readonly #counts = new Map<string, number>();

  /** Whether a route names the Service. */
  has(service: string): boolean {
    return this.#counts.has(service);
  }

  /** A route is there, or there is a new version of it. Returns the Services that it names, each once. */
  set(route: Route): readonly string[] {
    const { namespace } = route.metadata;
    const named = backendRefs(route).flatMap((ref) => serviceOfBackendRef(ref, namespace) ?? []);
    const services = [...new Set(named.map(formatName))];
    const key = keyOf(route);
    const before = this.#byRoute.get(key) ?? [];
    this.#byRoute.set(key, services);
    for (const service of services) this.#counts.set(service, (this.#counts.get(service) ?? 0) + 1);
    this.#forget(before);
    return services;
  }

  /** A route is gone. */
  delete(route: Route): void {
    const key = keyOf(route);
    this.#forget(this.#byRoute.get(key) ?? []);
    this.#byRoute.delete(key);
  }

  #forget(services: readonly string[]): void {
    for (const service of services) {
      const count = (this.#counts.get(service) ?? 0) - 1;
      if (count > 0) this.#counts.set(service, count);
      else this.#counts.delete(service);
    }
  }
}
