import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Lab, type Namespace } from '@blixt/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enter, open, pinsOf } from '../test/support/instance.ts';
import type { HookChoice, LoadBalancer } from './index.ts';
import { native } from './native.ts';
import { checkOptions } from './options.ts';
import { closePrograms, loadPrograms } from './programs.ts';

let lab: Lab;
let node: Namespace;
let lb: LoadBalancer;

beforeAll(() => {
  lab = new Lab();
  node = lab.namespace('node');
  const host = lab.namespace('host');
  node.setSysctls({ 'net.ipv4.ip_forward': 1 });
  for (const name of ['eth1', 'eth2', 'eth3']) {
    lab.connect({ namespace: node, interfaceName: name }, { namespace: host, interfaceName: name });
  }
  node.ip('link add ifb7 type ifb', 'link set ifb7 up', 'link add br7 type bridge', 'link set br7 up');
  enter(node);
  lb = open(`${lab.pinDirectory}/node`);
});

afterAll(() => {
  lb.close();
  lab.dispose();
});

function refusal(code: string, ...parts: string[]): unknown {
  const text = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*');
  return expect.objectContaining({ name: 'LoadBalancerError', code, message: expect.stringMatching(text) });
}

describe('open refuses', () => {
  const script = fileURLToPath(new URL('../test/support/attempt.ts', import.meta.url));
  const attempt = (who: string[]): { code: string; message?: string } =>
    JSON.parse(
      execFileSync('setpriv', [...who, process.execPath, script, `${lab.pinDirectory}/nobody`], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );

  it.each([
    ['root without capabilities', ['--bounding-set=-all', '--inh-caps=-all'], ['CAP_BPF', 'CAP_NET_ADMIN']],
    [
      'root without CAP_BPF',
      ['--bounding-set=-bpf,-sys_admin', '--inh-caps=-bpf,-sys_admin'],
      ['CAP_BPF is missing'],
    ],
    [
      'root without CAP_NET_ADMIN',
      ['--bounding-set=-net_admin', '--inh-caps=-net_admin'],
      ['CAP_NET_ADMIN is missing'],
    ],
  ])('%s, before anything is made', (_, who, parts) => {
    const { code, message } = attempt(who);
    expect(code).toBe('ERR_LB_PRIVILEGE');
    for (const part of parts) expect(message).toContain(part);
    expect(pinsOf(`${lab.pinDirectory}/nobody`)).toEqual([]);
  });

  it('a directory that is not on bpffs, and leaves nothing in it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'blixt-'));
    try {
      expect(() => open(`${directory}/pins`)).toThrow(refusal('ERR_LB_BPFFS', directory, 'mount -t bpf'));
      expect(pinsOf(directory)).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('a port range that is the kernel’s own, and says how to reserve it', () => {
    node.setSysctls({ 'net.ipv4.ip_local_port_range': '32768 60999' });
    const options = { portRange: { min: 30_000, max: 40_000 } };
    const directory = `${lab.pinDirectory}/ports`;
    expect(() => open(directory, options)).toThrow(
      refusal('ERR_LB_PORT_RANGE', '30000-40000', '32768-60999', 'ip_local_reserved_ports'),
    );
    expect(pinsOf(directory)).toEqual([]);
    node.setSysctls({ 'net.ipv4.ip_local_reserved_ports': '100,30000-40000' });
    using opened = open(directory, options);
    opened.detach();
  });
});

describe('attach refuses', () => {
  it('an interface that is not there, and says which are', () => {
    expect(() => lb.attach('eth9')).toThrow(refusal('ERR_LB_INTERFACE', '"eth9"', 'lo', 'eth1'));
  });

  it('a hook that nobody knows', () => {
    const hook: string = 'ebpf';
    expect(() => lb.attach('eth1', { hook: hook as HookChoice })).toThrow(refusal('ERR_LB_OPTION', '"ebpf"'));
  });

  it('to work where the kernel does not forward, and says what to do', () => {
    node.setSysctls({ 'net.ipv4.ip_forward': 0 });
    try {
      expect(() => lb.attach('eth1')).toThrow(
        refusal('ERR_LB_FORWARDING', 'sysctl -w net.ipv4.ip_forward=1'),
      );
    } finally {
      node.setSysctls({ 'net.ipv4.ip_forward': 1 });
    }
    expect(lb.interfaces()).toEqual([]);
  });

  it('XDP where somebody else has an XDP program, and names it', () => {
    const { programs, mapFds } = loadPrograms({}, checkOptions({}));
    const ifindex = node.link('eth3').index;
    const foreign = native().attachXdp(programs.xdpGeneric, ifindex, true);
    try {
      for (const hook of ['xdp', 'xdp-generic'] as const) {
        expect(() => lb.attach('eth3', { hook })).toThrow(
          refusal('ERR_LB_XDP_BUSY', 'eth3', 'blixt_xdp_skb', 'ip link set dev eth3 xdp off'),
        );
      }
      expect(lb.interfaces()).toEqual([]);
      expect(native().tcxProgramIds(ifindex, false)).toEqual([]);
      // tcx works beside it.
      expect(lb.attach('eth3', { hook: 'tcx' })).toMatchObject({ hook: 'tcx', reason: 'asked for' });
      expect(native().xdpProgramId(ifindex)).not.toBe(0);
    } finally {
      native().closeFd(foreign);
      closePrograms(programs);
      for (const fd of Object.values(mapFds)) native().closeFd(fd);
    }
  });
});

describe('the hook', () => {
  const xdpOf = (name: string) => native().xdpProgramId(node.link(name).index);

  it('is tcx on a veth, by auto', () => {
    expect(lb.attach('eth1')).toMatchObject({
      hook: 'tcx',
      reason: expect.stringContaining('veth is virtual'),
    });
    expect(xdpOf('eth1')).toBe(0);
  });

  it('is native XDP on a veth when asked for, and goes again', () => {
    expect(lb.attach('eth2', { hook: 'xdp' })).toMatchObject({
      hook: 'xdp',
      reason: expect.stringContaining('asked for'),
    });
    const program = native().programInfo(xdpOf('eth2'));
    expect(program?.name).toBe('blixt_xdp_veth');
    expect(lb.attach('eth2', { hook: 'xdp-generic' }).hook).toBe('xdp-generic');
    expect(native().programInfo(xdpOf('eth2'))?.name).toBe('blixt_xdp_skb');
    expect(lb.attach('eth2', { hook: 'auto' }).hook).toBe('tcx');
    expect(xdpOf('eth2')).toBe(0);
  });

  it.each(['ifb7', 'br7'])('is tcx on %s, whose driver has no native XDP, and says so', (name) => {
    expect(lb.attach(name, { hook: 'xdp' })).toMatchObject({
      name,
      hook: 'tcx',
      reason: expect.stringContaining('no native XDP'),
    });
    expect(xdpOf(name)).toBe(0);
    expect(lb.attach(name)).toMatchObject({ hook: 'tcx', reason: expect.stringContaining('is virtual') });
  });

  it('is tcx on loopback', () => {
    expect(lb.attach('lo')).toMatchObject({ hook: 'tcx', reason: expect.stringContaining('loopback') });
  });

  it('is what the list of interfaces says', () => {
    lb.attach('eth2', { hook: 'xdp' });
    const hooks = Object.fromEntries(lb.interfaces().map(({ name, hook }) => [name, hook]));
    expect(hooks).toEqual({ lo: 'tcx', eth1: 'tcx', eth2: 'xdp', eth3: 'tcx', ifb7: 'tcx', br7: 'tcx' });
  });
});
