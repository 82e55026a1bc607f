import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLink } from './link-network.ts';
import { type AnnouncingNode, electNode } from './rendezvous.ts';

const node = (name: string, ...links: string[]): AnnouncingNode => ({
  name,
  links: links.flatMap((link) => parseLink(link) ?? []),
});

const nodes = (names: readonly string[]): AnnouncingNode[] => names.map((name) => node(name));

const names = fc.uniqueArray(fc.domain(), { minLength: 1, maxLength: 20 });
const address = fc.oneof(fc.ipV4(), fc.ipV6());

describe('the node that answers for an address', () => {
  it('is one of the nodes, the same whatever their order', () => {
    fc.assert(
      fc.property(names, address, fc.infiniteStream(fc.nat()), (all, text, random) => {
        const elected = electNode(text, nodes(all));
        expect(all).toContain(elected);
        const shuffled = all
          .map((name) => ({ name, at: random.next().value }))
          .sort((a, b) => Number(a.at) - Number(b.at));
        expect(electNode(text, nodes(shuffled.map(({ name }) => name)))).toBe(elected);
      }),
    );
  });

  it('stays when another node goes, or comes and does not get the address itself', () => {
    fc.assert(
      fc.property(names, fc.nat(), address, (all, index, text) => {
        const changing = all[index % all.length];
        const others = all.filter((name) => name !== changing);
        const [before, after] = [electNode(text, nodes(all)), electNode(text, nodes(others))];
        if (before !== changing) expect(after).toBe(before);
      }),
    );
  });

  it('is nobody when there are no nodes', () => {
    expect(electNode('192.0.2.1', [])).toBeUndefined();
  });

  it.each([2, 3, 10])('is each of %i nodes for about as many addresses', (count) => {
    const all = nodes(Array.from({ length: count }, (_, index) => `node-${index + 1}`));
    const addresses = 4_000;
    const counts = new Map<string | undefined, number>();
    for (let index = 0; index < addresses; index += 1) {
      const elected = electNode(`10.1.${index >> 8}.${index & 255}`, all);
      counts.set(elected, (counts.get(elected) ?? 0) + 1);
    }
    for (const { name } of all) {
      const share = ((counts.get(name) ?? 0) * count) / addresses;
      expect(share).toBeGreaterThan(0.85);
      expect(share).toBeLessThan(1.15);
    }
  });

  it('is the same for each way to write an address', () => {
    const all = nodes(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    expect(electNode('2001:db8:0:0::1', all)).toBe(electNode('2001:DB8::1', all));
  });

  it('is on the link of the address, if any node is', () => {
    const far = nodes(Array.from({ length: 20 }, (_, index) => `far-${index}`));
    const near = [node('a', '192.0.2.11/24', '2001:db8::11/64'), node('b', '192.0.2.12/24', 'fd00::12/64')];
    for (let host = 1; host < 255; host += 1) {
      expect(electNode(`192.0.2.${host}`, [...far, ...near])).toMatch(/^[ab]$/);
      expect(electNode(`2001:db8::${host.toString(16)}`, [...far, ...near])).toBe('a');
    }
    const elsewhere = Array.from({ length: 100 }, (_, host) =>
      electNode(`192.0.3.${host}`, [...far, ...near]),
    );
    expect(new Set(elsewhere).size).toBeGreaterThan(10);
  });
});

describe('a link', () => {
  it('is the network of a node’s address', () => {
    expect(parseLink('192.0.2.77/26')).toEqual({
      address: '192.0.2.77',
      family: 'ipv4',
      first: 0xc000_0240n,
      last: 0xc000_027fn,
    });
    expect(parseLink('0.0.0.1/0')).toMatchObject({ first: 0n, last: 0xffff_ffffn });
    expect(parseLink('2001:DB8::1/128')).toMatchObject({ address: '2001:db8::1' });
  });

  it.each(['', '192.0.2.1', '192.0.2.1/33', '2001:db8::1/129', '192.0.2/24', 'banana/8', '192.0.2.1/-1'])(
    'is not %j',
    (text) => expect(parseLink(text)).toBeUndefined(),
  );
});
