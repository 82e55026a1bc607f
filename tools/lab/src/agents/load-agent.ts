/**
 * Runs loads in a client's namespace; the lab starts it and tells it what to do over the Node message channel.
 * It ends when the channel closes.
 */
import type { AgentReport, AgentRequest } from '../load-protocol.ts';
import { RunningHoldLoad } from './hold-load.ts';
import { RunningRequestLoad } from './request-load.ts';

const REPORT_EVERY_MS = 100;

const running = new Map<number, RunningRequestLoad | RunningHoldLoad>();

function report(message: AgentReport): void {
  if (process.connected) process.send?.(message);
}

function reportJob(type: 'progress' | 'done', job: number, load: RunningRequestLoad | RunningHoldLoad): void {
  if (load instanceof RunningHoldLoad) report({ type, job, held: load.held() });
  else report({ type, job, stats: load.stats() });
}

process.on('message', (request: AgentRequest) => {
  if (request.type === 'stop') {
    running.get(request.job)?.stop();
    return;
  }
  const { job } = request;
  const load =
    request.kind === 'hold' ? new RunningHoldLoad(request.load) : new RunningRequestLoad(request.load);
  running.set(job, load);
  void load.done.then(() => {
    running.delete(job);
    reportJob('done', job, load);
  });
});

setInterval(() => {
  for (const [job, load] of running) reportJob('progress', job, load);
}, REPORT_EVERY_MS);

process.on('disconnect', () => process.exit(0));
report({ type: 'ready' });
