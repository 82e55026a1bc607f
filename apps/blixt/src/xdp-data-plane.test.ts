import { type GatewayRules, silentLogger } from '@blixt/controller';
import type { AnnounceResult, ApplyResult, Service, ServiceChange, ServiceKey } from '@blixt/xdp-lb';
import { describe, expect, it } from 'vitest';
import { type LoadTarget, XdpDataPlane } from './xdp-data-plane.ts';

const forwarding = (name: string, port = 80, weight = 1): GatewayRules => ({
  announce: true,
  gateway: { namespace: 'default', name },
  services: [
    {
      address: '192.0.2.1',
      port,
      protocol: 'TCP',
      name: `default/${name}/web`,
      rejectWeight: 2,
      backends: [{ address: '10.0.0.1', port: 8080, weight, draining: false }],
    },
  ],
});

const keyOf = ({ protocol, address, port }: ServiceKey): string => `${protocol} ${address} ${port}`;

/** Takes services as the kernel would, but refuses those of a port. */
class Target implements LoadTarget {
  readonly #services = new Map<string, Service>();
  announced: readonly string[] = [];
  /** Services that were handed over. */
  handled = 0;
  /** Backends of which it was told that they are yet to come. */
  readonly more: number[] = [];
  refusedPort = 0;
  problem: string | undefined;

