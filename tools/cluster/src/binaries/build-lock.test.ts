import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { underLock } from './build-lock.ts';

describe('work under a lock', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'blixt-lock-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is done by one at a time, and whoever waits is told so', async () => {
    const file = join(folder, 'lock');
    const events: string[] = [];
    const first = underLock(
      file,
      () => events.push('first waits'),
      async () => {
        events.push('first begins');
        await sleep(1_200);
        events.push('first ends');
      },
    );
    await sleep(100);
    const second = underLock(
      file,
      () => events.push('second waits'),
      async () => {
        events.push('second begins');
        return 2;
      },
    );
    await first;
    expect(await second).toBe(2);
    expect(events).toEqual(['first begins', 'second waits', 'first ends', 'second begins']);
  });

  it('lets go of the lock when the work fails', async () => {
    const file = join(folder, 'failing');
    const work = underLock(
      file,
      () => undefined,
      async () => {
        throw new Error('no');
      },
    );
    await expect(work).rejects.toThrow('no');
    expect(
      await underLock(
        file,
        () => undefined,
        async () => 'again',
      ),
    ).toBe('again');
  });
});
