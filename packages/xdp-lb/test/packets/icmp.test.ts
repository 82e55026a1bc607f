import { describe, expect, it } from 'vitest';
import { casesOf, fromClient, serviceOf } from './cases.ts';
import { build, type Frame } from './frame.ts';
import { dataPlaneForTests, HOOKS, TCX_COMPLETE } from './harness.ts';

const lb = await dataPlaneForTests();

const CASES = casesOf([...HOOKS, TCX_COMPLETE], ['UDP']);

describe.each(CASES)('an echo request: $hook.name, $family.name', (c) => {
  const ping = (more: Partial<Frame> = {}): Frame =>
    fromClient(c, { protocol: 'ICMP', sport: 0xbeef, dport: 7, payload: Buffer.from('abcdefghi'), ...more });

  it.each([
    ['', Buffer.from('abcdefgh')],
    [' of an odd length', Buffer.from('abcdefghi')],
    [' without data', Buffer.alloc(0)],
  ])('to a service address%s is answered with the same data', (_, payload) => {
    lb.reset(serviceOf(c));
    const frame = ping({ payload, ttl: 3 });
    const { verdict, data } = lb.run(c.hook, frame);
    const answer: Frame = {
      ...frame,
      srcMac: frame.dstMac,
      dstMac: frame.srcMac,
      src: frame.dst,
      dst: frame.src,
      ttl: 64,
      icmpType: c.family.version === 4 ? 0 : 129,
    };
    expect(data).toEqual(build(answer));
    expect(verdict).toBe(c.hook.sameInterface);
  });

  it('is answered for as long as any service has the address', () => {
    lb.reset(serviceOf(c), serviceOf(c, { port: 81 }));
    lb.apply(serviceOf(c, { port: 81 }));
    expect(lb.run(c.hook, ping()).verdict).toBe(c.hook.sameInterface);
    lb.apply();
    expect(lb.run(c.hook, ping()).verdict).toBe('pass');
  });

  it.each([
    ['to another address', { dst: c.family.stranger }],
    ['to an address of this node', { dst: c.family.front }],
    ['that is a reply', { icmpType: c.family.version === 4 ? 0 : 129 }],
    ['of another code', { icmpCode: 1 }],
    ['that is a neighbour solicitation or an error', { icmpType: c.family.version === 4 ? 3 : 135 }],
  ])('%s passes unchanged', (_, more) => {
    lb.reset(serviceOf(c));
    const frame = ping(more);
    const { verdict, data } = lb.run(c.hook, frame);
    expect(verdict).toBe('pass');
    expect(data).toEqual(build(frame));
  });

  it('is left to tcx by native XDP that may not transmit', () => {
    lb.reset(serviceOf(c));
    lb.allowXdpTransmit(false);
    const { verdict, data } = lb.run(c.hook, ping());
    const leaves = c.hook.name === 'xdp' || c.hook.name === 'xdp-veth';
    expect(verdict).toBe(leaves ? 'pass' : c.hook.sameInterface);
    if (leaves) expect(data).toEqual(build(ping()));
  });
});
