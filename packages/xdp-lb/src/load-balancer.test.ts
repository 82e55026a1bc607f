import { Lab, type Namespace } from '@blixt/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tcp, udp } from '../test/support/example-services.ts';
import { enter, open, pinsOf, SMALL_LIMITS, startDriver } from '../test/support/instance.ts';
import { detachInstance, type LoadBalancer, readInstance, type Service } from './index.ts';
import { native } from './native.ts';

let lab: Lab;
let node: Namespace;
let pinDirectory: string;
let lb: LoadBalancer;

function tcxPrograms(ifindex: number): readonly number[] {
  return [...native().tcxProgramIds(ifindex, false), ...native().tcxProgramIds(ifindex, true)];
}

beforeAll(() => {
  lab = new Lab();
  node = lab.namespace('node');
  const host = lab.namespace('host');
  node.setSysctls({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });
  for (const name of ['eth1', 'eth2', 'gone']) {
    lab.connect({ namespace: node, interfaceName: name }, { namespace: host, interfaceName: name });
  }
  node.addAddress('eth1', '10.0.0.1/24');
  node.addAddress('eth1', 'fd00::1/64');
  enter(node);
  pinDirectory = `${lab.pinDirectory}/one`;
  lb = open(pinDirectory);
});

afterAll(() => lab.dispose());

describe('apply', () => {
  it('says what it changed', () => {
    expect(lb.takenOver).toBe(false);
    expect(lb.apply([tcp, udp])).toEqual({ added: 2, changed: 0, removed: 0, unchanged: 0 });
  });

  it('changes nothing the second time, in whatever order', () => {
    const backends = tcp.backends.toReversed();
    expect(lb.apply([udp, { ...tcp, backends }])).toEqual({ added: 0, changed: 0, removed: 0, unchanged: 2 });
  });

  it('shows in the statistics, with the share of each backend', () => {
    const { services } = lb.stats();
    expect(services.map(({ protocol, address, port }) => `${protocol} ${address} ${port}`)).toEqual([
      'TCP 192.0.2.1 80',
      'UDP 2001:db8::1 53',
    ]);
    const shares = Object.fromEntries(services[0]?.backends.map((b) => [b.address, b.share]) ?? []);
    expect(shares['10.0.0.2']).toBeCloseTo(0.75, 2);
    expect(shares['10.0.0.3']).toBeCloseTo(0.25, 2);
  });

  it('changes only the service that differs', () => {
    const backends = tcp.backends.map((backend) => ({ ...backend, weight: 1 }));
    expect(lb.apply([{ ...tcp, backends }, udp])).toEqual({ added: 0, changed: 1, removed: 0, unchanged: 1 });
    expect(lb.stats().services[0]?.backends.map(({ share }) => Math.round(share * 10))).toEqual([5, 5]);
  });

  it('takes draining backends out of the table, and leaves them loaded', () => {
    const backends = tcp.backends.map((backend, at) => ({ ...backend, draining: at === 0 }));
    expect(lb.apply([{ ...tcp, backends }, udp])).toMatchObject({ changed: 1 });
    expect(lb.stats().services[0]?.backends.map(({ share }) => share)).toEqual([0, 1]);
  });

  it('gives invalid backends their share of rejects', () => {
    expect(lb.apply([{ ...tcp, rejectWeight: 4 }, udp])).toMatchObject({ changed: 1 });
    expect(lb.stats().services[0]?.rejectShare).toBeCloseTo(0.5, 2);
  });

  it('rejects everything at a service without backends', () => {
    expect(lb.apply([{ ...tcp, backends: [] }, udp])).toMatchObject({ changed: 1 });
    expect(lb.stats().services[0]).toMatchObject({ rejectShare: 1, backends: [] });
    expect(lb.apply([{ ...tcp, backends: [] }, udp])).toMatchObject({ unchanged: 2 });
  });

  it('changes nothing at all when one field is wrong', () => {
    lb.apply([tcp, udp]);
    const before = lb.stats();
    expect(() =>
      lb.apply([
        { ...tcp, backends: [] },
        { ...udp, port: 0 },
      ]),
    ).toThrow(
      expect.objectContaining({
        code: 'ERR_LB_SERVICE',
        message: 'services[1].port: expected a port number from 1 to 65535, got 0',
      }),
    );
    expect(lb.stats()).toEqual(before);
  });

  it('removes what is not wanted any more', () => {
    expect(lb.apply([udp])).toEqual({ added: 0, changed: 0, removed: 1, unchanged: 1 });
    expect(lb.apply([])).toEqual({ added: 0, changed: 0, removed: 1, unchanged: 0 });
    expect(lb.stats().services).toEqual([]);
  });

  it('says which limit is reached, applies the other services, and leaks nothing', async () => {
    const service = (number: number, backends: number): Service => ({
      ...tcp,
      port: number,
      backends: Array.from({ length: backends }, (_, at) => ({
        address: `10.0.${number}.${at}`,
        port: 80,
        weight: 1,
      })),
    });
    // 31 backends fit; the second service does not, the third does again.
    const tooMany = [service(1, 20), service(2, 20), service(3, 5)];
    for (let round = 0; round < 20; round++) {
      expect(() => lb.apply(tooMany)).toThrow(
        expect.objectContaining({
          code: 'ERR_LB_CAPACITY',
          message: expect.stringMatching(/TCP 192\.0\.2\.1:2: .*limits\.backends/),
        }),
      );
      expect(lb.stats().services.map(({ port }) => port)).toEqual([1, 3]);
      // What was given back rests for a moment.
      if (round % 2 === 1) await new Promise((resolve) => setTimeout(resolve, 110));
    }
    lb.apply([]);
    await new Promise((resolve) => setTimeout(resolve, 110));
    expect(lb.apply([service(4, SMALL_LIMITS.backends - 1)])).toMatchObject({ added: 1 });
    lb.apply([]);

    const services = Array.from({ length: SMALL_LIMITS.services + 1 }, (_, at) => service(at + 1, 0));
    await new Promise((resolve) => setTimeout(resolve, 110));
    expect(() => lb.apply(services)).toThrow(
      expect.objectContaining({
        code: 'ERR_LB_CAPACITY',
        message: expect.stringContaining('limits.services'),
      }),
    );
    expect(lb.stats().services).toHaveLength(SMALL_LIMITS.services);
    lb.apply([]);
    await new Promise((resolve) => setTimeout(resolve, 110));

    const backends = [997, 1009, 1013, 1019].map((weight, at) => ({
      address: `10.1.0.${at}`,
      port: 80,
      weight: weight * (at + 1) ** 4,
    }));
    const large = [1, 2, 3, 4, 5, 6].map((port) => ({ ...tcp, port, backends }));
    expect(() => lb.apply(large)).toThrow(
      expect.objectContaining({
        code: 'ERR_LB_CAPACITY',
        message: expect.stringContaining('limits.maglevSlots'),
      }),
    );
    lb.apply([]);
    await new Promise((resolve) => setTimeout(resolve, 110));
  });
});

