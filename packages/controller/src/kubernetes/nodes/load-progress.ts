import { formatName, namespacedName } from '@blixt/gateway-model';
import type { LoadReport } from '../../load-gate.ts';
import { isOlder } from '../resource-version.ts';
import { ANY_GATEWAY, type LoadedVersions } from './node-lease.ts';

/** More Gateways that could not be loaded are not named. */
const MOST_NAMED = 50;

interface Versioned {
  readonly metadata: {
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
  };
}

/** What this instance has loaded, as others are told. */
export class LoadProgress {
  #gateways = '0';
  #listenerSets = '0';
  readonly #failed = new Set<string>();
  /** What was loaded of each Gateway, as far as others wait for it. */
  readonly #seen = new Map<string, string>();

  /** The newest versions that are loaded: all older ones are, too, but for {@link LoadProgress.notLoaded}. */
  get versions(): LoadedVersions {
    return { gateways: this.#gateways, listenersets: this.#listenerSets };
  }

  /** Gateways that are not loaded as they are. */
  get notLoaded(): string[] {
    return this.#failed.size > MOST_NAMED ? [ANY_GATEWAY] : [...this.#failed].sort();
  }

  /** @returns whether others wait for what is new: a changed spec or address, or a Gateway that fails or does no more */
  take({ loaded, failed, released }: LoadReport): boolean {
    const before = this.notLoaded.join();
    let isNews = false;
    for (const { gateway, listenerSets } of loaded) {
      const name = formatName(namespacedName(gateway));
      this.#failed.delete(name);
      this.#gateways = newest(this.#gateways, gateway);
      for (const listenerSet of listenerSets) this.#listenerSets = newest(this.#listenerSets, listenerSet);
      const seen = JSON.stringify([
        generationOf(gateway),
        gateway.status?.addresses?.map(({ value }) => value),
        listenerSets.map(generationOf),
      ]);
      if (this.#seen.get(name) !== seen) isNews = true;
      this.#seen.set(name, seen);
    }
    for (const name of failed) this.#failed.add(formatName(name));
    for (const name of released) {
      this.#failed.delete(formatName(name));
      this.#seen.delete(formatName(name));
    }
    return isNews || this.notLoaded.join() !== before;
  }
}

const generationOf = ({ metadata: { uid, generation } }: Versioned): string => `${uid} ${generation}`;

function newest(known: string, { metadata: { resourceVersion = '0' } }: Versioned): string {
  return known === '0' || isOlder(known, resourceVersion) ? resourceVersion : known;
}
