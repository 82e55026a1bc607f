import { BpfError, BpfUsageError, CodecError } from '../index.ts';
import { commandWords } from './wording.ts';

/** How `bpf-maps` exits. */
export const ExitCode = {
  /** All went well. */
  ok: 0,
  /** The kernel or the system refused, or the type of the map cannot do that. */
  failed: 1,
  /** The command line makes no sense, or names several maps, or a key or value does not fit the map. */
  usage: 2,
  /** No such map, or no such key in it. */
  notFound: 3,
} as const;

/** Codes of the errors that the tool itself makes; those of the library pass through. */
export type ToolErrorCode = 'ERR_USAGE' | 'ERR_NO_ENTRY' | 'ERR_TOO_MANY_ENTRIES' | 'ERR_MAP_TYPE';

/** An error of the tool. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly code: ToolErrorCode;
  readonly exitCode: number;

  constructor(code: ToolErrorCode, message: string, exitCode: number = ExitCode.failed) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** What the user wrote cannot be carried out. */
export function usageError(message: string): ToolError {
  return new ToolError('ERR_USAGE', message, ExitCode.usage);
}

const OPENING = new Set(['BPF_OBJ_GET', 'BPF_MAP_GET_FD_BY_ID', 'BPF_MAP_GET_NEXT_ID']);

/** The exit code that goes with an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ToolError) return error.exitCode;
  if (error instanceof CodecError) return ExitCode.usage;
  if (error instanceof BpfUsageError) {
    return error.code === 'ERR_BPF_AMBIGUOUS' || error.code === 'ERR_BPF_ARGUMENT'
      ? ExitCode.usage
      : ExitCode.failed;
  }
  if (error instanceof BpfError && error.code === 'ENOENT') {
    return OPENING.has(error.operation) || error.operation === 'BPF_MAP_UPDATE_ELEM'
      ? ExitCode.notFound
      : ExitCode.failed;
  }
  return ExitCode.failed;
}

/** One line for an error, without a stack. An error without a code is a bug of the tool, and keeps its stack. */
export function formatError(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const message = commandWords(error.message.replaceAll(/\s*\n\s*/g, ' '));
    return `bpf-maps: ${message} [${error.code}]`;
  }
  const detail = error instanceof Error ? error.stack : String(error);
  return `bpf-maps: unexpected error, please report it [ERR_INTERNAL]\n${detail}`;
}
