import type { BlixtParametersSpec, Gateway, NamespacedName } from '@blixt/gateway-model';
import { describe, expect, it } from 'vitest';
import { PoolAddresses } from './pool-addresses.ts';

type Requests = NonNullable<Gateway['spec']['addresses']>;

/** A Gateway that asks for addresses, and has those of its status. */
const gateway = (name: string, addresses?: Requests, given: readonly string[] = []): Gateway => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { namespace: 'ns', name },
  spec: { gatewayClassName: 'blixt', listeners: [], ...(addresses === undefined ? {} : { addresses }) },
  status: { addresses: given.map((value) => ({ type: 'IPAddress', value })) },
});

const value = (text: string): Requests => [{ type: 'IPAddress', value: text }];

/** One instance; `changed` collects the Gateways that are to be decided about again. */
function instance(
  settings: ConstructorParameters<typeof PoolAddresses>[0] & { readonly parameters?: BlixtParametersSpec },
) {
  const changed: string[] = [];
  const addresses = new PoolAddresses(settings);
  addresses.attach({
    changed: (gateways: Iterable<NamespacedName>) => changed.push(...Array.from(gateways, (it) => it.name)),
    parameters: () => settings.parameters,
  });
  const assigned = (name: string, requests?: Requests): readonly string[] =>
    addresses.assign(gateway(name, requests)).assigned;
  return { addresses, changed, assigned };
}

describe('a Gateway without spec.addresses', () => {
  it('gets an address of each family, and keeps it', () => {
    const { assigned } = instance({ ranges: ['192.0.2.0/29', '2001:db8::/126'] });
    expect(assigned('one')).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(assigned('two')).toEqual(['192.0.2.2', '2001:db8::2']);
    expect(assigned('one')).toEqual(['192.0.2.1', '2001:db8::1']);
  });

  it('gets the one that its status says, after a restart', () => {
    const { addresses, assigned } = instance({ ranges: ['192.0.2.0/29'] });
    addresses.observe(gateway('two', undefined, ['192.0.2.1']));
    addresses.observe(gateway('three', undefined, ['203.0.113.7']));
    expect(assigned('one')).toEqual(['192.0.2.2']);
    expect(assigned('two')).toEqual(['192.0.2.1']);
    // Not one that lies outside of the pool.
    expect(assigned('three')).toEqual(['192.0.2.3']);
  });

  it('waits while the pool is used up, and is told when an address is free', () => {
    const { addresses, changed, assigned } = instance({ ranges: ['192.0.2.1'] });
    assigned('one');
    expect(addresses.assign(gateway('two'))).toMatchObject({
      assigned: [],
      pending: expect.stringContaining('No address of the pool 192.0.2.1 is free'),
    });
    expect(changed).toEqual([]);
    addresses.release({ namespace: 'ns', name: 'one' }, true);
    expect(changed).toEqual(['two']);
    expect(assigned('two')).toEqual(['192.0.2.1']);
  });

  it('is told that there is no pool', () => {
    const { addresses } = instance({});
    expect(addresses.assign(gateway('one')).pending).toContain('There is no address pool');
  });
});

describe('a Gateway that asks for an address', () => {
  it('gets it, in canonical form, and no other Gateway is assigned it', () => {
    const { addresses, assigned } = instance({ ranges: ['192.0.2.0/29', '2001:db8::/126'] });
    addresses.observe(gateway('one', value('2001:DB8:0::1')));
    expect(assigned('one', value('2001:DB8:0::1'))).toEqual(['2001:db8::1']);
    expect(assigned('two')).toEqual(['192.0.2.1', '2001:db8::2']);
  });

  it('may leave the value out, or ask for any beside', () => {
    const { assigned } = instance({ ranges: ['192.0.2.0/29'] });
    expect(assigned('one', [{ type: 'IPAddress' }])).toEqual(['192.0.2.1']);
    expect(assigned('two', [...value('203.0.113.9'), { type: 'IPAddress', value: '' }])).toEqual([
      '203.0.113.9',
      '192.0.2.2',
    ]);
  });

  it('gives back what it was assigned before, and what it asks for no more', () => {
    const { addresses, changed, assigned } = instance({ ranges: ['192.0.2.1-192.0.2.2'] });
    assigned('one');
    addresses.observe(gateway('two', value('192.0.2.2')));
    assigned('three');
    expect(assigned('one', value('203.0.113.9'))).toEqual(['203.0.113.9']);
    expect(changed).toEqual(['three']);
    assigned('three');
    assigned('four');
    addresses.observe(gateway('two', value('203.0.113.7')));
    expect(changed).toEqual(['three', 'four']);
    expect(assigned('four')).toEqual(['192.0.2.2']);
  });

  it.each(['224.0.0.1', '0.0.0.0', '127.0.0.1', '255.255.255.255', '192.0.2'])('cannot have %s', (text) => {
    const { addresses } = instance({ ranges: ['192.0.2.0/29'] });
    expect(addresses.assign(gateway('one', value(text)))).toMatchObject({
      assigned: [],
      unusable: [{ value: text }],
    });
  });
});

