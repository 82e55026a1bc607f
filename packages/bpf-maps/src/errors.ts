import { constants } from 'node:os';
import { getSystemErrorMessage } from 'node:util';
import { operationHint } from './hints/operation-hint.ts';

/** The codes of {@link BpfUsageError}: what was wrong with a call, not with the kernel's answer. */
export type BpfUsageErrorCode =
  | 'ERR_BPF_AMBIGUOUS'
  | 'ERR_BPF_ARGUMENT'
  | 'ERR_BPF_CLOSED'
  | 'ERR_BPF_CODEC_SIZE'
  | 'ERR_BPF_LAYOUT'
  | 'ERR_BPF_MAP_TYPE'
  | 'ERR_BPF_PLATFORM'
  | 'ERR_BPF_REENTRANT'
  | 'ERR_BPF_RINGBUF_CORRUPT';

/**
 * A call that cannot be carried out as it was made; the kernel was not asked. {@link BpfUsageError.code} is
 * stable, the message is for people.
 */
export class BpfUsageError extends Error {
  /** Always `BpfUsageError`. */
  override readonly name = 'BpfUsageError';
  /** What was wrong with the call; see the table in the README. */
  readonly code: BpfUsageErrorCode;

  constructor(code: BpfUsageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The codes of {@link CodecError}. */
export type CodecErrorCode = 'ERR_BPF_VALUE_TYPE' | 'ERR_BPF_VALUE_RANGE';

/**
 * A value that does not fit its codec: of the wrong type (`ERR_BPF_VALUE_TYPE`), or of the right type but out
 * of range (`ERR_BPF_VALUE_RANGE`). {@link CodecError.path} names the field, such as `value.backends[3].port`.
 */
export class CodecError extends RangeError {
  /** Always `CodecError`. */
  override readonly name = 'CodecError';
  /** Whether the type or the range is wrong. */
  readonly code: CodecErrorCode;
  readonly #problem: string;
  #path = '';

  constructor(code: CodecErrorCode, problem: string) {
    super(problem);
    this.code = code;
    this.#problem = problem;
  }

  /** Where the value is: `key`, `value`, field names and `[index]`es; empty when it is the whole value. */
  get path(): string {
    return this.#path;
  }

  /**
   * Puts `segment` in front of the path: what a codec that contains others does with their errors.
   *
   * @param segment - a field's name, or an index as `[3]`
   * @returns this same error
   */
  within(segment: string): this {
    const joint = this.#path === '' || this.#path.startsWith('[') ? '' : '.';
    this.#path = `${segment}${joint}${this.#path}`;
    this.message = `${this.#path}: ${this.#problem}`;
    return this;
  }
}

/** What {@link BpfError} knows of the call that failed. */
export interface BpfErrorDetails {
  /** Positive errno, as in errno.h. */
  readonly errno: number;
  /** The bpf(2) command or system call, such as `BPF_MAP_UPDATE_ELEM`. */
  readonly operation: string;
  /** The name that the map was given, if it is known. */
  readonly mapName?: string | undefined;
  /** The id of the map, if it is known. */
  readonly mapId?: number | undefined;
  /** The path that was to be opened or pinned. */
  readonly path?: string | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** Of a batch: how many elements were done before the failure. */
  readonly completed?: number | undefined;
}

/**
 * The kernel refused. {@link BpfError.code} is errno's name, such as `EPERM`; {@link BpfError.hint} says what
 * to do, where that is known.
 */
export class BpfError extends Error {
  /** Always `BpfError`. */
  override readonly name = 'BpfError';
  /** The name of the errno: `EPERM`, `ENOENT`, `E2BIG`, … (`ENOTSUPP` for the kernel's own 524). */
  readonly code: string;
  /** Positive errno, as in errno.h. */
  readonly errno: number;
  /** The bpf(2) command or system call, such as `BPF_MAP_UPDATE_ELEM`. */
  readonly operation: string;
  /** The name that the map was given, if it is known. */
  readonly mapName: string | undefined;
  /** The id of the map, if it is known. */
  readonly mapId: number | undefined;
  /** The path that was to be opened or pinned; undefined for other operations. */
  readonly path: string | undefined;
  /** What to do about it, where that is known. */
  readonly hint: string | undefined;
  /** Of a batch: how many elements were done before the failure. */
  readonly completed: number | undefined;

  constructor(details: BpfErrorDetails) {
    const code = errnoName(details.errno);
    const hint = details.hint ?? operationHint(code, details.operation);
    super(composeMessage(code, hint, details));
    this.code = code;
    this.errno = details.errno;
    this.operation = details.operation;
    this.mapName = details.mapName;
    this.mapId = details.mapId;
    this.path = details.path;
    this.hint = hint;
    this.completed = details.completed;
  }
}

/** ENOTSUPP of include/linux/errno.h, which libc does not know. */
export const ENOTSUPP = 524;

const errnoNames = new Map<number, string>(
  Object.entries(constants.errno).map(([name, errno]) => [errno, name]),
);
// Of the numbers with two names, the one that the kernel's documentation uses.
errnoNames.set(constants.errno.EAGAIN, 'EAGAIN');
errnoNames.set(constants.errno.EOPNOTSUPP, 'EOPNOTSUPP');
errnoNames.set(ENOTSUPP, 'ENOTSUPP');

/** @internal */
export function errnoName(errno: number): string {
  return errnoNames.get(errno) ?? `ERRNO_${errno}`;
}

function composeMessage(code: string, hint: string | undefined, details: BpfErrorDetails): string {
  const subject: string[] = [];
  if (details.mapName !== undefined && details.mapName !== '') subject.push(`map '${details.mapName}'`);
  if (details.mapId !== undefined)
    subject.push(subject.length > 0 ? `(id ${details.mapId})` : `map ${details.mapId}`);
  if (details.path !== undefined) subject.push(`path ${details.path}`);
  const where = subject.length > 0 ? ` on ${subject.join(' ')}` : '';
  const text = code === 'ENOTSUPP' ? 'operation not supported' : getSystemErrorMessage(-details.errno);
  return `${details.operation}${where} failed: ${code}, ${text}${hint === undefined ? '' : `; ${hint}`}`;
}

/** A value as it appears in a message: short, and with its type told. */
export function describe(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || value === undefined) {
    return Object.is(value, -0) ? '-0' : String(value);
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (typeof value === 'object') return `an object`;
  return `a ${typeof value}`;
}
