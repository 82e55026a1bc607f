import { randomBytes } from 'node:crypto';
import { startTimeOf } from './process-start-time.ts';

const PREFIX = 'blixtlab';
const ID_PATTERN = new RegExp(`^(${PREFIX}-(\\d+)-([0-9a-z]+)-[0-9a-f]{6})(?:-.*)?$`);

/** A process, told apart from a later one with the same pid by its start time. */
export interface LabOwner {
  readonly pid: number;
  /** Clock ticks since boot, base 36 (proc_pid_stat(5), field 22). */
  readonly startTime: string;
}

/** The start time of a process in base 36, or undefined when it does not run. */
function shortStartTimeOf(pid: number): string | undefined {
  const ticks = startTimeOf(pid);
  return ticks === undefined ? undefined : Number(ticks).toString(36);
}

/**
 * A new, unique name for a lab: `blixtlab-PID-STARTTIME-RANDOM`.
 *
 * Everything that a lab leaves outside its own process (namespaces, a temporary folder, pins) starts with it,
 * so that a later lab recognises what a dead process left.
 */
export function newLabId(): string {
  return `${PREFIX}-${process.pid}-${shortStartTimeOf(process.pid) ?? '0'}-${randomBytes(3).toString('hex')}`;
}

/** The lab id that a name starts with, and its owner; undefined for names that are not a lab's. */
export function parseLabId(name: string): { readonly id: string; readonly owner: LabOwner } | undefined {
  const match = ID_PATTERN.exec(name);
  const [, id, pid, startTime] = match ?? [];
  return id === undefined || pid === undefined || startTime === undefined
    ? undefined
    : { id, owner: { pid: Number(pid), startTime } };
}

/** Whether the process that owns a lab still runs. */
export function isAlive(owner: LabOwner): boolean {
  return shortStartTimeOf(owner.pid) === owner.startTime;
}
