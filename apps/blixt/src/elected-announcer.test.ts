import { type AddressElection, type ElectionListener, silentLogger } from '@blixt/controller';
import type { AnnounceOptions, AnnounceResult } from '@blixt/xdp-lb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AnnounceTarget, ElectedAnnouncer } from './elected-announcer.ts';

/** Keeps what it is told to announce, each time. */
class Target implements AnnounceTarget {
  readonly announcements: { readonly addresses: readonly string[]; readonly forMs: number | undefined }[] =
    [];
  readonly extensions: (number | undefined)[] = [];

  announce(addresses: readonly string[], { forMs }: AnnounceOptions = {}): AnnounceResult {
    this.announcements.push({ addresses, forMs });
    return { added: [], removed: [] };
  }

  extendAnnouncement(forMs?: number): boolean {
    this.extensions.push(forMs);
    return true;
  }

  change = () => ({ added: 0, changed: 0, removed: 0, unchanged: 0 });
  loaded = () => [];
  warnings = () => [];
}

/** An election whose outcome a test decides. */
class Election implements Pick<AddressElection, 'hasJoined' | 'hasLeft' | 'holdMs' | 'isOurs' | 'onChange'> {
  hasJoined = false;
  hasLeft = false;
  holdMs: number | undefined = 5_000;
  ours: readonly string[] = [];
  readonly #listeners: ElectionListener[] = [];

  isOurs(address: string): boolean {
    return this.ours.includes(address);
  }

  onChange(listener: ElectionListener): void {
    this.#listeners.push(listener);
  }

  tell(lapsed = false): void {
    for (const listener of this.#listeners) listener({ lapsed });
  }
}

function setUp() {
  const [target, election] = [new Target(), new Election()];
  const announcer = new ElectedAnnouncer(target, election, silentLogger);
  onTestFinished(() => announcer[Symbol.dispose]());
  const join = (...ours: string[]): void => {
    Object.assign(election, { hasJoined: true, ours });
    election.tell();
  };
  return { target, election, announcer, join };
}

const [A, B] = ['192.0.2.1', '192.0.2.2'];

describe('an elected announcer', () => {
  it('leaves what is announced as it is until this node takes part, and has it go on', () => {
    const { target, announcer } = setUp();
    announcer.announce([A, B]);
    expect(target.announcements).toEqual([]);
    expect(target.extensions).toEqual([5_000]);
  });

  it('announces those that this node is elected for, for as long as others do not take over', () => {
    const { target, announcer, election, join } = setUp();
    announcer.announce([A, B]);
    join(A);
    expect(target.announcements).toEqual([{ addresses: [A], forMs: 5_000 }]);
    election.holdMs = undefined;
    join(A, B);
    expect(target.announcements.at(-1)).toEqual({ addresses: [A, B], forMs: undefined });
    announcer.announce([B]);
    expect(target.announcements.at(-1)).toEqual({ addresses: [B], forMs: undefined });
  });

  it('announces anew what others may have announced meanwhile', () => {
    const { target, announcer, election, join } = setUp();
    announcer.announce([A]);
    join(A);
    election.tell(true);
    expect(target.announcements.slice(1).map(({ addresses }) => addresses)).toEqual([[], [A]]);
  });

  it('announces nothing more when this node has left, and touches nothing once it is closed', () => {
    const { target, announcer, election, join } = setUp();
    announcer.announce([A]);
    join(A);
    Object.assign(election, { hasJoined: false, hasLeft: true, ours: [] });
    election.tell();
    expect(target.announcements.at(-1)?.addresses).toEqual([]);
    announcer[Symbol.dispose]();
    join(A);
    expect(target.announcements).toHaveLength(2);
  });
});