describe('warnings', () => {
  it('say that IPv6 is not forwarded, where a service needs it', () => {
    lb.apply([tcp, udp]);
    expect(lb.warnings()).toEqual([]);
    node.setSysctls({ 'net.ipv6.conf.all.forwarding': 0 });
    expect(lb.warnings()).toEqual([expect.stringContaining('net.ipv6.conf.all.forwarding=1')]);
    lb.apply([tcp]);
    expect(lb.warnings()).toEqual([]);
    node.setSysctls({ 'net.ipv6.conf.all.forwarding': 1 });
    lb.apply([]);
  });
});

describe('attach', () => {
  it('says which hook an interface has, and why', () => {
    const attached = lb.attach('eth1');
    expect(attached).toMatchObject({ name: 'eth1', hook: 'tcx', reason: expect.stringContaining('virtual') });
    lb.attach('gone');
    expect(lb.interfaces().map(({ name }) => name)).toEqual(['eth1', 'gone']);
    expect(tcxPrograms(attached.ifindex)).toHaveLength(1);
  });

  it('does nothing the second time', () => {
    const before = tcxPrograms(lb.attach('eth1').ifindex);
    expect(tcxPrograms(lb.attach('eth1').ifindex)).toEqual(before);
  });

  it('is undone by detachInterface, for one interface', () => {
    const { ifindex } = lb.attach('eth2', { hook: 'xdp' });
    expect(native().xdpProgramId(ifindex)).not.toBe(0);
    lb.detachInterface(ifindex);
    expect(native().xdpProgramId(ifindex)).toBe(0);
    expect(tcxPrograms(ifindex)).toEqual([]);
    expect(lb.interfaces().map(({ name }) => name)).toEqual(['eth1', 'gone']);
    lb.detachInterface(ifindex);
  });

  it('adds the way out when a backend is local', () => {
    const { ifindex } = lb.attach('eth1');
    expect(native().tcxProgramIds(ifindex, true)).toHaveLength(0);
    lb.apply([{ ...tcp, backends: tcp.backends.map((b) => ({ ...b, mode: 'local' as const })) }, udp]);
    expect(native().tcxProgramIds(ifindex, true)).toHaveLength(1);
    expect(lb.stats().services[0]?.backends.map(({ mode }) => mode)).toEqual(['local', 'local']);
  });
});

