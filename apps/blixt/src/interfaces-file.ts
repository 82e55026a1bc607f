import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttachedInterface } from '@blixt/xdp-lb';

/** Why each interface has its hook: known when it is attached, and kept beside the statuses for `blixt status`. */
const FILE = 'interfaces.json';

/** Replaces what is kept, in one step. */
export async function writeInterfaces(
  directory: string,
  interfaces: readonly AttachedInterface[],
): Promise<void> {
  const temporary = join(directory, `.${FILE}.${process.pid}.tmp`);
  await writeFile(temporary, `${JSON.stringify(interfaces, null, 2)}\n`);
  await rename(temporary, join(directory, FILE));
}

/** Forgets what is kept. */
export async function removeInterfaces(directory: string): Promise<void> {
  await rm(join(directory, FILE), { force: true });
}

/** What is kept; nothing when there is no such file, or it is spoilt. */
export async function readInterfaces(directory: string): Promise<unknown[]> {
  try {
    const value: unknown = JSON.parse(await readFile(join(directory, FILE), 'utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** Adds the reasons to interfaces that still have the hook that they were given. */
export function withReasons(
  interfaces: readonly AttachedInterface[],
  kept: readonly unknown[],
): AttachedInterface[] {
  return interfaces.map((it) => {
    const known = kept.find(
      (other) => field(other, 'ifindex') === it.ifindex && field(other, 'hook') === it.hook,
    );
    const reason = field(known, 'reason');
    return typeof reason === 'string' ? { ...it, reason } : it;
  });
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
