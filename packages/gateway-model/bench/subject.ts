import {
  type Gateway,
  isStatusOwner,
  type ModelObject,
  mergeStatus,
  ObjectIndex,
  type ResolveContext,
  releaseGateway,
  resolveGateway,
} from '../src/index.ts';
import { type BenchWorld, worldOf } from './world.ts';

const CONTROLLER = 'gateway.networking.k8s.io/blixt';

const context: ResolveContext = {
  controllerName: CONTROLLER,
  now: '2026-11-22T15:00:00Z',
  addresses: { assigned: ['192.0.2.1'] },
  programmed: { ok: true },
};

/** An index of the objects, from nothing. */
export function indexOf(objects: readonly ModelObject[]): ObjectIndex {
  const index = new ObjectIndex({ controllerName: CONTROLLER });
  for (const object of objects) index.apply({ type: 'upsert', object });
  return index;
}

/** The library at one size: a world, its index, and what is measured of it. */
export class Subject {
  readonly world: BenchWorld;
  readonly index: ObjectIndex;
  /** Keeps what was decided from being optimised away. */
  decided = 0;

  constructor(size: number) {
    this.world = worldOf(size);
    this.index = indexOf(this.world.objects);
    // As in a cluster that runs: every object has its status already.
    for (const gateway of this.world.gateways) {
      for (const update of resolveGateway(gateway, this.index, context).statuses) {
        const stored = this.index.get(update.kind, update.namespace, update.name);
        if (stored === undefined || !isStatusOwner(stored)) throw new Error(`${update.name} is not there`);
        const object = { ...stored, status: mergeStatus(update, stored) } as ModelObject;
        this.index.apply({ type: 'upsert', object });
      }
    }
  }

  /** Decides about every Gateway. */
  resolveAll(): void {
    for (const gateway of this.index.list('Gateway')) this.#resolve(gateway);
  }

  /** Takes one change, and decides about all that it touches; returns how many Gateways that were. */
  change(object: ModelObject): number {
    const { gateways } = this.index.apply({ type: 'upsert', object });
    for (const name of gateways) {
      const gateway = this.index.gateway(name);
      if (gateway) this.#resolve(gateway);
      else this.decided += releaseGateway(name, this.index, context).statuses.length;
    }
    return gateways.length;
  }

  #resolve(gateway: Gateway): void {
    const { forwarding, statuses } = resolveGateway(gateway, this.index, context);
    this.decided += forwarding.services.length + statuses.length;
  }
}
