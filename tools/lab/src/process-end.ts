const FATAL_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** In the order in which they were registered. */
const actions = new Set<() => void>();

function runAll(): void {
  for (const action of actions) action();
}

function runAllAndDie(signal: NodeJS.Signals): void {
  runAll();
  process.removeListener(signal, runAllAndDie);
  // With no other listener, die of the signal, as a process without anything to take down would.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

/**
 * Has something done when this process ends: when it exits (also by an uncaught exception), and on SIGINT, SIGTERM
 * and SIGHUP. What was registered first is done first. Not on SIGKILL.
 *
 * @param takeDown - must not wait for anything asynchronous, and may be called more than once.
 * @returns no longer has it done.
 */
export function onProcessEnd(takeDown: () => void): () => void {
  const action = (): void => takeDown();
  if (actions.size === 0) {
    process.on('exit', runAll);
    for (const signal of FATAL_SIGNALS) process.on(signal, runAllAndDie);
  }
  actions.add(action);
  return () => {
    if (!actions.delete(action) || actions.size > 0) return;
    process.removeListener('exit', runAll);
    for (const signal of FATAL_SIGNALS) process.removeListener(signal, runAllAndDie);
  };
}
