import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from './control-plane.ts';
import { ClusterError } from './errors.ts';

/**
 * Asks again and again until there is an answer.
 *
 * @param what - is waited for, in messages: `Gateway default/example has no address`
 * @param ask - undefined, or a text that tells why not yet: ask again
 * @throws ClusterError `CLUSTER_NOT_READY`, `CLUSTER_DAEMON_ENDED` when a daemon of the cluster ends meanwhile
 */
export async function until<T extends object>(
  control: ControlPlane,
  what: string,
  ask: () => Promise<T | string | undefined>,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    if (control.failure !== undefined) throw control.failure;
    const answer = await ask();
    if (typeof answer === 'object') return answer;
    if (Date.now() > deadline) {
      const why = `${what} within ${timeoutMs / 1000} s. ${answer ?? ''}\nLogs are in ${control.directory}`;
      throw new ClusterError('CLUSTER_NOT_READY', why);
    }
    await sleep(100);
  }
}
