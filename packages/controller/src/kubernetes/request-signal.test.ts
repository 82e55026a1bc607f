import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { RequestSignal } from './request-signal.ts';

describe('the signal of a request', () => {
  it('aborts with the reason of the first of its sources that does', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    using end = new RequestSignal([first.signal, undefined, second.signal]);
    expect(end.signal.aborted).toBe(false);
    second.abort('second');
    first.abort('first');
    expect(end.signal.reason).toBe('second');
  });

  it('has the reason of a source that aborted before', () => {
    using end = new RequestSignal([AbortSignal.abort('early')], 60_000);
    expect(end.signal.reason).toBe('early');
  });

  it('aborts with a TimeoutError when its time is over', async () => {
    using end = new RequestSignal([], 1);
    await expect.poll(() => end.signal.aborted).toBe(true);
    expect(end.signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('holds on to nothing, and aborts no more, once it is disposed', () => {
    const source = new AbortController();
    const end = new RequestSignal([source.signal], 60_000);
    expect(getEventListeners(source.signal, 'abort')).toHaveLength(1);
    end[Symbol.dispose]();
    expect(getEventListeners(source.signal, 'abort')).toEqual([]);
    source.abort();
    expect(end.signal.aborted).toBe(false);
  });
});