describe('another process', () => {
  it('cannot drive it as well: ERR_LB_BUSY', () => {
    const busy = expect.objectContaining({
      code: 'ERR_LB_BUSY',
      message: expect.stringContaining(pinDirectory),
    });
    expect(() => open(pinDirectory)).toThrow(busy);
    expect(() => detachInstance(pinDirectory)).toThrow(busy);
  });

  it('can look at it', () => {
    const { services, interfaces } = readInstance(pinDirectory);
    expect(services).toEqual(lb.stats().services);
    expect(interfaces.map(({ name, hook }) => `${name} ${hook}`)).toEqual(['eth1 tcx', 'gone tcx']);
  });

  it('refuses other settings: ERR_LB_SETTINGS_CHANGED, and gives the lock back', () => {
    lb.close();
    const changed = { portRange: { min: 10_000, max: 12_000 } };
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(() => open(pinDirectory, changed)).toThrow(
        expect.objectContaining({
          code: 'ERR_LB_SETTINGS_CHANGED',
          message: expect.stringContaining('16384-32767'),
        }),
      );
    }
    expect(readInstance(pinDirectory).services).toHaveLength(2);
  });

  it('takes over services, counters and interfaces, puts its programs into the links, and forgets what is gone', () => {
    const before = readInstance(pinDirectory);
    const ifindex = before.interfaces[0]?.ifindex ?? 0;
    const programs = tcxPrograms(ifindex);
    expect(programs).toHaveLength(2);
    node.ip('link del gone');

    lb = open(pinDirectory, { limits: { services: 9999 } });
    expect(lb.takenOver).toBe(true);
    expect(lb.stats()).toEqual({ services: before.services, drops: before.drops });
    expect(lb.interfaces().map(({ name }) => name)).toEqual(['eth1']);
    expect(pinsOf(pinDirectory).filter((path) => path.startsWith('links/'))).toHaveLength(2);
    const replaced = tcxPrograms(ifindex);
    expect(replaced).toHaveLength(2);
    for (const id of replaced) expect(programs).not.toContain(id);
    expect(
      lb.apply([{ ...tcp, backends: tcp.backends.map((b) => ({ ...b, mode: 'local' as const })) }, udp]),
    ).toEqual({ added: 0, changed: 0, removed: 0, unchanged: 2 });
  });

  it('takes over from one that was killed', async () => {
    lb.detach();
    const driver = await startDriver(node, {
      options: { pinDirectory, limits: SMALL_LIMITS },
      interfaces: ['eth1', 'eth2'],
      services: [tcp, udp],
    });
    expect(() => open(pinDirectory)).toThrow(expect.objectContaining({ code: 'ERR_LB_BUSY' }));
    driver.kill('SIGKILL');
    await driver.ended();
    expect(readInstance(pinDirectory).services).toHaveLength(2);
    lb = open(pinDirectory);
    expect(lb.takenOver).toBe(true);
    expect(lb.interfaces().map(({ name }) => name)).toEqual(['eth1', 'eth2']);
    expect(lb.apply([tcp, udp])).toMatchObject({ unchanged: 2 });
  });
});

describe('a second instance', () => {
  it('is refused at an interface of the first: ERR_LB_INTERFACE_BUSY; elsewhere they do not meet', () => {
    const second = open(`${lab.pinDirectory}/two`);
    try {
      expect(() => second.attach('eth1')).toThrow(
        expect.objectContaining({
          code: 'ERR_LB_INTERFACE_BUSY',
          message: expect.stringContaining('blixt_tcx'),
        }),
      );
      enter(lab.namespace('elsewhere'));
      const elsewhere = pinsOf(pinDirectory);
      second.apply([tcp]);
      expect(lb.stats().services).toHaveLength(2);
      second.detach();
      expect(pinsOf(pinDirectory)).toEqual(elsewhere);
    } finally {
      second.close();
      enter(node);
    }
    expect(tcxPrograms(lb.attach('eth1').ifindex)).toHaveLength(1);
  });
});

describe('detach', () => {
  it('leaves nothing, and closes', () => {
    const { ifindex } = lb.attach('eth1');
    lb.detach();
    expect(pinsOf(pinDirectory)).toEqual([]);
    expect(tcxPrograms(ifindex)).toEqual([]);
    const closed = expect.objectContaining({ code: 'ERR_LB_CLOSED' });
    expect(() => lb.apply([])).toThrow(closed);
    expect(() => lb.stats()).toThrow(closed);
    expect(() => lb.detach()).toThrow(closed);
    expect(() => lb.close()).not.toThrow();
    expect(() => readInstance(pinDirectory)).toThrow(expect.objectContaining({ code: 'ERR_LB_NOT_RUNNING' }));
    expect(detachInstance(pinDirectory)).toEqual([]);
  });
});