  get services(): readonly Service[] {
    return [...this.#services.values()];
  }

  warnings(): string[] {
    return this.problem === undefined ? [] : [this.problem];
  }

  loaded(): ServiceKey[] {
    return [...this.services];
  }

  change({ set = [], remove = [], more = 0 }: ServiceChange): ApplyResult {
    this.more.push(more);
    this.handled += set.length + remove.length;
    let added = 0;
    let removed = 0;
    for (const key of remove) if (this.#services.delete(keyOf(key))) removed += 1;
    for (const service of set) {
      if (service.port === this.refusedPort) continue;
      if (!this.#services.has(keyOf(service))) added += 1;
      this.#services.set(keyOf(service), service);
    }
    if (set.some(({ port }) => port === this.refusedPort)) throw new Error('refused');
    return { added, changed: set.length - added, removed, unchanged: 0 };
  }

  announce(addresses: readonly string[]): AnnounceResult {
    this.announced = addresses;
    return { added: [], removed: [] };
  }

  ports(): number[] {
    return this.services.map((service) => service.port).sort();
  }
}

describe('XdpDataPlane', () => {
  it('loads the services of all Gateways, with the mode', async () => {
    const target = new Target();
    const plane = new XdpDataPlane(target, { mode: 'local', announce: false }, silentLogger);
    expect(await plane.apply({ set: [forwarding('a', 80), forwarding('b', 81)], remove: [] })).toEqual([]);
    expect(target.services[0]).toEqual({
      address: '192.0.2.1',
      port: 80,
      protocol: 'TCP',
      rejectWeight: 2,
      backends: [{ address: '10.0.0.1', port: 8080, weight: 1, draining: false, mode: 'local' }],
    });
    expect(
      await plane.apply({ set: [forwarding('b', 82)], remove: [{ namespace: 'default', name: 'a' }] }),
    ).toEqual([]);
    expect(target.ports()).toEqual([82]);
  });

  it('loads all others when one Gateway is refused, which stays as it was', async () => {
    const target = new Target();
    const plane = new XdpDataPlane(target, { mode: 'snat', announce: false }, silentLogger);
    await plane.apply({ set: [forwarding('a', 80), forwarding('b', 81)], remove: [] });
    target.refusedPort = 666;
    const failures = await plane.apply({
      set: [forwarding('a', 666), forwarding('b', 82), forwarding('c', 83)],
      remove: [],
    });
    expect(failures).toMatchObject([{ gateway: { name: 'a' }, error: { message: 'refused' } }]);
    expect(target.ports()).toEqual([80, 82, 83]);
    await plane.apply({ set: [forwarding('d', 84)], remove: [] });
    expect(target.ports()).toEqual([80, 82, 83, 84]);
  });

  it('fails as a whole when nothing can be loaded, and changes nothing', async () => {
    const target = new Target();
    const plane = new XdpDataPlane(target, { mode: 'snat', announce: false }, silentLogger);
    await plane.apply({ set: [forwarding('a', 80)], remove: [] });
    target.refusedPort = 666;
    await expect(plane.apply({ set: [forwarding('b', 666)], remove: [] })).rejects.toThrow('refused');
    expect(target.ports()).toEqual([80]);
    target.refusedPort = 0;
    await plane.apply({ set: [forwarding('c', 81)], remove: [] });
    expect(target.ports()).toEqual([80, 81]);
  });

  it('hands over only what is different', async () => {
    const target = new Target();
    const plane = new XdpDataPlane(target, { mode: 'snat', announce: false }, silentLogger);
    const two = (weight: number): GatewayRules => ({
      ...forwarding('b'),
      services: [...forwarding('b', 82, weight).services, ...forwarding('b', 83).services],
    });
    await plane.apply({ set: [forwarding('a', 80), two(1)], remove: [] });
    target.handled = 0;
    await plane.apply({ set: [forwarding('a', 80), two(7)], remove: [] });
    expect(target.handled).toBe(1);
    expect(target.services.find(({ port }) => port === 82)?.backends).toMatchObject([{ weight: 7 }]);
    await plane.apply({ set: [{ ...two(7), mode: 'local' }], remove: [] });
    expect(target.handled).toBe(3);
  });

  it('loads many in parts, and takes away what an earlier process left', async () => {
    const target = new Target();
    target.change({ set: [{ ...forwarding('old', 79).services[0], backends: [] } as Service] });
    const plane = new XdpDataPlane(target, { mode: 'snat', announce: false }, silentLogger);
    const set = Array.from({ length: 180 }, (_, at) => forwarding(`g${at}`, 1000 + at));
    let isFree = false;
    setImmediate(() => {
      isFree = true;
    });
    expect(await plane.apply({ set, remove: [] })).toEqual([]);
    expect(isFree).toBe(true);
    expect(target.ports()).toEqual(Array.from({ length: 180 }, (_, at) => 1000 + at));
    // Of each part is told how much is yet to come.
    expect(target.more).toEqual([0, 130, 80, 30, 0]);
  });

  it('gives a service to another Gateway', async () => {
    const target = new Target();
    const plane = new XdpDataPlane(target, { mode: 'snat', announce: true }, silentLogger);
    await plane.apply({ set: [forwarding('a', 80)], remove: [] });
    await plane.apply({ set: [forwarding('b', 80, 5)], remove: [forwarding('a').gateway] });
    expect(target.services).toMatchObject([{ port: 80, backends: [{ weight: 5 }] }]);
    await plane.apply({ set: [forwarding('b', 81), forwarding('a', 80, 6)], remove: [] });
    expect(target.ports()).toEqual([80, 81]);
    expect(target.announced).toEqual(['192.0.2.1']);
  });

  it('leaves what a refused Gateway had to the one that has it now', async () => {
    const target = new Target();
    const plane = new XdpDataPlane(target, { mode: 'snat', announce: false }, silentLogger);
    await plane.apply({ set: [forwarding('a', 80), forwarding('b', 81)], remove: [] });
    target.refusedPort = 666;
    await plane.apply({ set: [forwarding('a', 666), forwarding('b', 80, 9)], remove: [] });
    expect(target.services).toMatchObject([{ port: 80, backends: [{ weight: 9 }] }]);
    await plane.apply({ set: [], remove: [forwarding('a').gateway] });
    expect(target.ports()).toEqual([80]);
  });

  it('logs a warning of the data plane once, until it has been put right', async () => {
    const target = new Target();
    const said: string[] = [];
    const logger = { ...silentLogger, warn: (_fields: object, message: string) => said.push(message) };
    const plane = new XdpDataPlane(target, { mode: 'snat', announce: false }, logger);
    for (const problem of ['forwarding is off', 'forwarding is off', undefined, 'forwarding is off']) {
      target.problem = problem;
      await plane.apply({ set: [forwarding('a')], remove: [] });
    }
    expect(said).toEqual(['forwarding is off', 'forwarding is off']);
  });

  it('announces the address of each service that is loaded, if it is told to', async () => {
    const target = new Target();
    const plane = new XdpDataPlane(target, { mode: 'snat', announce: true }, silentLogger);
    await plane.apply({ set: [forwarding('a', 80), forwarding('b', 81)], remove: [] });
    expect(target.announced).toEqual(['192.0.2.1']);
    await plane.apply({ set: [], remove: [forwarding('a').gateway, forwarding('b').gateway] });
    expect(target.announced).toEqual([]);
  });

  it('announces no address that others say is there', async () => {
    const target = new Target();
    const plane = new XdpDataPlane(target, { mode: 'snat', announce: true }, silentLogger);
    await plane.apply({ set: [forwarding('a'), { ...forwarding('b', 81), announce: false }], remove: [] });
    expect(target.announced).toEqual(['192.0.2.1']);
    await plane.apply({ set: [{ ...forwarding('a'), announce: false }], remove: [] });
    expect(target.announced).toEqual([]);
  });

  it('announces nothing otherwise, nor what an earlier process announced', async () => {
    const target = new Target();
    target.announced = ['192.0.2.1'];
    const plane = new XdpDataPlane(target, { mode: 'snat', announce: false }, silentLogger);
    await plane.apply({ set: [forwarding('a')], remove: [] });
    expect(target.announced).toEqual([]);
  });
});
