import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'blixtcluster';
const NAME = new RegExp(`^${PREFIX}-(\\d+)-(\\d+)-[0-9a-f]{8}$`);

/** Clock ticks from boot to a process's start (proc_pid_stat(5), field 22); undefined when it does not run. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command in parentheses, may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Removes the folders of processes that ended without doing so themselves (SIGKILL). */
export function sweepStateDirectories(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid, startTime] = NAME.exec(name) ?? [];
    if (pid === undefined || startTimeOf(Number(pid)) === startTime) continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/**
 * Makes a folder below the temporary folder for what a cluster keeps while it runs; nobody else may read it.
 * Its name holds the pid and the start time of this process, so that a later one knows whether it is needed.
 */
export function makeStateDirectory(): string {
  sweepStateDirectories();
  const owner = `${process.pid}-${startTimeOf(process.pid) ?? 0}`;
  const directory = join(tmpdir(), `${PREFIX}-${owner}-${randomBytes(4).toString('hex')}`);
  mkdirSync(directory, { mode: 0o700 });
  return directory;
}
