/**
 * Stable codes of {@link LabError}.
 *
 * - `LAB_COMMAND_FAILED`: a command (ip, nsenter, ethtool, ...) ended with an error; the message has its output.
 * - `LAB_NAME_INVALID`: a role or interface name is not usable (empty, too long, forbidden characters, taken).
 * - `LAB_PROCESS_NOT_READY`: a process ended, or its time ran out, before it said that it is ready.
 * - `LAB_AGENT_GONE`: a load agent ended while a request to it was open.
 * - `LAB_DISPOSED`: the lab was used after it was taken down.
 */
export type LabErrorCode =
  | 'LAB_COMMAND_FAILED'
  | 'LAB_NAME_INVALID'
  | 'LAB_PROCESS_NOT_READY'
  | 'LAB_AGENT_GONE'
  | 'LAB_DISPOSED';

/** Any failure of the lab itself; traffic that fails is a result, not an error. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: LabErrorCode;

  constructor(code: LabErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
