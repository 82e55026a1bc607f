import { setTimeout as sleep } from 'node:timers/promises';
import { Lab } from '@blixt/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enter, open } from '../test/support/instance.ts';
import type { LoadBalancer } from './index.ts';

const ADDRESS = '192.0.2.1';
const HOUR_MS = 3_600_000;

let lab: Lab;
let pinDirectory: string;
let lb: LoadBalancer;

beforeAll(() => {
  lab = new Lab();
  const node = lab.namespace('node');
  node.setSysctls({ 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 });
  lab.connect(
    { namespace: node, interfaceName: 'eth0' },
    { namespace: lab.namespace('host'), interfaceName: 'eth0' },
  );
  enter(node);
  pinDirectory = `${lab.pinDirectory}/one`;
  lb = open(pinDirectory);
  lb.attach('eth0');
});

afterAll(() => lab.dispose());

describe('an announcement for a time', () => {
  it('goes on while it is extended', () => {
    expect(lb.announce([ADDRESS], { forMs: HOUR_MS }).added).toEqual([ADDRESS]);
    expect(lb.extendAnnouncement(HOUR_MS)).toBe(true);
    expect(lb.announce([ADDRESS], { forMs: HOUR_MS })).toEqual({ added: [], removed: [] });
  });

  it('cannot be extended when its time is over, and is new when it is made again', async () => {
    lb.announce([ADDRESS], { forMs: 1 });
    await sleep(5);
    expect(lb.extendAnnouncement(HOUR_MS)).toBe(false);
    expect(lb.announce([ADDRESS], { forMs: HOUR_MS }).added).toEqual([ADDRESS]);
    expect(lb.announced()).toEqual([ADDRESS]);
  });

  it('is taken over with its time', async () => {
    lb.close();
    lb = open(pinDirectory);
    expect(lb.extendAnnouncement(HOUR_MS)).toBe(true);
    lb.announce([ADDRESS], { forMs: 1 });
    lb.close();
    await sleep(5);
    lb = open(pinDirectory);
    expect(lb.extendAnnouncement(HOUR_MS)).toBe(false);
  });

  it('is not shortened by its extension', async () => {
    lb.announce([ADDRESS]);
    expect(lb.extendAnnouncement(1)).toBe(true);
    await sleep(5);
    expect(lb.extendAnnouncement(HOUR_MS)).toBe(true);
  });

  it('may become one for ever', async () => {
    lb.announce([ADDRESS], { forMs: HOUR_MS });
    expect(lb.extendAnnouncement()).toBe(true);
    lb.close();
    lb = open(pinDirectory);
    expect(lb.announce([ADDRESS])).toEqual({ added: [], removed: [] });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('is refused for %s ms', (forMs) => {
    expect(() => lb.announce([ADDRESS], { forMs })).toThrow(
      'forMs: expected a number of milliseconds above 0',
    );
  });
});
