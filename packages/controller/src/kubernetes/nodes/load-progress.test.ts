import { type Gateway, gateway, type ListenerSet, listener, listenerSet } from '@blixt/gateway-model';
import { describe, expect, it } from 'vitest';
import type { LoadReport } from '../../load-gate.ts';
import { LoadProgress } from './load-progress.ts';

function edge(resourceVersion: string, generation = 1, ...addresses: string[]): Gateway {
  const plain = gateway({ listeners: [listener('TCP', 80)] }, { name: 'edge' });
  return {
    ...plain,
    metadata: { ...plain.metadata, resourceVersion, generation },
    ...(addresses.length > 0 && { status: { addresses: addresses.map((value) => ({ value })) } }),
  };
}

function more(resourceVersion: string, generation = 1): ListenerSet {
  const plain = listenerSet(
    { parentRef: { name: 'edge' }, listeners: [listener('TCP', 81)] },
    { name: 'more' },
  );
  return { ...plain, metadata: { ...plain.metadata, resourceVersion, generation } };
}

const NAME = { namespace: 'default', name: 'edge' };

const loaded = (it: Gateway, ...listenerSets: ListenerSet[]): LoadReport => ({
  loaded: [{ gateway: it, listenerSets }],
  failed: [],
  released: [],
});

describe('what is told of what is loaded', () => {
  it('is the newest version of each kind, by number', () => {
    const progress = new LoadProgress();
    expect(progress.versions).toEqual({ gateways: '0', listenersets: '0' });
    progress.take(loaded(edge('99'), more('98')));
    progress.take(loaded(edge('100')));
    progress.take(loaded(edge('97'), more('9')));
    expect(progress.versions).toEqual({ gateways: '100', listenersets: '98' });
  });

  it('is news when a spec or an address is another, not when only a status is', () => {
    const progress = new LoadProgress();
    expect(progress.take(loaded(edge('1')))).toBe(true);
    expect(progress.take(loaded(edge('2')))).toBe(false);
    expect(progress.take(loaded(edge('3', 1, '192.0.2.1')))).toBe(true);
    expect(progress.take(loaded(edge('4', 2, '192.0.2.1')))).toBe(true);
    expect(progress.take(loaded(edge('4', 2, '192.0.2.1'), more('5')))).toBe(true);
    expect(progress.take(loaded(edge('4', 2, '192.0.2.1'), more('6')))).toBe(false);
    expect(progress.take(loaded(edge('4', 2, '192.0.2.1'), more('7', 2)))).toBe(true);
  });

  it('names Gateways that fail, until they do no more or are gone', () => {
    const progress = new LoadProgress();
    expect(progress.take({ loaded: [], failed: [NAME], released: [] })).toBe(true);
    expect(progress.take({ loaded: [], failed: [NAME], released: [] })).toBe(false);
    expect(progress.notLoaded).toEqual(['default/edge']);
    expect(progress.take(loaded(edge('1')))).toBe(true);
    expect(progress.notLoaded).toEqual([]);
    progress.take({ loaded: [], failed: [NAME], released: [] });
    expect(progress.take({ loaded: [], failed: [], released: [NAME] })).toBe(true);
    expect(progress.notLoaded).toEqual([]);
  });

  it('names none of them when they are too many for an annotation', () => {
    const progress = new LoadProgress();
    const failed = Array.from({ length: 51 }, (_, index) => ({
      namespace: 'default',
      name: `edge-${index}`,
    }));
    progress.take({ loaded: [], failed, released: [] });
    expect(progress.notLoaded).toEqual(['*']);
    progress.take({ loaded: [], failed: [], released: failed.slice(1) });
    expect(progress.notLoaded).toEqual(['default/edge-0']);
  });
});