describe('the parameters of its class', () => {
  const parameters: BlixtParametersSpec = { addresses: { pool: { ranges: ['198.51.100.0/29'] } } };

  it('say which pool it is, and what may be asked for', () => {
    const { addresses, assigned } = instance({ ranges: ['192.0.2.0/29'], parameters });
    expect(assigned('one')).toEqual(['198.51.100.1']);
    expect(assigned('two', value('198.51.100.4'))).toEqual(['198.51.100.4']);
    expect(addresses.assign(gateway('three', value('203.0.113.9')))).toMatchObject({
      assigned: [],
      unusable: [
        { value: '203.0.113.9', reason: expect.stringContaining('outside of the pool 198.51.100.0/29') },
      ],
    });
  });

  it('may allow any address', () => {
    const any: BlixtParametersSpec = { addresses: { pool: { ranges: ['198.51.100.1'], requests: 'Any' } } };
    const { assigned } = instance({ parameters: any });
    expect(assigned('one', value('203.0.113.9'))).toEqual(['203.0.113.9']);
  });

  it('are refused where ranges make no sense', () => {
    const { addresses } = instance({});
    expect(addresses.refuse(parameters)).toBeUndefined();
    expect(addresses.refuse({})).toBeUndefined();
    expect(addresses.refuse({ addresses: { pool: { ranges: ['192.0.2.1', '192.0.2.0/29'] } } })).toMatch(
      /^spec\.addresses\.pool\.ranges: .*overlap/,
    );
  });
});

describe('of several instances', () => {
  /** Two with the same pool, of which the first leads until it hands over. */
  function setUp() {
    let leader = 'a';
    const one = (name: string) => instance({ ranges: ['192.0.2.0/28'], isLeading: () => leader === name });
    const handOver = (to: string): void => {
      leader = to;
    };
    return { a: one('a'), b: one('b'), handOver };
  }

  it('only the leader gives addresses out; the others take what the status says', () => {
    const { a, b } = setUp();
    expect(a.assigned('one')).toEqual(['192.0.2.1']);
    expect(b.assigned('one')).toEqual([]);
    expect(b.addresses.assign(gateway('one', undefined, ['192.0.2.9'])).assigned).toEqual(['192.0.2.9']);
  });

  it('the leader stays with what it gave, whatever an older status says', () => {
    const { a } = setUp();
    a.assigned('one');
    a.addresses.observe(gateway('one'));
    a.addresses.observe(gateway('one', undefined, ['192.0.2.9']));
    expect(a.assigned('one')).toEqual(['192.0.2.1']);
  });

  it('the next leader gives nothing out twice', () => {
    const { a, b, handOver } = setUp();
    b.addresses.observe(gateway('one', undefined, a.assigned('one')));
    b.addresses.observe(gateway('two', value('192.0.2.2')));
    handOver('b');
    expect(b.assigned('one')).toEqual(['192.0.2.1']);
    expect(b.assigned('three')).toEqual(['192.0.2.3']);
  });

  it('what a leader gave out and could not tell is free for the next', () => {
    const { a, b, handOver } = setUp();
    expect(a.assigned('one')).toEqual(['192.0.2.1']);
    handOver('b');
    expect(b.assigned('two')).toEqual(['192.0.2.1']);
    a.addresses.observe(gateway('two', undefined, ['192.0.2.1']));
    handOver('a');
    expect(a.assigned('two')).toEqual(['192.0.2.1']);
    expect(a.assigned('one')).toEqual(['192.0.2.2']);
  });
});
