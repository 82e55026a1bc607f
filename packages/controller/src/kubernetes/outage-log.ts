import type { Logger } from '../logger.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError } from './api-error.ts';
import type { InformerState } from './informer.ts';

/** Shorter outages are not told, in milliseconds. */
const GRACE_MS = 2_000;

/** Whether the API server could not be asked, in contrast to what it answered. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.code === 'ERR_API_UNREACHABLE' || error.code === 'ERR_API_TIMEOUT') return true;
  return error.status !== undefined && (error.status.code >= 500 || error.status.code === 429);
}

/** What an {@link Informer} is given so that it takes part in an {@link OutageLog}. */
export interface OutageHooks {
  /** Tells nothing of outages. */
  readonly logger: Logger;
  /** Notes them instead. */
  readonly onStateChange: (state: Pick<InformerState, 'phase' | 'error'>) => void;
}

/**
 * Tells once that the API server cannot be reached, and once that it can again, however many watches there are
 * and however often each of them tries.
 */
export class OutageLog {
  static readonly #shared = new WeakMap<ApiClient, WeakMap<Logger, OutageLog>>();
  readonly #logger: Logger;
  readonly #server: string;
  readonly #failing = new Map<string, { readonly error: Error; readonly retry: () => void }>();
  #timer: NodeJS.Timeout | undefined;
  #toldAt: number | undefined;

  constructor(logger: Logger, server: string) {
    this.#logger = logger;
    this.#server = server;
  }

  /** The one that all share who use the client, and tell by the logger. */
  static of(client: ApiClient, logger: Logger): OutageLog {
    const byLogger = OutageLog.#shared.get(client) ?? new WeakMap<Logger, OutageLog>();
    OutageLog.#shared.set(client, byLogger);
    const log = byLogger.get(logger) ?? new OutageLog(logger, client.server);
    byLogger.set(logger, log);
    return log;
  }

  /** A logger for those whose state is noted: what they say of outages is for debugging only. */
  get logger(): Logger {
    const logger = this.#logger;
    const told = (level: 'warn' | 'error') => (fields: object, message: string) => {
      const isNoted = 'err' in fields && isOutage(fields.err);
      logger[isNoted ? 'debug' : level](fields, message);
    };
    return {
      debug: (fields, message) => logger.debug(fields, message),
      info: (fields, message) => logger.info(fields, message),
      warn: told('warn'),
      error: told('error'),
    };
  }

  /**
   * Settings of an informer that takes part.
   *
   * @param who - tells it from the others
   * @param retry - has it try at once: called when another finds that the API server can be reached
   */
  hooks(who: string, retry: () => void): OutageHooks {
    return {
      logger: this.logger,
      onStateChange: ({ phase, error }) =>
        this.note(who, phase === 'stopped' || phase === 'missing' ? undefined : error, retry),
    };
  }

  /** Somebody who asks the API server fails, or does not any more: then all others who fail try again at once. */
  note(who: string, error: Error | undefined, retry: () => void = () => undefined): void {
    if (error !== undefined && isOutage(error)) {
      this.#failing.set(who, { error, retry });
      this.#timer ??= setTimeout(() => this.#tell(), GRACE_MS);
      return;
    }
    if (!this.#failing.delete(who)) return;
    for (const other of this.#failing.values()) other.retry();
    if (this.#failing.size > 0) return;
    this.stop();
    if (this.#toldAt === undefined) return;
    const seconds = Math.round((performance.now() - this.#toldAt) / 1000);
    this.#toldAt = undefined;
    this.#logger.info(
      { server: this.#server, seconds },
      `the API server ${this.#server} can be reached again`,
    );
  }

  /** Tells nothing more of what is failing now. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tell(): void {
    const [first] = this.#failing.values();
    if (first === undefined || this.#toldAt !== undefined) return;
    const { error } = first;
    this.#toldAt = performance.now();
    this.#logger.warn(
      { err: error, server: this.#server },
      `the API server ${this.#server} cannot be used and is tried again; what is loaded stays in force: ${error.message}`,
    );
  }
}
