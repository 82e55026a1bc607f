import { removeDefaultStatusDirectory } from '../default-status-directory.ts';

/** Removes everything that `blixt run` may have left, and says what. */
export async function detach(pinDirectory: string): Promise<void> {
  const { detachInstance } = await import('@blixt/xdp-lb');
  const removed = [...detachInstance(pinDirectory)];
  const statusDirectory = removeDefaultStatusDirectory(pinDirectory);
  if (statusDirectory !== undefined) removed.push(statusDirectory);
  for (const what of removed) process.stdout.write(`removed ${what}\n`);
  if (removed.length === 0) process.stdout.write(`nothing to remove at ${pinDirectory}\n`);
}
