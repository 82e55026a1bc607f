import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sanitized } from './sanitized.ts';

const run = promisify(execFile);

/** What has to be seen, and what is then written. */
const CANARIES = {
  overflow: 'heap-buffer-overflow',
  freed: 'heap-use-after-free',
  undefined: 'signed integer overflow',
  kernel: 'bpf-guard: BPF_MAP_LOOKUP_ELEM: the kernel takes',
} as const;

/** Makes every mistake once that the fuzzer is to find: it would find nothing if these were not reported. */
export async function checkCanaries({ env, nodeArguments }: Sanitized): Promise<void> {
  const script = join(import.meta.dirname, 'run-canary.ts');
  await run(process.execPath, [...nodeArguments, script, 'none'], { env });
  for (const [kind, report] of Object.entries(CANARIES)) {
    const output = await run(process.execPath, [...nodeArguments, script, kind], { env }).then(
      () => 'nothing',
      (error) => String(error.stderr),
    );
    if (!output.includes(report)) {
      throw new Error(
        `the sanitizer does not see '${kind}': expected ${JSON.stringify(report)}, got ${output}`,
      );
    }
  }
}
