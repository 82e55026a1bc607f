const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Does some work that goes on until it ends by itself, or until Ctrl-C (SIGINT), SIGTERM or SIGHUP abort it. */
export async function untilSignal(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const ended = new AbortController();
  const end = () => ended.abort();
  for (const signal of SIGNALS) process.once(signal, end);
  try {
    await work(ended.signal);
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, end);
  }
}
