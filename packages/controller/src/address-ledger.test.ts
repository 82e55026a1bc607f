import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressLedger } from './address-ledger.ts';
import { AddressRanges } from './address-ranges.ts';

/** A ledger, and what it assigns of some ranges. */
function ledgerOf(...sources: string[]) {
  const ledger = new AddressLedger();
  const ranges = new AddressRanges(sources);
  return { ledger, assign: (owner: string): readonly string[] => ledger.assign(owner, ranges) };
}

describe('AddressLedger', () => {
  it('assigns the lowest free address, without network and broadcast address', () => {
    const { assign } = ledgerOf('192.0.2.0/30');
    expect([assign('a/1'), assign('a/2'), assign('a/3')]).toEqual([['192.0.2.1'], ['192.0.2.2'], []]);
  });

  it('uses every address of a /31, a /32, a single address and a span', () => {
    const { assign } = ledgerOf('192.0.2.4/31', '192.0.2.9/32', '192.0.2.11', '192.0.2.20-192.0.2.21');
    const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].flatMap(assign);
    expect(all).toEqual(['192.0.2.4', '192.0.2.5', '192.0.2.9', '192.0.2.11', '192.0.2.20', '192.0.2.21']);
  });

  it('assigns one address of each family, in RFC 5952 form', () => {
    const { assign } = ledgerOf('2001:DB8:0::/126', '192.0.2.0/29');
    expect(assign('a/1')).toEqual(['192.0.2.1', '2001:db8::1']);
  });

  it('answers the same owner the same, and gives a released address to the next who asks', () => {
    const { ledger, assign } = ledgerOf('192.0.2.0/29');
    const first = assign('a/1');
    assign('a/2');
    expect(assign('a/1')).toEqual(first);
    expect(ledger.release('a/1')).toBe(true);
    expect(ledger.release('a/1')).toBe(false);
    expect(assign('a/3')).toEqual(['192.0.2.1']);
  });

  it('takes back what lies outside of the ranges, and gives another', () => {
    const { ledger, assign } = ledgerOf('192.0.2.0/29');
    assign('a/1');
    expect(ledger.assign('a/1', new AddressRanges(['198.51.100.0/29']))).toEqual(['198.51.100.1']);
    expect(assign('a/2')).toEqual(['192.0.2.1']);
  });

  it('notes what was assigned earlier, unless somebody has it', () => {
    const { ledger, assign } = ledgerOf('192.0.2.0/29');
    ledger.claim('a/2', ['192.0.2.1', '192.0.2.4']);
    ledger.claim('a/3', ['192.0.2.1']);
    expect(assign('a/1')).toEqual(['192.0.2.2']);
    expect(assign('a/2')).toEqual(['192.0.2.1']);
    expect(assign('a/3')).toEqual(['192.0.2.3']);
  });

  it('gives way to what somebody else assigned', () => {
    const { ledger, assign } = ledgerOf('192.0.2.0/29');
    assign('a/1');
    ledger.replace('a/2', ['192.0.2.1']);
    expect(ledger.assigned('a/1')).toEqual([]);
    expect(assign('a/1')).toEqual(['192.0.2.2']);
    ledger.replace('a/2', []);
    expect(assign('a/3')).toEqual(['192.0.2.1']);
  });

  it('never assigns what another owner reserves', () => {
    const { ledger, assign } = ledgerOf('192.0.2.0/29');
    expect(ledger.reserve('a/1', ['192.0.2.1'])).toBe(false);
    expect(ledger.reserve('a/9', ['192.0.2.1'])).toBe(false);
    expect(assign('a/2')).toEqual(['192.0.2.2']);
    expect(ledger.reserve('a/1', [])).toBe(true);
    expect(assign('a/3')).toEqual(['192.0.2.3']);
    expect(ledger.reserve('a/9', [])).toBe(true);
    expect(assign('a/4')).toEqual(['192.0.2.1']);
  });

  it('fills a /22 without assigning anything twice', () => {
    const { assign } = ledgerOf('10.0.0.0/22');
    const all = Array.from({ length: 1022 }, (_, index) => assign(`a/${index}`)[0]);
    expect(new Set(all).size).toBe(1022);
    expect(assign('one too many')).toEqual([]);
  });
});

describe('whatever is done, in whatever order', () => {
  const anAddress = fc.integer({ min: 0, max: 9 }).map((last) => `192.0.2.${last}`);
  const someAddresses = fc.uniqueArray(anAddress, { maxLength: 2 });
  const anOwner = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const aStep = fc.oneof(
    fc.record({ what: fc.constant('assign' as const), owner: anOwner }),
    fc.record({ what: fc.constant('release' as const), owner: anOwner }),
    fc.record({
      what: fc.constantFrom('claim', 'replace', 'reserve'),
      owner: anOwner,
      addresses: someAddresses,
    }),
  );

  it('nobody has an address of another, and none that is free is withheld', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 40 }), (steps) => {
        const { ledger, assign } = ledgerOf('192.0.2.0/29');
        const reserved = new Map<string, readonly string[]>();
        for (const step of steps) {
          if (step.what === 'assign') assign(step.owner);
          else if (step.what === 'release') ledger.release(step.owner);
          else if (step.what === 'claim') ledger.claim(step.owner, step.addresses);
          else if (step.what === 'replace') ledger.replace(step.owner, step.addresses);
          else {
            ledger.reserve(step.owner, step.addresses);
            reserved.set(step.owner, step.addresses);
          }
          const all = ['a', 'b', 'c', 'd', 'e'].flatMap((owner) => ledger.assigned(owner));
          expect(new Set(all).size).toBe(all.length);
        }
        const before = new Set(['a', 'b', 'c', 'd', 'e'].flatMap((owner) => ledger.assigned(owner)));
        const wanted = new Set([...reserved.values()].flat());
        const free = [1, 2, 3, 4, 5, 6]
          .map((last) => `192.0.2.${last}`)
          .filter((address) => !before.has(address) && !wanted.has(address));
        expect(assign('somebody new')).toEqual(free.slice(0, 1));
      }),
    );
  });
});
