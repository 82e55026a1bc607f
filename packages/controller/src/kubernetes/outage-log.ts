import type { Logger } from '../logger.ts';
import { ApiError } from './api-error.ts';

/** Shorter outages are not told, in milliseconds. */
const GRACE_MS = 2_000;

/** Whether the API server could not be asked, in contrast to what it answered. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.code === 'ERR_API_UNREACHABLE' || error.code === 'ERR_API_TIMEOUT') return true;
  return error.status !== undefined && (error.status.code >= 500 || error.status.code === 429);
}

/** A logger for those besides the {@link OutageLog} who ask the API server: what they say of outages is for debugging only. */
export function withoutOutages(logger: Logger): Logger {
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
 * Tells once that the API server cannot be reached, and once that it can again, however many watches there are
 * and however often each of them tries.
 */
export class OutageLog {
  readonly #logger: Logger;
  readonly #server: string;
  readonly #failing = new Map<string, Error>();
  #timer: NodeJS.Timeout | undefined;
  #toldAt: number | undefined;

  constructor(logger: Logger, server: string) {
    this.#logger = logger;
    this.#server = server;
  }

  /** A logger for those whose state is noted. */
  get logger(): Logger {
    return withoutOutages(this.#logger);
  }

  /** Somebody who asks the API server fails, or does not any more. */
  note(who: string, error: Error | undefined): void {
    if (error !== undefined && isOutage(error)) {
      this.#failing.set(who, error);
      this.#timer ??= setTimeout(() => this.#tell(), GRACE_MS);
      return;
    }
    if (!this.#failing.delete(who) || this.#failing.size > 0) return;
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
    const [error] = this.#failing.values();
    if (error === undefined || this.#toldAt !== undefined) return;
    this.#toldAt = performance.now();
    this.#logger.warn(
      { err: error, server: this.#server },
      `the API server ${this.#server} cannot be used and is tried again; what is loaded stays in force: ${error.message}`,
    );
  }
}
