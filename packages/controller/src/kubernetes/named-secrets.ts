import type { ModelObject, Secret } from '@blixt/gateway-model';
import { keyOf, type ObjectKey } from '../object.ts';
import type { ApiObject } from './api-resource.ts';
import { CertificateReferences } from './certificate-references.ts';
import type { Informer } from './informer.ts';

/** A stored Secret. */
export type StoredSecret = Secret & ApiObject;

/** The informer of one Secret. */
interface Watched {
  readonly informer: Informer<StoredSecret, Secret>;
  /** Resolves when it is known whether the Secret is there, or that it may not be read. */
  readonly known: Promise<void>;
  isKnown: boolean;
}

/** Settings of {@link NamedSecrets}. */
export interface NamedSecretsOptions {
  readonly controllerName: string;
  /** Begins to watch one Secret; `refused` is called when the API server refuses it. */
  readonly watch: (namespace: string, name: string, refused: () => void) => Informer<StoredSecret, Secret>;
  /** A Secret that was known is not needed any more. */
  readonly forget: (secret: Secret) => void;
}

/**
 * Watches the Secrets that our certificateRefs name, each by its name: a role that allows list and watch of these
 * names (`resourceNames`) is enough.
 */
export class NamedSecrets {
  readonly #options: NamedSecretsOptions;
  readonly #references: CertificateReferences;
  readonly #watched = new Map<string, Watched>();
  #started = false;

  constructor(options: NamedSecretsOptions) {
    this.#options = options;
    this.#references = new CertificateReferences(options.controllerName);
  }

  /** Begins to watch. Resolves when all that are named by now are known. */
  async start(): Promise<void> {
    this.#started = true;
    this.#update();
    await Promise.all(Array.from(this.#watched.values(), ({ known }) => known));
  }

  /**
   * An object is there, is changed, or is gone.
   *
   * @returns what to wait for until the Secrets that it needs are known; undefined when they are
   */
  change(type: 'upsert' | 'delete', object: ModelObject): Promise<unknown> | undefined {
    if (!this.#references.change(type, object) || !this.#started) return undefined;
    const needed = this.#update();
    const waits: Promise<void>[] = [];
    for (const [secret, owners] of needed) {
      const watched = this.#watched.get(secret);
      if (watched === undefined || watched.isKnown) continue;
      if (object.kind === 'GatewayClass' || concerns(object, owners)) waits.push(watched.known);
    }
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  /** Watches nothing more. */
  async stop(): Promise<void> {
    this.#started = false;
    const watched = [...this.#watched.values()];
    this.#watched.clear();
    await Promise.all(watched.map(({ informer }) => informer.stop()));
  }

  #update(): Map<string, ObjectKey[]> {
    const needed = this.#references.needed();
    for (const [secret, { informer }] of this.#watched) {
      if (needed.has(secret)) continue;
      this.#watched.delete(secret);
      for (const object of informer.objects()) this.#options.forget(object);
      void informer.stop();
    }
    for (const secret of needed.keys()) if (!this.#watched.has(secret)) this.#watch(secret);
    return needed;
  }

  #watch(secret: string): void {
    const [namespace = '', name = ''] = secret.split('/');
    const { promise, resolve } = Promise.withResolvers<void>();
    const informer = this.#options.watch(namespace, name, resolve);
    const watched: Watched = { informer, known: promise, isKnown: false };
    this.#watched.set(secret, watched);
    informer.synced().then(resolve, resolve);
    void promise.then(() => {
      watched.isKnown = true;
    });
  }
}

/** Whether an object, or for a Gateway one of its ListenerSets, is among the owners. */
function concerns(object: ModelObject, owners: readonly ObjectKey[]): boolean {
  const isGateway = object.kind === 'Gateway';
  return (
    owners.includes(keyOf(object)) || (isGateway && owners.some((key) => key.startsWith('ListenerSet/')))
  );
}
