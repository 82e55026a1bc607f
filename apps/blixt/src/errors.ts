/** How `blixt` exits. */
export const ExitCode = {
  /** All went well. */
  ok: 0,
  /** It could not do what it was asked to; `validate`: something is wrong in a file. */
  failed: 1,
  /** The command line makes no sense, or Node.js is too old; `validate`: something could not be read. */
  usage: 2,
  /** `status`: no data plane is loaded; `lab`: none is up. */
  notLoaded: 3,
} as const;

/** Codes of the errors that the command itself makes; those of the libraries pass through. */
export type CliErrorCode =
  | 'ERR_NODE'
  | 'ERR_USAGE'
  | 'ERR_OPTION'
  | 'ERR_SOURCE_KIND'
  | 'ERR_INPUT'
  | 'ERR_LAB';

/** An error of the command line. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;
  readonly exitCode: number;

  constructor(
    code: CliErrorCode,
    message: string,
    exitCode: number = ExitCode.failed,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** A value of an option that cannot be used. */
export function optionError(option: string, value: string, expected: string): CliError {
  return new CliError(
    'ERR_OPTION',
    `${option} ${value}: expected ${expected}, got "${value}".`,
    ExitCode.usage,
  );
}

/** One line for an error, without a stack: `blixt: <message> [CODE]`. An error without a code is a bug and keeps its stack. */
export function formatError(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return `blixt: ${error.message} [${error.code}]`;
  }
  return `blixt: unexpected error, please report it [ERR_INTERNAL]\n${error instanceof Error ? error.stack : String(error)}`;
}

/** The exit code that goes with an error. */
export function exitCodeOf(error: unknown): number {
  return error instanceof CliError ? error.exitCode : ExitCode.failed;
}
