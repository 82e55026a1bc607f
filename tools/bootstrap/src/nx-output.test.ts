import { describe, expect, it } from 'vitest';
import { failedTasksOnly } from './nx-output.mjs';

const OUTPUT = `
NX   Running target build for 2 projects:

- @blixt/a
- @blixt/b

> nx run @blixt/a:build

all is well

> nx run @blixt/b:bpf

lb.bpf.c:3: error: expected ';'

 NX   Running target build for 2 projects failed

Failed tasks:

- @blixt/b:bpf

  Run duration:      16.0s
`;

describe('the output of a failed build', () => {
  it('is that of the tasks that failed', () => {
    expect(failedTasksOnly(OUTPUT)).toBe(
      "> nx run @blixt/b:bpf\n\nlb.bpf.c:3: error: expected ';'\n\nFailed: @blixt/b:bpf",
    );
  });

  it('is shown whole when nx itself failed', () => {
    expect(failedTasksOnly('NX  Cannot read nx.json\n')).toBe('NX  Cannot read nx.json\n');
  });
});
