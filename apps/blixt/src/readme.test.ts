import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { blixtWith } from '../test/command.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const cwd = fileURLToPath(new URL('../test/readme', import.meta.url));

/** Blocks of commands, as they are typed, with what they print. */
const sessions = [...readme.matchAll(/^```console\n\$ blixt (.*)\n([\s\S]*?)^```$/gm)].map(
  ([, command = '', output = '']) => ({ command, output }),
);

describe('the README', () => {
  it('shows both commands', () => {
    expect(sessions.map(({ command }) => command.split(' ')[0])).toEqual(['validate', 'explain']);
  });

  it.each(sessions)('shows what blixt $command prints', ({ command, output }) => {
    expect(blixtWith({ cwd }, ...command.split(' ')).stdout).toBe(output);
  });

  it('names manifests that are valid', () => {
    const deploy = fileURLToPath(new URL('../deploy', import.meta.url));
    expect(blixtWith({ cwd }, 'validate', deploy).stdout).toContain('0 errors, 0 warnings');
  });
});
