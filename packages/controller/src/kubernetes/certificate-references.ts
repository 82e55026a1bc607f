import {
  type Gateway,
  type GatewayClass,
  gatewayOfListenerSet,
  type ListenerSet,
  type ModelObject,
} from '@blixt/gateway-model';
import { gatewayKey, keyOf, type ObjectKey } from '../object.ts';

/** Names that a Secret can have (RFC 1123, section 2.1); the API server checks no certificateRef for it. */
const SECRET_NAME = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;

interface Owner {
  readonly object: Gateway | ListenerSet;
  /** `namespace/name` of what its listeners name. */
  readonly secrets: readonly string[];
}

/**
 * The Secrets that certificateRefs of our Gateways and of their ListenerSets name, as `namespace/name`. Those that
 * only others name are none of our business.
 */
export class CertificateReferences {
  readonly #controllerName: string;
  readonly #ourClasses = new Set<string>();
  readonly #gateways = new Map<ObjectKey, { readonly className: string }>();
  /** Gateways and ListenerSets that name Secrets. */
  readonly #owners = new Map<ObjectKey, Owner>();

  constructor(controllerName: string) {
    this.#controllerName = controllerName;
  }

  /**
   * An object is there, is changed, or is gone.
   *
   * @returns whether {@link needed} may be different now
   */
  change(type: 'upsert' | 'delete', object: ModelObject): boolean {
    const isThere = type === 'upsert';
    if (object.kind === 'GatewayClass') return this.#changeClass(object, isThere);
    if (object.kind !== 'Gateway' && object.kind !== 'ListenerSet') return false;
    const key = keyOf(object);
    const before = this.#owners.get(key);
    const secrets = isThere ? secretsOf(object) : [];
    if (secrets.length > 0) this.#owners.set(key, { object, secrets });
    else this.#owners.delete(key);
    let isDifferent = before !== undefined || secrets.length > 0;
    if (object.kind === 'Gateway') {
      const className = isThere ? object.spec.gatewayClassName : undefined;
      isDifferent ||= this.#owners.size > 0 && this.#gateways.get(key)?.className !== className;
      if (className === undefined) this.#gateways.delete(key);
      else this.#gateways.set(key, { className });
    }
    return isDifferent;
  }

  /** All that are named, and by whom. O(objects that name Secrets). */
  needed(): Map<string, ObjectKey[]> {
    const needed = new Map<string, ObjectKey[]>();
    for (const [key, { object, secrets }] of this.#owners) {
      if (!this.#isOurs(object)) continue;
      for (const secret of secrets) needed.set(secret, [...(needed.get(secret) ?? []), key]);
    }
    return needed;
  }

  #isOurs(object: Gateway | ListenerSet): boolean {
    if (object.kind === 'Gateway') return this.#ourClasses.has(object.spec.gatewayClassName);
    const parent = gatewayOfListenerSet(object);
    const gateway = parent && this.#gateways.get(gatewayKey(parent));
    return gateway !== undefined && this.#ourClasses.has(gateway.className);
  }

  #changeClass({ metadata, spec }: GatewayClass, isThere: boolean): boolean {
    const isOurs = isThere && spec.controllerName === this.#controllerName;
    if (isOurs === this.#ourClasses.has(metadata.name)) return false;
    if (isOurs) this.#ourClasses.add(metadata.name);
    else this.#ourClasses.delete(metadata.name);
    return this.#owners.size > 0;
  }
}

/** Secrets that HTTPS listeners name, each once. */
function secretsOf({ metadata, spec }: Gateway | ListenerSet): string[] {
  const secrets = spec.listeners
    .filter(({ protocol }) => protocol === 'HTTPS')
    .flatMap(({ tls }) => tls?.certificateRefs ?? [])
    .filter(({ group, kind, name }) => !group && (kind ?? 'Secret') === 'Secret' && SECRET_NAME.test(name))
    .map(({ namespace = metadata.namespace, name }) => `${namespace}/${name}`);
  return [...new Set(secrets)];
}
