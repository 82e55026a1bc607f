import { BpfMap } from '../index.ts';
import { usageError } from './tool-error.ts';

/** A map as the command line names it. */
export type MapReference =
  | { readonly by: 'id'; readonly id: number }
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'pinned'; readonly path: string };

const KEYWORDS = new Set(['id', 'name', 'pinned']);

function parseId(text: string): number {
  const id = Number(text);
  if (/^\d+$/.test(text) && id <= 0xffff_ffff) return id;
  throw usageError(
    `id ${text}: expected the number of a map, such as 12; 'bpf-maps list' shows those that there are`,
  );
}

/**
 * Takes a map from the front of `words`: `id 12`, `name flows`, `pinned /sys/fs/bpf/flows` as bpftool has it, or
 * one word: digits are an id, what has a slash is a path, all else is a name.
 *
 * @returns the map, and the words that are left
 */
export function parseReference(words: readonly string[]): { reference: MapReference; rest: string[] } {
  const [first, second, ...others] = words;
  if (first === undefined || first === '') {
    throw usageError('which map? Say its id, its name, or the path that it is pinned at');
  }
  if (KEYWORDS.has(first)) {
    if (second === undefined) {
      throw usageError(
        `${first}: expected what follows it, as in 'id 12', 'name flows' or 'pinned /sys/fs/bpf/flows'`,
      );
    }
    if (first === 'id') return { reference: { by: 'id', id: parseId(second) }, rest: others };
    if (first === 'name') return { reference: { by: 'name', name: second }, rest: others };
    return { reference: { by: 'pinned', path: second }, rest: others };
  }
  const rest = words.slice(1);
  if (/^\d+$/.test(first)) return { reference: { by: 'id', id: parseId(first) }, rest };
  if (first.includes('/')) return { reference: { by: 'pinned', path: first }, rest };
  return { reference: { by: 'name', name: first }, rest };
}

/** Opens a map with keys and values as bytes; the caller closes it. */
export function openReference(reference: MapReference): BpfMap<Uint8Array, Uint8Array> {
  switch (reference.by) {
    case 'id':
      return BpfMap.openById(reference.id, { codec: 'bytes' });
    case 'name':
      return BpfMap.openByName(reference.name, { codec: 'bytes' });
    case 'pinned':
      return BpfMap.openPinned(reference.path, { codec: 'bytes' });
  }
}

/** The one map that `words` name, and nothing else. */
export function onlyReference(words: readonly string[]): MapReference {
  const { reference, rest } = parseReference(words);
  if (rest.length > 0)
    throw usageError(`expected one map, and nothing after it; got '${rest.join(' ')}' as well`);
  return reference;
}
