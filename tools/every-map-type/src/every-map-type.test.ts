import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mapTypes } from '@blixt/bpf-maps';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Row } from './row.ts';
import { render } from './table.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

describe('maps that libbpf and bpftool made, as this package sees them', () => {
  let rows: Row[] = [];
  let pid: number | undefined;
  beforeAll(async () => {
    const running = promisify(execFile)(process.execPath, [main, '--json']);
    pid = running.child.pid;
    rows = JSON.parse((await running).stdout);
  });

  it('are of every type that the kernel has', () => {
    expect(rows.map(({ type }) => type)).toEqual(mapTypes.map(({ type }) => type));
    expect(rows).toHaveLength(33);
  });

  it.each(mapTypes)(
    'a $type is read, typed and changed, and says what it does not do',
    ({ type, unsupported }) => {
      const row = rows.find((candidate) => candidate.type === type);
      expect(row).not.toHaveProperty('failure');
      expect(row).toMatchObject({
        types: expect.not.stringContaining('?'),
        read: expect.stringMatching(/./),
        changed: expect.stringMatching(/./),
        readBack: expect.stringMatching(/./),
      });
      const refused = row !== undefined && 'refused' in row ? row.refused : [];
      expect(Object.fromEntries(refused.map(({ operation, reason }) => [operation, reason]))).toEqual(
        unsupported,
      );
    },
  );

  it('are gone afterwards', () => {
    expect(pid).toBeGreaterThan(0);
    expect(existsSync(`/sys/fs/bpf/every-map-type-${pid}`)).toBe(false);
  });
});

describe('a map that is not as it must be', () => {
  it('is told, with what is wrong', () => {
    const text = render([{ type: 'hash', failure: 'expected 41' }]);
    expect(text).toMatch(/^hash +libbpf object +FAILED$/m);
    expect(text).toContain('\nhash: expected 41\n0 of 1 map types');
  });
});
