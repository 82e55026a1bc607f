import { canonicalAddress } from '../../address-ranges.ts';
import { isOnLink, type LinkNetwork } from './link-network.ts';

/** A node that can answer for addresses. */
export interface AnnouncingNode {
  /** No two have the same. */
  readonly name: string;
  /** The links that it announces on. */
  readonly links: readonly LinkNetwork[];
}

/**
 * The node that answers for an address, by rendezvous hashing (Thaler and Ravishankar, 1998): whoever knows the same
 * nodes comes to the same answer, whatever their order. When a node goes only its addresses move, and when one comes
 * only those that it gets.
 *
 * Candidates are the nodes with a link that the address is on; all nodes when there is none. O(nodes).
 *
 * @returns its name; undefined when there are no nodes
 */
export function electNode(address: string, nodes: Iterable<AnnouncingNode>): string | undefined {
  const text = canonicalAddress(address) ?? address;
  const all = [...nodes];
  const near = all.filter(({ links }) => links.some((link) => isOnLink(text, link)));
  let best: { readonly name: string; readonly weight: number } | undefined;
  for (const { name } of near.length > 0 ? near : all) {
    const weight = weightOf(`${name} ${text}`);
    if (best === undefined || weight > best.weight || (weight === best.weight && name < best.name))
      best = { name, weight };
  }
  return best?.name;
}

/** FNV-1a (RFC 9923), 32 bits, and the finalizer of MurmurHash3: FNV alone mixes the last bytes too little. */
function weightOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
