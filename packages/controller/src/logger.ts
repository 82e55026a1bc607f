/** The part of a pino logger that the controller uses; a pino logger can be passed as it is. */
export interface Logger {
  /** What helps to follow the controller at work. */
  debug(fields: object, message: string): void;
  /** What an operator wants to know. */
  info(fields: object, message: string): void;
  /** What will be tried again, or needs a look. */
  warn(fields: object, message: string): void;
  /** What went wrong. */
  error(fields: object, message: string): void;
}

/** Says nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
