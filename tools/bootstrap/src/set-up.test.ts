import { spawnSync } from 'node:child_process';
import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { buildFingerprint } from './fingerprint.mjs';
import { StepError, step } from './progress.mjs';
import { runCommand } from './run-command.mjs';
import { ROOT } from './workspace.mjs';

const RUN = join(ROOT, 'tools/bootstrap/src/run.mjs');

describe('the set-up', () => {
  it('says first of all that it needs root, and ends with an error', () => {
    // Nobody, but one who may read the repository wherever it is.
    const nobody = ['--reuid=65534', '--clear-groups'];
    const mayRead = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
    const command = [process.execPath, RUN, 'echo', 'not reached'];
    const run = spawnSync('setpriv', [...nobody, ...mayRead, ...command], { encoding: 'utf8' });
    expect(run.status).toBe(1);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(/root is needed.*uid 65534[\s\S]*SETUP_NOT_ROOT[\s\S]*sudo/);
  });
});

describe('a command of the set-up', () => {
  const failure = { code: 'SETUP_TEST', advice: 'Do something.' };

  it('keeps its output to itself when it succeeds', async () => {
    const lines: string[] = [];
    const output = await runCommand('sh', ['-c', 'echo one; echo two >&2'], failure, {
      onLine: (line) => lines.push(line),
    });
    expect(output).toContain('one\n');
    expect(lines.sort()).toEqual(['one', 'two']);
  });

  it('gives its output and advice when it fails', async () => {
    const failing = runCommand('sh', ['-c', 'echo broken; exit 3'], failure);
    await expect(failing).rejects.toBeInstanceOf(StepError);
    await expect(failing).rejects.toMatchObject({
      code: 'SETUP_TEST',
      message: 'sh -c echo broken; exit 3: exit code 3\n\nbroken',
      advice: 'Do something.',
    });
  });

  it('that is not there fails in the same way', async () => {
    await expect(runCommand('no-such-command', [], failure)).rejects.toMatchObject({
      code: 'SETUP_TEST',
      message: expect.stringContaining('ENOENT'),
    });
  });
});

describe('a step', () => {
  /** Runs a step that fails, on a stream that is not a terminal. */
  async function linesOf(work: (note: (text: string) => void) => Promise<void>): Promise<string> {
    let written = '';
    const stream = { isTTY: false, write: (text: string) => (written += text) };
    await step('Building', work, stream).catch(() => undefined);
    return written.replaceAll(/\d+\.\d s/g, 'T');
  }

  it('is plain lines without a terminal: its start, how far it is, its end and how long it took', async () => {
    expect(await linesOf(async (note) => note('half'))).toBe(
      'Building ...\n  half (T)\n✔ Building: done in T\n',
    );
  });

  it('says when it failed', async () => {
    expect(
      await linesOf(async () => {
        throw new Error('no');
      }),
    ).toBe('Building ...\n✘ Building: failed in T\n');
  });
});

describe('the fingerprint of sources and outputs', () => {
  const file = join(ROOT, 'tools/bootstrap', `fingerprint-${process.pid}.txt`);
  afterEach(() => rmSync(file, { force: true }));

  it('changes with a new file, its size and its time', () => {
    const before = buildFingerprint();
    expect(before).toMatch(/^[0-9a-f]{64}$/);

    writeFileSync(file, 'a');
    const added = buildFingerprint();
    expect(added).not.toBe(before);

    const { atime, mtime } = statSync(file);
    writeFileSync(file, 'ab');
    utimesSync(file, atime, mtime);
    const grown = buildFingerprint();
    expect(grown).not.toBe(added);

    utimesSync(file, atime, new Date(mtime.getTime() + 1_000));
    expect(buildFingerprint()).not.toBe(grown);
  });
});
