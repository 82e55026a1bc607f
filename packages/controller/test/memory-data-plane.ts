import type { ForwardingService } from '@blixt/gateway-model';
import type { DataPlane, DataPlaneChange, DataPlaneFailure } from '../src/data-plane.ts';

/** A data plane that keeps its rules in memory. */
export class MemoryDataPlane implements DataPlane {
  readonly gateways = new Map<string, readonly ForwardingService[]>();
  readonly changes: DataPlaneChange[] = [];
  /** Gateways that are refused, and why. */
  readonly refuse = new Map<string, Error>();
  /** When set, everything is refused. */
  outage: Error | undefined;
  /** How long a change takes, in milliseconds. */
  delay = 0;
  /** Calls that have begun. */
  begun = 0;
  #busy = false;
  #held: Promise<void> | undefined;

  /** Has changes wait until the function that it returns is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return () => {
      this.#held = undefined;
      resolve();
    };
  }

  async apply(change: DataPlaneChange): Promise<readonly DataPlaneFailure[]> {
    if (this.#busy) throw new Error('apply was called while another call was running');
    this.#busy = true;
    this.begun += 1;
    try {
      await this.#held;
      if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay));
      if (this.outage !== undefined) throw this.outage;
      this.changes.push(change);
      const failures: DataPlaneFailure[] = [];
      for (const { namespace, name } of change.remove) this.gateways.delete(`${namespace}/${name}`);
      for (const { gateway, services } of change.set) {
        const name = `${gateway.namespace}/${gateway.name}`;
        const error = this.refuse.get(name);
        if (error === undefined) this.gateways.set(name, services);
        else failures.push({ gateway, error });
      }
      return failures;
    } finally {
      this.#busy = false;
    }
  }

  /** All that is served: `TCP 192.0.2.1:80` and the weights of its backends. */
  served(): Record<string, Record<string, number>> {
    return Object.fromEntries(
      [...this.gateways.values()].flat().map(({ protocol, address, port, backends, rejectWeight }) => [
        `${protocol} ${address}:${port}`,
        {
          ...Object.fromEntries(
            backends.map((backend) => [`${backend.address}:${backend.port}`, backend.weight]),
          ),
          ...(rejectWeight > 0 && { reject: rejectWeight }),
        },
      ]),
    );
  }
}
