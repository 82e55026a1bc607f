/** Codes of the errors that this package throws or reports; stable across releases. */
export type ControllerErrorCode =
  | 'ERR_SOURCE_PATH'
  | 'ERR_MANIFEST_READ'
  | 'ERR_MANIFEST_SYNTAX'
  | 'ERR_MANIFEST_INVALID'
  | 'ERR_MANIFEST_DUPLICATE'
  | 'ERR_MANIFESTS'
  | 'ERR_POOL_CIDR'
  | 'ERR_STATUS_DIR'
  | 'ERR_API_CONFIG'
  | 'ERR_API_CREDENTIALS'
  | 'ERR_API_UNREACHABLE'
  | 'ERR_API_TIMEOUT'
  | 'ERR_API_STATUS'
  | 'ERR_API_RESPONSE'
  | 'ERR_API_CLOSED';

/** Base class of this package's errors. */
export class ControllerError extends Error {
  /** The name of the class. */
  override readonly name: string = 'ControllerError';
  /** Stable code, see {@link ControllerErrorCode}. */
  readonly code: ControllerErrorCode;

  constructor(code: ControllerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Where in a file something stands. Lines and columns count from 1; a column counts UTF-16 code units. */
export interface SourcePosition {
  /** Path or name of the file. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

/** A part of a file; the end is exclusive. */
export interface SourceSpan extends SourcePosition {
  /** The line of the first character after the part. */
  readonly endLine: number;
  /** The column of the first character after the part. */
  readonly endColumn: number;
}

/** What is wrong in a manifest file; {@link ManifestError} makes one message of it. */
export interface ManifestProblem {
  /** Which of the problems that a manifest file can have. */
  readonly code: Extract<ControllerErrorCode, `ERR_MANIFEST_${string}`>;
  /**
   * The rule that is broken: the `code` of gateway-model's FieldError, or `yaml-syntax`, `not-an-object`,
   * `duplicate-object`, `unreadable-file`.
   */
  readonly rule: string;
  /** Where it is. */
  readonly position: SourceSpan;
  /** The field, as in `spec.listeners[0].port`; empty when the whole document is meant. */
  readonly path: string;
  /** The object, as in `Gateway default/web`; empty when it is not known. */
  readonly object: string;
  /** What was expected and what came. */
  readonly reason: string;
  /** What to do about it. */
  readonly hint: string;
}

/**
 * One problem in one manifest file. The message reads
 * `file:line:column: object: path: reason; hint`.
 */
export class ManifestError extends ControllerError {
  /** Always `ManifestError`. */
  override readonly name = 'ManifestError';
  /** The rule that is broken, see {@link ManifestProblem.rule}. */
  readonly rule: string;
  /** Where it is. */
  readonly position: SourceSpan;
  /** The field, as in `spec.listeners[0].port`; empty when the whole document is meant. */
  readonly path: string;
  /** The object, as in `Gateway default/web`; empty when it is not known. */
  readonly object: string;
  /** What was expected and what came. */
  readonly reason: string;
  /** What to do about it. */
  readonly hint: string;

  constructor(problem: ManifestProblem, options?: ErrorOptions) {
    super(problem.code, manifestMessage(problem), options);
    this.rule = problem.rule;
    this.position = problem.position;
    this.path = problem.path;
    this.object = problem.object;
    this.reason = problem.reason;
    this.hint = problem.hint;
  }
}

/** All problems of a set of manifest files, thrown when a directory must be clean to start (`ERR_MANIFESTS`). */
export class ManifestsError extends ControllerError {
  /** Always `ManifestsError`. */
  override readonly name = 'ManifestsError';
  /** Every problem, in the order of the files. */
  readonly problems: readonly ManifestError[];

  constructor(problems: readonly ManifestError[]) {
    super('ERR_MANIFESTS', problems.map((problem) => `${problem.message} [${problem.code}]`).join('\n'));
    this.problems = problems;
  }
}

function manifestMessage(problem: ManifestProblem): string {
  const { file, line, column } = problem.position;
  const parts = [`${file}:${line}:${column}`, problem.object, problem.path, problem.reason];
  const text = parts.filter((part) => part !== '').join(': ');
  return problem.hint === '' ? text : `${text}; ${problem.hint}`;
}
