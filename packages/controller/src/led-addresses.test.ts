import { describe, expect, it } from 'vitest';
import { AddressPool } from './address-pool.ts';
import { LedAddresses } from './led-addresses.ts';

/** Two instances with the same pool, of which the first leads until it hands over. */
function setUp() {
  let leader = 'a';
  const instance = (name: string): LedAddresses =>
    new LedAddresses(new AddressPool(['192.0.2.0/28']), () => leader === name);
  const handOver = (): void => {
    leader = 'b';
  };
  return { a: instance('a'), b: instance('b'), handOver };
}

describe('addresses of several instances', () => {
  it('are given out by the leader only', () => {
    const { a, b } = setUp();
    expect(a.assign('ns/one')).toEqual(['192.0.2.1']);
    expect(b.assign('ns/one')).toEqual([]);
  });

  it('are those that a status says, for the others, also when it says another', () => {
    const { b } = setUp();
    b.recover('ns/one', ['192.0.2.3']);
    expect(b.assign('ns/one')).toEqual(['192.0.2.3']);
    b.recover('ns/one', ['192.0.2.5']);
    expect(b.assign('ns/one')).toEqual(['192.0.2.5']);
    b.recover('ns/one', []);
    expect(b.assign('ns/one')).toEqual([]);
  });

  it('stay with the leader, whatever an older status says', () => {
    const { a } = setUp();
    a.assign('ns/one');
    a.recover('ns/one', []);
    a.recover('ns/one', ['192.0.2.9']);
    expect(a.assign('ns/one')).toEqual(['192.0.2.1']);
  });

  it('are not given out twice by the next leader', () => {
    const { a, b, handOver } = setUp();
    b.recover('ns/one', a.assign('ns/one'));
    b.reserve('ns/two', ['192.0.2.2']);
    handOver();
    expect(b.assign('ns/one')).toEqual(['192.0.2.1']);
    expect(b.assign('ns/three')).toEqual(['192.0.2.3']);
    expect(b.release('ns/one')).toBe(true);
    expect(b.assign('ns/four')).toEqual(['192.0.2.1']);
  });
});
