import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ClusterError } from '../errors.ts';
import { type ClusterRecord, readRecord, SUPERVISOR_LOG } from './cluster-record.ts';
import type { SupervisorMessage } from './supervise.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');

/**
 * Starts a cluster that stays until `down`; nothing if one runs. Interrupted, it takes down what it began.
 *
 * @throws ClusterError as `startCluster`
 */
export async function up(nodes: number, report: (line: string) => void): Promise<ClusterRecord> {
  const running = readRecord();
  if (running !== undefined) {
    report(`already up, with ${running.nodes.length} nodes`);
    return running;
  }
  mkdirSync(dirname(SUPERVISOR_LOG), { recursive: true });
  const log = openSync(SUPERVISOR_LOG, 'w');
  const supervisor = spawn(process.execPath, [MAIN, 'supervise', '--nodes', String(nodes)], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const interrupt = (): void => {
    supervisor.kill('SIGTERM');
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  try {
    return await new Promise<ClusterRecord>((resolve, reject) => {
      supervisor.on('message', (message: SupervisorMessage) => {
        if (message.type === 'progress') report(message.line);
        if (message.type === 'ready') resolve(message.record);
        if (message.type === 'failed') reject(new ClusterError(message.code, message.message));
      });
      supervisor.on('exit', (code, signal) => {
        const how = `the process that keeps the cluster ended (${code ?? signal}); see ${SUPERVISOR_LOG}`;
        reject(new ClusterError('CLUSTER_NOT_READY', how));
      });
    });
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.removeListener(signal, interrupt);
    supervisor.removeAllListeners();
    if (supervisor.connected) supervisor.disconnect();
    supervisor.unref();
  }
}
